// SPDX-License-Identifier: Apache-2.0
#include "models/schedule/cores.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/document.hpp"
#include "core/files.hpp"
#include "models/report_builder.hpp"
#include "tests/models/schedule_fixture.hpp"

using namespace dyad;
using namespace dyad::models;
using core::Bytes;

namespace {

Kernel conv(const ConvShape& shape) {
    Kernel kernel;
    kernel.name = kernel.op = "conv";
    kernel.nest = conv_nest(shape);
    kernel.weight_bytes = Bytes(kernel.nest->words(Operand::weights).count());
    return kernel;
}

/// `count` cores, each a 4 x 4 array and a buffer of 4 KiB, around a buffer of 64 KiB for tensors.
hw_space::Accelerator many(unsigned count) {
    auto chip = fixture::chip(64 * 1024);
    chip.buffers.front().keeps = {.weights = false, .inputs = true, .outputs = true};
    chip.buffers.push_back({.name = "own", .size = Bytes(4096), .width = Bytes(64), .keeps = {}});
    chip.cores.given = count > 1;
    chip.cores.count = count;
    chip.cores.first_buffer = 1;
    return chip;
}

std::shared_ptr<const KernelPlan> mapped(const Kernel& kernel, const hw_space::Accelerator& chip) {
    MapperMemo memo;
    return map_on_cores(kernel, chip, 0, {.objective = Objective::latency}, memo, energy_table(chip));
}

std::uint64_t macs_of(const std::vector<Kernel>& parts) {
    std::uint64_t sum = 0;
    for (const auto& part : parts) sum += part.macs();
    return sum;
}

}  // namespace

TEST_SUITE("models/cores") {
    TEST_CASE("parts are as equal as they can be, the larger ones first, and do all the work") {
        const auto kernel = conv({.n = 2, .k = 10, .c = 3, .p = 7, .q = 5, .r = 3, .s = 3});
        const auto size = [](const Kernel& part, const char* dim) {
            return part.nest->dims[*part.nest->dim(dim)].size;
        };
        const auto channels = parts_of(kernel, Split::channels, 4);
        CHECK(channels.size() == 4);  // 10 = 3 + 3 + 2 + 2
        CHECK(size(channels[0], "K") == 3);
        CHECK(size(channels[3], "K") == 2);
        CHECK(channels[0].weight_bytes + channels[1].weight_bytes + channels[2].weight_bytes +
                  channels[3].weight_bytes ==
              kernel.weight_bytes);
        const auto rows = parts_of(kernel, Split::rows, 4);
        CHECK(size(rows[0], "P") == 2);  // 7 = 2 + 2 + 2 + 1
        CHECK(size(rows[3], "P") == 1);
        CHECK(rows[0].nest->words(Operand::inputs).count() == 2 * 3 * 4 * 7);  // two rows of outputs need four
        const auto batch = parts_of(kernel, Split::batch, 4);
        CHECK(batch.size() == 2);  // no more than there are
        for (const auto& parts : {channels, rows, batch}) CHECK(macs_of(parts) == kernel.macs());
    }

    TEST_CASE("what has one channel, row or batch element is not divided so") {
        const auto product = conv({.n = 8, .k = 1, .c = 16});
        CHECK(parts_of(product, Split::channels, 4).empty());
        CHECK(parts_of(product, Split::rows, 4).empty());
        CHECK(parts_of(product, Split::batch, 4).size() == 4);
        CHECK(parts_of(product, Split::none, 4).empty());
    }

    TEST_CASE("channels of a depthwise convolution are its groups") {
        const auto parts = parts_of(conv({.g = 6, .p = 4, .q = 4, .r = 3, .s = 3}), Split::channels, 4);
        CHECK(parts.size() == 4);
        CHECK(parts[0].nest->dims[*parts[0].nest->dim("G")].size == 2);
    }

    TEST_CASE("elements of a vector kernel are divided with their operations") {
        Kernel kernel;
        kernel.vector.operations[0] = 11;
        kernel.vector_inputs = core::Words(22);
        kernel.vector_outputs = core::Words(11);
        const auto parts = parts_of(kernel, Split::rows, 4);
        std::uint64_t operations = 0, inputs = 0;
        for (const auto& part : parts) {
            operations += part.vector.operations[0];
            inputs += part.vector_inputs.count();
        }
        CHECK(operations == 11);
        CHECK(inputs == 22);
        CHECK(parts[0].vector_outputs == core::Words(3));
    }

    TEST_CASE("four cores take a quarter of the time where a kernel divides, and the totals are of all") {
        // 16 channels of 16 x 16 pixels over 16 inputs: 65536 products on 16 multipliers are 4096 cycles, on 64 a
        // quarter.
        const auto kernel = conv({.k = 16, .c = 16, .p = 16, .q = 16});
        const auto one = mapped(kernel, many(1)), four = mapped(kernel, many(4));
        REQUIRE(four->parts.size() == 4);
        CHECK(one->parts.empty());
        CHECK(four->compute >= core::Cycles(1024));
        CHECK(four->compute.count() * 2 < one->compute.count());  // fill and drain of the array are not divided
        CHECK(four->energy.mac.count() == doctest::Approx(one->energy.mac.count()));
        std::uint64_t stored = 0;
        for (const auto& part : four->parts) stored += totals(part->tiles).store_bytes;
        CHECK(totals(four->tiles).store_bytes == stored);
        CHECK(stored == 16 * 16 * 16);
    }

    TEST_CASE("a kernel that does not divide runs on one core") {
        const auto plan = mapped(conv({.k = 1, .c = 16}), many(4));
        CHECK(plan->parts.empty());
        CHECK(plan->split == Split::none);
    }

    TEST_CASE("many weights are divided by channel, many pixels by row") {
        // Each other split would load all weights, or all inputs, four times.
        CHECK(mapped(conv({.n = 1, .k = 256, .c = 256, .p = 2, .q = 1}), many(4))->split == Split::channels);
        CHECK(mapped(conv({.k = 4, .c = 4, .p = 64, .q = 64}), many(4))->split == Split::rows);
    }

    TEST_CASE("parts of a step add up to its traffic, the residual and what stays on chip included") {
        const auto kernel = conv({.k = 10, .c = 8, .p = 9, .q = 8});
        auto chip = std::make_shared<hw_space::Accelerator>(many(4));
        Schedule schedule;
        schedule.accelerator = chip;
        Step step;
        step.plan = mapped(kernel, *chip);
        REQUIRE(step.plan->parts.size() == 4);
        step.side_from_dram = Bytes(701);
        for (const auto home : {Home::dram, Home::buffer}) {
            step.inputs = home;
            schedule.steps = {step};
            std::uint64_t loaded = 0, stored = 0, shared = 0;
            for (std::size_t core = 0; core < 4; ++core) {
                const auto moved = totals(step_program(schedule, 0, core).tiles);
                loaded += moved.load_bytes[1];
                stored += moved.store_bytes;
                shared += moved.shared_load_bytes;
            }
            const auto planned = totals(step.plan->tiles);
            CHECK(loaded == 701 + (home == Home::dram ? planned.load_bytes[1] : 0));
            CHECK(shared == (home == Home::dram ? 0 : planned.load_bytes[1]));
            CHECK(stored == planned.store_bytes);
        }
    }

    TEST_CASE("area and leakage count every core, energy of a byte what lies between") {
        const auto one = many(1), four = many(4);
        const auto part = [](const hw_space::Accelerator& chip, const std::string& name) {
            for (const auto& component : area_parts(chip))
                if (component.component == name) return component.area.count();
            return 0.0;
        };
        CHECK(part(four, "array/multipliers") == doctest::Approx(4 * part(one, "array/multipliers")));
        CHECK(part(four, "own") == doctest::Approx(4 * part(one, "own")));
        CHECK(part(four, "shared") == doctest::Approx(part(one, "shared")));
        CHECK(energy_table(one).core_byte == core::Joules(0));
        auto linked = four;
        linked.cores.link.rate = core::BytesPerSecond(1e9);
        linked.cores.link.energy = core::Joules(2e-12);
        CHECK((energy_table(linked).core_byte - energy_table(four).core_byte).count() == doctest::Approx(16e-12));
    }

    TEST_CASE("tensors stay where all cores reach them") {
        CHECK(core_view(many(4), 4).buffers[0].size == Bytes(16 * 1024));
        CHECK(core_view(many(4), 4).buffers[1].size == Bytes(4096));
        auto dies = many(4);
        dies.cores.first_buffer = 0;  // no shared buffer
        CHECK(energy_table(dies).core_byte > core::Joules(0));
    }
}
