// SPDX-License-Identifier: Apache-2.0
// Kernel arguments, kernel files and mapping files.
#include <doctest/doctest.h>

#include "core/document.hpp"
#include "core/error.hpp"
#include "core/value.hpp"
#include "models/kernel_file.hpp"
#include "models/mapping_file.hpp"

using namespace dyad;
using namespace dyad::models;

namespace {

std::string message(const std::string& argument) {
    try {
        (void)read_kernel(argument);
    } catch (const core::Error& error) {
        return error.what();
    }
    return "";
}

template <class Parse>
std::string errors_of(const std::string& text, const Parse& parse) {
    const auto document = core::parse_document(text, "f.yaml");
    core::Errors errors;
    (void)parse(core::Value(*document, nullptr, errors));
    try {
        errors.throw_if_any();
    } catch (const core::Error& error) {
        return error.what();
    }
    return "";
}

std::string kernel_errors(const std::string& text) {
    return errors_of(text, [](const core::Value& value) { return parse_kernel(value); });
}

const std::vector<std::string> levels{"dram", "shared", "pe"};

std::optional<Mapping> read_mapping(const std::string& text, const LoopNest& nest) {
    const auto document = core::parse_document(text, "m.yaml");
    core::Errors errors;
    auto mapping = parse_mapping(core::Value(*document, nullptr, errors), nest, levels);
    errors.throw_if_any();
    return mapping;
}

}  // namespace

TEST_SUITE("models/files") {
    TEST_CASE("a convolution argument gives the nest of its outputs") {
        // 224 + 2 x 3 - 7 = 223, in steps of 2: 112 outputs a side.
        const auto kernel = read_kernel("conv:2,3,224,224,64,7,7,2,3");
        CHECK(kernel.op == "conv");
        CHECK(kernel.macs() == 2ULL * 64 * 3 * 112 * 112 * 49);
        CHECK(kernel.parameters == 64 * 3 * 49);
        CHECK(kernel.kernel_side == 7);
        CHECK(kernel.stride == 2);
        CHECK_FALSE(kernel.depthwise);
    }
    TEST_CASE("groups divide channels and filters; as many groups as both make it depthwise") {
        const auto grouped = read_kernel("conv:1,96,27,27,256,5,5,1,2,2");
        CHECK(grouped.macs() == 2ULL * 128 * 48 * 27 * 27 * 25);
        CHECK_FALSE(grouped.depthwise);
        const auto depthwise = read_kernel("conv:1,32,112,112,32,3,3,1,1,32");
        CHECK(depthwise.depthwise);
        CHECK(depthwise.op == "depthwise_conv");
        CHECK(depthwise.macs() == 32ULL * 112 * 112 * 9);
    }
    TEST_CASE("a product argument gives M x K times K x N") {
        const auto kernel = read_kernel("gemm:128,64,32");
        CHECK(kernel.macs() == 128 * 64 * 32);
        CHECK(kernel.nest->words(Operand::weights) == core::Words(64 * 32));
        CHECK(kernel.nest->words(Operand::inputs) == core::Words(128 * 32));
        CHECK(kernel.nest->words(Operand::outputs) == core::Words(128 * 64));
    }
    TEST_CASE("a precision may stand behind the sizes") {
        const auto kernel = read_kernel("gemm:128,64,32@bf16");
        CHECK(kernel.name == "gemm:128,64,32@bf16");
        CHECK(kernel.macs() == 128 * 64 * 32);
        CHECK(kernel.weight_precision == core::Precision::bf16);
        CHECK(kernel.input_precision == core::Precision::bf16);
        CHECK(kernel.output_precision == core::Precision::bf16);
        CHECK(kernel.weight_bytes == core::Bytes(64 * 32 * 2));
        CHECK(read_kernel("conv:1,3,8,8,4,3,3,1,1@int4").weight_bytes == core::Bytes(3 * 4 * 9 / 2));
        CHECK(read_kernel("vector:8,8,add=8,weights=6@fp32").weight_bytes == core::Bytes(24));
        CHECK(message("gemm:1,2,3@int9") == "gemm:1,2,3@int9: expected a precision such as int8 behind '@'");
        CHECK(message("gemm:1,2@int8") == "gemm:1,2: expected gemm:M,N,K");
    }
    TEST_CASE("a wrong argument says what is expected") {
        CHECK(message("gemm:1,2") == "gemm:1,2: expected gemm:M,N,K");
        CHECK(message("gemm:1,x,3") == "gemm:1,x,3: expected gemm:M,N,K with whole numbers");
        CHECK(message("gemm:1,-2,3") == "gemm:1,-2,3: expected gemm:M,N,K with whole numbers");
        CHECK(message("gemm:1,0,3") == "gemm:1,0,3: no size can be 0");
        CHECK(message("conv:1,3,8,8,4,3,3,1") ==
              "conv:1,3,8,8,4,3,3,1: expected conv:N,C,H,W,K,R,S,stride,pad[,groups]");
        CHECK(message("conv:1,3,8,8,4,3,3,0,1") == "conv:1,3,8,8,4,3,3,0,1: only the padding can be 0");
        CHECK(message("conv:1,3,2,8,4,5,3,1,1") ==
              "conv:1,3,2,8,4,5,3,1,1: a filter of 5 is larger than the padded input of 4");
        CHECK(message("conv:1,3,8,8,4,3,3,1,1,2") ==
              "conv:1,3,8,8,4,3,3,1,1,2: 3 input and 4 output channels do not divide into 2 groups");
        CHECK(message("gemm:1000000000000,1000000000000,2") ==
              "gemm:1000000000000,1000000000000,2: more than 2^62 multiply-accumulates");
    }
    TEST_CASE("a kernel file written is read again as it was") {
        LoopNest nest;
        nest.dims = {{"R", 3}, {"P", 8}, {"C", 4}, {"M", 6}};
        nest.projections = {{{{{2, 1}}, {{3, 1}}, {{0, 1}}}, {{{2, 1}}, {{0, 1}, {1, 2}}}, {{{3, 1}}, {{1, 1}}}}};
        const auto text = kernel_yaml("layer", nest);
        CHECK(text ==
              "kernel: layer\ndimensions: {R: 3, P: 8, C: 4, M: 6}\ntensors:\n  weights: [C, M, R]\n"
              "  inputs: [C, R + 2*P]\n  outputs: [M, P]\n");
        const auto document = core::parse_document(text, "kernel.yaml");
        core::Errors errors;
        const auto kernel = parse_kernel(core::Value(*document, nullptr, errors));
        errors.throw_if_any();
        CHECK(kernel->name == "layer");
        CHECK(kernel_yaml("layer", *kernel->nest) == text);
    }
    TEST_CASE("faults of a kernel file are named with their places") {
        CHECK(kernel_errors(
                  "kernel: k\ndimensions: {A: 2, B: 3}\ntensors: {weights: [A], inputs: [C], outputs: [A + 0*B]}\n") ==
              "f.yaml:3:34: tensors.inputs[0]: there is no dimension 'C'\n"
              "f.yaml:3:48: tensors.outputs[0]: expected a stride such as 2*P, got '0*B'");
        CHECK(kernel_errors("kernel: k\ndimensions: {A: 2}\ntensors: {weights: [A, A], inputs: [A], outputs: [A]}\n") ==
              "f.yaml:3:20: tensors.weights: dimension A occurs twice");
        CHECK(kernel_errors("kernel: k\ndimensions: {A: 2}\ntensors: {weights: [A], inputs: [A], outputs: [A]}\n"
                            "precision: int7\n") ==
              "f.yaml:4:12: precision: expected a precision such as int8, got 'int7'");
    }
    TEST_CASE("a mapping file written is read again as it was") {
        const auto nest = conv_nest({.k = 8, .c = 4, .p = 6, .r = 3});
        const std::string text =
            "mapping:\n  - {level: dram, keeps: [weights, inputs, outputs], loops: [{K: 2}, {P: 2}]}\n"
            "  - {level: shared, keeps: [inputs, outputs], loops: [{C: 4}], rows: [{R: 3}], cols: [{P: 3}]}\n"
            "  - {level: pe, keeps: [weights, outputs], loops: [{K: 4}]}\n";
        const auto mapping = read_mapping(text, nest);
        CHECK(mapping_yaml(*mapping, nest, levels) == text);
        CHECK(mapping->levels[1].keeps == std::array{false, true, true});
        CHECK(mapping->levels[1].loops[1].axis == LoopAxis::rows);
    }
    TEST_CASE("levels that a mapping file does not name keep everything and have no loops") {
        const auto nest = conv_nest({.k = 8});
        const auto mapping = read_mapping("mapping: [{level: pe, loops: [{K: 8}]}]", nest);
        REQUIRE(mapping->levels.size() == 3);
        CHECK(mapping->levels[0].loops.empty());
        CHECK(mapping->levels[0].keeps == std::array{true, true, true});
    }
    TEST_CASE("faults of a mapping file are named with their places") {
        const auto nest = conv_nest({.k = 8, .c = 4});
        const auto faults = [&](const std::string& text) {
            return errors_of(text, [&](const core::Value& value) { return parse_mapping(value, nest, levels); });
        };
        CHECK(faults("mapping:\n- {level: shard, loops: [{K: 8}]}\n- {level: pe, loops: [{X: 2}, {K: 0}]}\n") ==
              "f.yaml:2:11: mapping[0].level: there is no level 'shard', did you mean 'shared'?\n"
              "f.yaml:3:23: mapping[1].loops[0]: there is no dimension 'X'\n"
              "f.yaml:3:35: mapping[1].loops[1].K: expected a whole number between 1 and 1099511627776, got '0'");
        CHECK(faults("mapping: [{level: pe, loops: [{K: 4}, {C: 4}]}]\n") ==
              "f.yaml:1:10: mapping: K: the factors multiply to 4, the dimension has 8");
        CHECK(faults("mapping:\n- {level: dram, keeps: [inputs, outputs], loops: [{K: 2}, {C: 4}]}\n"
                     "- {level: pe, loops: [{K: 4}]}\n") ==
              "f.yaml:2:24: mapping[0].keeps: the outermost level keeps every tensor, also weights");
        // 8 in tiles of 4 is done after two trips, in tiles of 3 after three.
        CHECK(
            faults("mapping:\n- {level: dram, loops: [{K: 3}]}\n- {level: pe, loops: [{K: 4}, {C: 4}]}\n") ==
            "f.yaml:2:3: mapping[0]: K: a factor of 3 over tiles of 4 leaves trips without work, the dimension has 8");
        CHECK(faults("mapping:\n- {level: dram, loops: [{K: 3}]}\n- {level: pe, loops: [{K: 3}, {C: 4}]}\n").empty());
        CHECK(faults("mapping:\n- {level: pe, loops: [{K: 400}, {C: 4}]}\n") ==
              "f.yaml:2:3: mapping[0]: K: a factor of 400 over tiles of 1 leaves trips without work, the dimension has "
              "8");
        CHECK(faults("mapping: [{level: pe, loops: [{K: 8}]}, {level: pe, loops: [{C: 4}]}]\n") ==
              "f.yaml:1:49: mapping[1].level: level 'pe' occurs twice");
    }
    TEST_CASE("filling and draining take the first tiles in and the last tile out") {
        // Weights 4 x 2 and inputs 3 x 2 in, outputs 3 x 4 out, over 2 words a cycle: 4 + 3 + 6 cycles.
        const auto nest = matmul_nest(1, 3, 4, 2);
        Hierarchy hierarchy;
        hierarchy.levels.resize(2);
        hierarchy.levels[0].shared_words_per_cycle = 2;
        const Mapping mapping{
            {{}, {{{0, 3, LoopAxis::temporal}, {2, 4, LoopAxis::temporal}, {3, 2, LoopAxis::temporal}}}}};
        const auto counts = count_accesses(nest, hierarchy, mapping);
        CHECK(fill_and_drain_cycles(hierarchy, counts) == 4 + 3 + 6);
        hierarchy.levels[0].shared_words_per_cycle = 0;
        CHECK(fill_and_drain_cycles(hierarchy, counts) == 0);
    }
}
