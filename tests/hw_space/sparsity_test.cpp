// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "core/document.hpp"
#include "core/error.hpp"
#include "hw_space/accelerator.hpp"

namespace dyad::hw_space {
namespace {

Accelerator chip(const std::string& dram, const std::string& array) {
    const std::string text =
        "accelerator: c\ntechnology: 16nm\nclock: 100 MHz\nmemory:\n  - dram: {standard: lpddr4-3200" + dram +
        "}\n  - buffer: {name: b, size: 64 KiB, width: 32 B}\nengines:\n" +
        "  - pe_array: {rows: 4, cols: 4, dataflow: row_stationary" + array + "}\n";
    return read_accelerator(*core::parse_document(text, "c.yaml"));
}

std::string error_of(const std::string& dram, const std::string& array) {
    try {
        (void)chip(dram, array);
    } catch (const core::Error& error) {
        return error.what();
    }
    return "";
}

Gating gating(const std::string& array) { return std::get<PeArray>(chip("", array).engines[0]).gating; }

}  // namespace

TEST_SUITE("hw_space/sparsity") {
    TEST_CASE("zeros of the operands that the file names gate") {
        CHECK(gating("") == Gating{false, false});
        CHECK(gating(", gating: true") == Gating{true, true});
        CHECK(gating(", gating: false") == Gating{false, false});
        CHECK(gating(", gating: [inputs]") == Gating{false, true});
        CHECK(gating(", gating: [inputs, weights]") == Gating{true, true});
    }
    TEST_CASE("a memory compresses all tensors or those that the file names") {
        CHECK(chip("", "").dram.compression == Compression{});
        CHECK(chip(", compression: bitmap", "").dram.compression == Compression{Scheme::bitmap, {}});
        CHECK(chip(", compression: {scheme: rlc, tensors: [inputs, outputs]}", "").dram.compression ==
              Compression{Scheme::rlc, {.weights = false}});
    }
    TEST_CASE("unknown schemes and operands are named where they stand") {
        CHECK(error_of(", compression: rle", "") ==
              "c.yaml:5:48: memory[0].dram.compression: expected one of none, bitmap, rlc, got 'rle', did you mean "
              "'rlc'?");
        CHECK(error_of(", compression: {tensors: [inputs]}", "") ==
              "c.yaml:5:48: memory[0].dram.compression: missing key 'scheme' (bitmap or rlc)");
        CHECK(error_of("", ", gating: [outputs]") ==
              "c.yaml:8:69: engines[0].pe_array.gating[0]: expected one of weights, inputs, got 'outputs'");
    }
}

}  // namespace dyad::hw_space
