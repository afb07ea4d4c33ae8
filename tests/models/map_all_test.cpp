// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/mapper.hpp"
#include "models/report.hpp"
#include "tests/models/schedule_fixture.hpp"

using namespace dyad;
using namespace dyad::models;
using namespace dyad::models::fixture;
using core::Bytes;
using core::Words;

namespace {

hw_space::Accelerator npu(std::uint64_t buffer_bytes, std::uint64_t output_lanes = 16) {
    auto result = chip(buffer_bytes);
    auto& array = std::get<hw_space::PeArray>(result.engines[0]);
    array.rows = array.cols = 16;
    array.registers = {.weights = 1, .inputs = 0, .psums = 1};
    array.output_lanes = output_lanes;
    auto& vector = std::get<hw_space::VectorUnit>(result.engines[1]);
    vector.lanes = 16;
    result.buffers[0].banks = 8;
    return result;
}

/// A 3 x 3 convolution of `channels` to `channels` on side x side pixels.
Node conv(const std::string& name, std::uint64_t channels, std::uint64_t side, std::size_t reads, std::size_t writes) {
    auto result = node(name, {reads}, {writes});
    result.kernel.nest = conv_nest({.k = channels, .c = channels, .p = side, .q = side, .r = 3, .s = 3});
    result.kernel.kernel_side = 3;
    result.kernel.parameters = channels * channels * 9;
    result.kernel.weight_bytes = Bytes(channels * channels * 9);
    return result;
}

/// The addition of the operands `a` and `b` as a vector kernel.
Node addition(const std::string& name, std::size_t a, std::size_t b, std::size_t writes, std::uint64_t elements) {
    auto result = node(name, {a, b}, {writes});
    result.kernel.op = "add";
    result.kernel.nest.reset();
    result.kernel.vector.operations[static_cast<std::size_t>(hw_space::VectorOp::add)] = elements;
    return result;
}

/// x -> c0 (+ relu) -> c1 -> c2 (+ residual of c0) -> y, 16 channels of 8 x 8 pixels.
std::shared_ptr<const Dataflow> residual_block() {
    constexpr std::uint64_t words = 16 * 8 * 8;
    std::vector nodes{conv("c0", 16, 8, 0, 1), conv("c1", 16, 8, 1, 2), conv("c2", 16, 8, 2, 3)};
    nodes[0].kernel.members = {"c0", "relu"};
    nodes[0].kernel.epilogue.operations[static_cast<std::size_t>(hw_space::VectorOp::max)] = words;
    nodes[2].kernel.members = {"c2", "sum"};
    nodes[2].kernel.epilogue.operations[static_cast<std::size_t>(hw_space::VectorOp::add)] = words;
    nodes[2].reads.push_back({.operand = Operand::inputs, .tensor = 1, .side = true});
    return std::make_shared<const Dataflow>(
        "block", 1, std::move(nodes),
        std::vector{tensor("x", words), tensor("t0", words), tensor("t1", words), tensor("y", words)});
}

Schedule mapped(const std::shared_ptr<const Dataflow>& dataflow, const hw_space::Accelerator& accelerator,
                const MapOptions& options = {.chains = false}) {
    MapperMemo memo;
    return map_all(dataflow, std::make_shared<const hw_space::Accelerator>(accelerator), options, memo);
}

std::vector<std::string> kernel_names(const Schedule& schedule) {
    std::vector<std::string> result;
    for (const auto& step : schedule.steps) result.push_back(schedule.dataflow->nodes()[step.node].kernel.name);
    return result;
}

}  // namespace

TEST_SUITE("models/map_all") {
    TEST_CASE("with an output path, fused members ride on their engine") {
        const auto plays = mapped(residual_block(), npu(64 << 10));
        CHECK(kernel_names(plays) == std::vector<std::string>{"c0", "c1", "c2"});
        for (const auto& step : plays.steps) CHECK(step.engine == 0);
        // Everything fits: only x (with its border), the weights and y cross DRAM, 3 x 2304 bytes of weights.
        const auto report = analytic(plays);
        CHECK(report.dram_read == Bytes(10 * 10 * 16 + 3 * 2304));
        CHECK(report.dram_write == Bytes(1024));
        CHECK(plays.steps[2].side_from_buffer == Bytes(1024));
    }

    TEST_CASE("without one they become vector kernels of their own, with all parameters and members kept") {
        const auto block = residual_block();
        const auto plays = mapped(block, npu(64 << 10, 0));
        CHECK(kernel_names(plays) == std::vector<std::string>{"c0", "relu", "c1", "c2", "sum"});
        CHECK(plays.steps[1].engine == 1);
        CHECK(plays.steps[4].engine == 1);
        CHECK(plays.dataflow->parameters() == block->parameters());
        CHECK(plays.dataflow->macs() == block->macs());
        const auto& nodes = plays.dataflow->nodes();
        CHECK(nodes[0].kernel.members == std::vector<std::string>{"c0"});
        CHECK(nodes[4].kernel.members == std::vector<std::string>{"sum"});
        // The sum reads the raw outputs of c2, and those of relu as its residual; all fit on chip.
        CHECK(nodes[4].kernel.vector_inputs == Words(1024));
        CHECK(plays.steps[4].inputs == Home::buffer);
        CHECK(plays.steps[4].side_from_buffer == Bytes(1024));
        CHECK(plays.dataflow->tensors()[nodes[3].writes[0]].name == "y.raw");
    }

    TEST_CASE("fused members that no vector unit computes go to the host") {
        auto accelerator = npu(64 << 10, 0);
        std::get<hw_space::VectorUnit>(accelerator.engines[1]).operations = {hw_space::VectorOp::add};
        const auto plays = mapped(residual_block(), accelerator);
        CHECK(kernel_names(plays)[1] == "relu");
        CHECK(plays.steps[1].engine == Step::on_host);
        CHECK(plays.steps[1].host_in == Bytes(1024));
        CHECK(plays.steps[1].host_operations == 1024);
        CHECK(plays.steps[0].outputs == Home::dram);  // the host reads DRAM
    }

    TEST_CASE("every kernel that nothing can run is named, in one message") {
        auto accelerator = npu(64 << 10);
        accelerator.host.rate = core::OpsPerSecond(0);
        std::get<hw_space::VectorUnit>(accelerator.engines[1]).operations = {hw_space::VectorOp::max};
        const auto graph = std::make_shared<const Dataflow>(
            "sums", 1,
            std::vector{conv("c0", 16, 8, 0, 1), addition("first", 0, 1, 2, 1024), addition("second", 1, 2, 3, 1024)},
            std::vector{tensor("x", 1024), tensor("t", 1024), tensor("u", 1024), tensor("y", 1024)});
        CHECK_THROWS_WITH_AS(
            (void)mapped(graph, accelerator),
            "network 'sums' on accelerator 'chip': no engine accepts, or has a buffer for the smallest "
            "tile of, these kernels, and there is no host to run them: first (add), second (add)",
            core::Error);
        accelerator.host.rate = core::OpsPerSecond(1e9);
        CHECK(mapped(graph, accelerator).steps[2].engine == Step::on_host);
    }

    TEST_CASE("the same network maps the same way again, with a cold and with a warm memo") {
        const auto block = residual_block();
        const auto accelerator = std::make_shared<const hw_space::Accelerator>(npu(4 << 10));
        MapperMemo memo;
        const auto cold = map_all(block, accelerator, {}, memo), warm = map_all(block, accelerator, {}, memo);
        REQUIRE(cold.steps.size() == warm.steps.size());
        CHECK(cold.peak_buffer == warm.peak_buffer);
        for (std::size_t s = 0; s < cold.steps.size(); ++s) {
            CHECK(cold.steps[s].plan->tiles == warm.steps[s].plan->tiles);
            CHECK(cold.steps[s].engine == warm.steps[s].engine);
            CHECK(cold.steps[s].prefetch == warm.steps[s].prefetch);
            CHECK(cold.steps[s].outputs == warm.steps[s].outputs);
        }
    }

    TEST_CASE("a larger buffer never raises the DRAM traffic, and its peak stays within it") {
        auto before = ~std::uint64_t{0};
        for (const std::uint64_t size : {1u << 10, 2u << 10, 4u << 10, 8u << 10, 16u << 10, 64u << 10}) {
            CAPTURE(size);
            const auto plays = mapped(residual_block(), npu(size));
            CHECK(plays.peak_buffer <= Bytes(size));
            const auto report = analytic(plays);
            const auto moved = (report.dram_read + report.dram_write).count();
            CHECK(moved <= before);
            before = moved;
        }
    }
}
