// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "core/document.hpp"
#include "models/energy.hpp"
#include "models/mapper.hpp"
#include "models/mapper/engine_model.hpp"
#include "tests/models/mapper_support.hpp"

namespace dyad::models {
namespace {

using core::Bytes, core::Cycles;
using hw_space::CustomUnit;

hw_space::Accelerator chip_with(const CustomUnit& unit) {
    auto chip = hw_space::read_accelerator(*core::parse_document(
        "accelerator: a\ntechnology: 16nm\nclock: 500 MHz\nmemory:\n  - dram: {standard: lpddr4-3200}\n"
        "  - buffer: {name: b, size: 256 KiB, banks: 16, width: 32 B}\nengines:\n  - vector_unit: {lanes: 1, "
        "operations: [add]}\n",
        "a.yaml"));
    chip.engines = {unit};
    return chip;
}

Kernel conv(const ConvShape& shape) {
    Kernel kernel;
    kernel.name = kernel.op = "conv";
    kernel.nest = conv_nest(shape);
    kernel.kernel_side = std::max(shape.r, shape.s);
    kernel.stride = shape.stride_h;
    return kernel;
}

Kernel softmax(std::uint64_t words) {
    Kernel kernel;
    kernel.name = kernel.op = "softmax";
    kernel.vector.operations[static_cast<std::size_t>(hw_space::VectorOp::exp)] = words;
    kernel.vector.passes = 3;
    kernel.vector_inputs = kernel.vector_outputs = core::Words(words);
    return kernel;
}

CustomUnit winograd() {
    CustomUnit unit;
    unit.name = "w";
    unit.operators = {"conv"};
    unit.kernels = {3};
    unit.strides = {1};
    unit.dilations = {1};
    unit.at_most.groups = 1;
    unit.tile = {{"K", 4}, {"C", 2}, {"P", 2}, {"Q", 2}, {"R", 3}, {"S", 3}};
    return unit;
}

std::shared_ptr<const KernelPlan> plan(const Kernel& kernel, const CustomUnit& unit) {
    MapperMemo memo;
    return map_kernel(kernel, chip_with(unit), 0, {}, memo);
}

}  // namespace

TEST_SUITE("models/custom unit") {
    TEST_CASE("tiles at the edges take as long as whole ones") {
        // K 8/4, C 4/2, P and Q 7/2: 2 x 2 x 4 x 4 tiles of a cycle.
        const ConvShape seven{.k = 8, .c = 4, .p = 7, .q = 7, .r = 3, .s = 3};
        CHECK(plan(conv(seven), winograd())->compute == Cycles(64));
        auto eight = seven;
        eight.p = eight.q = 8;
        CHECK(plan(conv(eight), winograd())->compute == Cycles(64));
        eight.q = 9;
        CHECK(plan(conv(eight), winograd())->compute == Cycles(80));
        auto slow = winograd();
        slow.cycles_per_tile = 3;
        slow.launch = Cycles(10);
        slow.start_up = Cycles(5);
        CHECK(plan(conv(seven), slow)->compute == Cycles(3 * 64 + 15));
        CHECK(winograd().macs_per_cycle() == 4 * 2 * 4 * 9);
    }

    TEST_CASE("a unit accepts what its limits let through") {
        const auto takes = [](const ConvShape& shape, const CustomUnit& unit) { return accepts(unit, conv(shape)); };
        const ConvShape plain{.k = 8, .c = 4, .p = 7, .q = 7, .r = 3, .s = 3};
        CHECK(takes(plain, winograd()));
        auto other = plain;
        other.dilation_h = other.dilation_w = 2;
        CHECK_FALSE(takes(other, winograd()));
        other = plain;
        other.g = 2;
        CHECK_FALSE(takes(other, winograd()));
        other = plain;
        other.stride_h = other.stride_w = 2;
        CHECK_FALSE(takes(other, winograd()));
        auto unit = winograd();
        unit.at_most = {.groups = 0, .pixels = 49, .channels = 4, .filters = 8, .inputs = 0};
        CHECK(takes(plain, unit));
        for (auto* limit : {&unit.at_most.pixels, &unit.at_most.channels, &unit.at_most.filters}) {
            --*limit;
            CHECK_FALSE(takes(plain, unit));
            ++*limit;
        }
        unit.precisions = {core::Precision::int4};
        CHECK_FALSE(takes(plain, unit));
        CustomUnit elements;
        elements.operators = {"conv", "softmax"};
        elements.elements_per_cycle = 4;
        elements.at_most.inputs = 100;
        CHECK_FALSE(takes(plain, elements));  // no rate for products
        CHECK(accepts(elements, softmax(100)));
        CHECK_FALSE(accepts(elements, softmax(101)));
    }

    TEST_CASE("a rate of elements counts elements, and passes are as many as the unit needs") {
        CustomUnit unit;
        unit.operators = {"softmax"};
        unit.elements_per_cycle = 8;
        const auto three = plan(softmax(800), unit);
        CHECK(totals(three->tiles).compute_cycles == 100);
        CHECK(totals(three->tiles).buffer_read_bytes[1] == 2400);
        unit.passes = 2;
        CHECK(totals(plan(softmax(800), unit)->tiles).buffer_read_bytes[1] == 1600);
        auto wide = softmax(800);
        wide.input_precision = core::Precision::int16;  // two pieces
        CHECK(totals(plan(wide, unit)->tiles).compute_cycles == 200);
    }

    TEST_CASE("ports hold up what needs more of them") {
        CustomUnit unit;
        unit.port_in = Bytes(4);
        unit.port_out = Bytes(8);
        const core::Hertz clock(1e9);
        CHECK(unit.port_cycles(100, 100, clock) == 25);
        CHECK(unit.port_cycles(10, 100, clock) == 12.5);
        unit.bandwidth = core::BytesPerSecond(2e9);
        CHECK(unit.port_cycles(10, 100, clock) == 55);
        CHECK(CustomUnit{}.port_cycles(10, 100, clock) == 0);
    }

    TEST_CASE("a unit that skips what a mask throws away takes its share of time and energy") {
        CustomUnit unit;
        unit.operators = {"conv", "softmax"};
        unit.operations_per_cycle = 1;
        unit.elements_per_cycle = 1;
        unit.energy_per_operation = core::Joules(1e-12);
        auto product = conv({.n = 4, .k = 4, .c = 4});
        auto shares = softmax(64);
        product.needed = shares.needed = 0.625;
        CHECK(plan(product, unit)->compute == Cycles(64));
        CHECK(totals(plan(shares, unit)->tiles).compute_cycles == 64);
        unit.skips_masked = true;
        CHECK(plan(product, unit)->compute == Cycles(40));
        CHECK(plan(product, unit)->energy.mac.count() == doctest::Approx(40e-12));
        CHECK(totals(plan(shares, unit)->tiles).compute_cycles == 40);
        CHECK(plan(shares, unit)->energy.mac.count() == doctest::Approx(40e-12));
    }

    TEST_CASE("parts make area and energy, in the technology of the chip") {
        auto unit = winograd();
        unit.parts =
            hw_space::UnitParts{.multipliers = 10, .adders = 20, .registers = Bytes(4), .register_bytes = Bytes(2)};
        const auto chip = chip_with(unit);
        const auto& node = *chip.technology;
        const auto &int8 = node.operations.at(1), &int32 = node.operations.at(3);
        double area_sum = 0;
        for (const auto& part : area_parts(chip))
            if (part.component.starts_with("w/")) area_sum += part.area.count();
        CHECK(area_sum == doctest::Approx(10 * int8.multiply_area.count() + 20 * int32.add_area.count() +
                                          32 * node.register_area_per_bit.count()));
        // (10 products + 20 sums + 16 bits) x the chip's voltage and the share of clock and control.
        const double scale = node.energy_scale(chip.voltage) * (1 + node.energy_overhead);
        const double cycle =
            scale * (10 * int8.multiply.count() + 20 * int32.add.count() + 16 * node.register_energy_per_bit.count());
        CHECK(energy_table(chip).unit_cycle.at(0).count() == doctest::Approx(cycle));
        // 64 cycles, all of it at work in each.
        CHECK(plan(conv({.k = 8, .c = 4, .p = 7, .q = 7, .r = 3, .s = 3}), unit)->energy.mac.count() ==
              doctest::Approx(64 * cycle));
        auto shares = unit;
        shares.operators = {"softmax"};
        shares.kernels = {};
        shares.elements_per_cycle = 8;
        CHECK(plan(softmax(800), shares)->energy.mac.count() == doctest::Approx(100 * cycle));
    }
}

}  // namespace dyad::models
