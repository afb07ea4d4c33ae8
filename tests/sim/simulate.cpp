// SPDX-License-Identifier: Apache-2.0
#include "sim/simulate.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "core/document.hpp"
#include "core/files.hpp"
#include "models/mapper.hpp"
#include "models/report_builder.hpp"

using namespace dyad;

namespace {

models::Node conv(std::string name, const models::ConvShape& shape, std::size_t input, std::size_t output) {
    models::Node node;
    node.kernel.name = node.kernel.op = std::move(name);
    node.kernel.op = "conv";
    node.kernel.nest = models::conv_nest(shape);
    node.kernel.kernel_side = shape.r;
    node.kernel.stride = shape.stride_h;
    node.kernel.weight_bytes = core::Bytes(shape.g * shape.k * shape.c * shape.r * shape.s);
    node.reads = {{models::Operand::inputs, input, false}};
    node.writes = {output};
    return node;
}

/// Three convolutions in a row: 8x56x56 -> 64 -> 96 -> 32 channels.
std::shared_ptr<const models::Dataflow> three_convolutions() {
    std::vector<models::Node> nodes{
        conv("first", {.k = 64, .c = 8, .p = 56, .q = 56, .r = 3, .s = 3}, 0, 1),
        conv("second", {.k = 96, .c = 64, .p = 56, .q = 56}, 1, 2),
        conv("third", {.k = 32, .c = 96, .p = 28, .q = 28, .r = 3, .s = 3, .stride_h = 2, .stride_w = 2}, 2, 3)};
    const auto none = models::TensorInfo::none;
    const auto words = [](std::uint64_t channels, std::uint64_t side) { return core::Words(channels * side * side); };
    std::vector<models::TensorInfo> tensors{{"image", words(8, 58), core::Precision::int8, none, {0}},
                                            {"a", words(64, 56), core::Precision::int8, 0, {1}},
                                            {"b", words(96, 56), core::Precision::int8, 1, {2}},
                                            {"c", words(32, 28), core::Precision::int8, 2, {}}};
    return std::make_shared<models::Dataflow>("three", 1, std::move(nodes), std::move(tensors));
}

models::Schedule on(const std::string& accelerator) {
    auto chip = std::make_shared<const hw_space::Accelerator>(
        hw_space::read_accelerator(*core::read_document(core::find_config(accelerator, "accelerators"))));
    models::MapperMemo memo;
    return models::map_all(three_convolutions(), chip, {}, memo);
}

void check_sound(const models::Schedule& schedule, const models::Report& report) {
    core::Joules sum;
    for (std::size_t s = 0; s < report.kernels.size(); ++s) {
        const auto& kernel = report.kernels[s];
        CAPTURE(kernel.name);
        sum += kernel.energy.total();
        CHECK(kernel.start.count() >= 0);
        CHECK(kernel.utilization <= 1);
        if (!schedule.steps[s].plan) continue;
        const auto compute = schedule.steps[s].plan->compute;
        CHECK(kernel.cycles >= compute);
        CHECK(kernel.stall_cycles == kernel.cycles - compute);
        CHECK(kernel.energy.dram.count() > 0);
    }
    CHECK(report.energy.count() == doctest::Approx(sum.count()));
    CHECK(report.fidelity == models::Fidelity::systemc);
}

}  // namespace

TEST_SUITE("sim/simulate") {
    TEST_CASE("a report is sound on every shipped chip, with and without jumps") {
        for (const auto& name : core::list_configs("accelerators")) {
            CAPTURE(name);
            const auto schedule = on(name);
            const auto jumped = sim::simulate(schedule, {.jump = true, .trace = {}});
            const auto played = sim::simulate(schedule, {.jump = false, .trace = {}});
            check_sound(schedule, jumped);
            CHECK(jumped.latency.count() == doctest::Approx(played.latency.count()).epsilon(0.001));
            CHECK(jumped.dram_read == played.dram_read);
            CHECK(jumped.dram_write == played.dram_write);
            for (std::size_t s = 0; s < jumped.kernels.size(); ++s)
                CHECK(jumped.kernels[s].latency.count() ==
                      doctest::Approx(played.kernels[s].latency.count()).epsilon(0.001));
        }
    }

    TEST_CASE("closed forms and simulation agree on every shipped chip") {
        for (const auto& name : core::list_configs("accelerators")) {
            CAPTURE(name);
            const auto schedule = on(name);
            const auto closed = models::analytic(schedule).latency.count();
            CHECK(sim::simulate(schedule).latency.count() == doctest::Approx(closed).epsilon(0.15));
        }
    }

    TEST_CASE("the energy of a row activation is paid as often as rows were opened") {
        // Nothing else depends on how the DRAM was played: the kernels' DRAM energies differ by activates and
        // background.
        const auto schedule = on("edge_npu");
        auto free = *schedule.accelerator;
        auto standard = *free.dram.standard;
        standard.energy_per_activate = {};
        free.dram.standard = std::make_shared<hw_space::DramStandard>(standard);
        auto without = schedule;
        without.accelerator = std::make_shared<hw_space::Accelerator>(free);
        const auto paid = sim::simulate(schedule), unpaid = sim::simulate(without);
        const auto rows =
            (paid.energy - unpaid.energy).count() / schedule.accelerator->dram.standard->energy_per_activate.count();
        const auto bytes = static_cast<double>((paid.dram_read + paid.dram_write).count());
        CHECK(rows >= bytes / static_cast<double>(schedule.accelerator->dram.standard->row.count()));
        CHECK(rows == doctest::Approx(std::round(rows)));
    }
}
