// SPDX-License-Identifier: Apache-2.0
#include "models/mapper.hpp"

#include <doctest/doctest.h>

#include "tests/models/mapper_support.hpp"

using namespace dyad;
using namespace dyad::models;
using namespace dyad::models::mapper_test;
using core::Bytes;
using core::Precision;

namespace {

std::shared_ptr<const KernelPlan> map(const RandomCase& random, Objective objective) {
    MapperMemo memo;
    return map_kernel(random.kernel, random.chip, 0, {.objective = objective}, memo, random.energy);
}

bool same(const KernelPlan& a, const KernelPlan& b) {
    return a.tiles == b.tiles && a.compute == b.compute && a.cycles == b.cycles &&
           a.energy.total().count() == b.energy.total().count() && a.working_set == b.working_set;
}

std::uint64_t dram_bytes(const KernelPlan& plan) {
    const auto moved = totals(plan.tiles);
    return moved.load_bytes[0] + moved.load_bytes[1] + moved.load_bytes[2] + moved.store_bytes;
}

Kernel with_precision(Precision weights, Precision inputs) {
    auto kernel = conv_kernel({.k = 2, .c = 2, .p = 2});
    kernel.weight_precision = weights;
    kernel.input_precision = inputs;
    return kernel;
}

hw_space::Engine array_of(Precision precision) {
    auto array = small_array(hw_space::ArrayDataflow::weight_stationary);
    array.precision = precision;
    return array;
}

Kernel depthwise(std::uint64_t side, std::uint64_t stride) {
    return conv_kernel({.g = 4, .p = 4, .q = 4, .r = side, .s = side, .stride_h = stride, .stride_w = stride});
}

}  // namespace

TEST_SUITE("models/mapper/kernels") {
    TEST_CASE("integers run on integer engines of any width, floats on floats that are wide enough") {
        CHECK(accepts(array_of(Precision::int8), with_precision(Precision::int8, Precision::int8)));
        CHECK(accepts(array_of(Precision::int8), with_precision(Precision::int16, Precision::int4)));
        CHECK_FALSE(accepts(array_of(Precision::int8), with_precision(Precision::fp16, Precision::fp16)));
        CHECK_FALSE(accepts(array_of(Precision::int8), with_precision(Precision::int8, Precision::fp16)));
        CHECK_FALSE(accepts(array_of(Precision::fp16), with_precision(Precision::int8, Precision::int8)));
        CHECK(accepts(array_of(Precision::fp16), with_precision(Precision::int8, Precision::bf16)));
        CHECK(accepts(array_of(Precision::fp32), with_precision(Precision::fp16, Precision::fp16)));
        CHECK_FALSE(accepts(array_of(Precision::fp16), with_precision(Precision::fp32, Precision::fp16)));
    }

    TEST_CASE("a depthwise unit takes the sides and strides that it lists") {
        hw_space::DepthwiseUnit unit;
        unit.lanes = 4;
        unit.kernels = {3, 5};
        CHECK(accepts(unit, depthwise(3, 1)));
        CHECK(accepts(unit, depthwise(5, 2)));
        CHECK_FALSE(accepts(unit, depthwise(7, 1)));
        CHECK_FALSE(accepts(unit, conv_kernel({.k = 4, .c = 4, .p = 4, .r = 3, .s = 3})));
        unit.strides = {1};
        CHECK_FALSE(accepts(unit, depthwise(5, 2)));
    }

    TEST_CASE("a vector unit takes what it has all operations for, fused ones too") {
        hw_space::VectorUnit unit;
        unit.lanes = 4;
        unit.operations = {hw_space::VectorOp::add};
        Kernel kernel;
        kernel.vector.operations[static_cast<std::size_t>(hw_space::VectorOp::add)] = 8;
        CHECK(accepts(unit, kernel));
        CHECK_FALSE(accepts(array_of(Precision::int8), kernel));
        kernel.epilogue.operations[static_cast<std::size_t>(hw_space::VectorOp::max)] = 8;
        CHECK_FALSE(accepts(unit, kernel));
        CHECK_FALSE(accepts(unit, with_precision(Precision::int8, Precision::int8)));
    }

    TEST_CASE("a custom unit takes the operators it names") {
        hw_space::CustomUnit unit;
        unit.operators = {"softmax", "conv"};
        unit.operations_per_cycle = 1;
        CHECK(accepts(unit, with_precision(Precision::int8, Precision::int8)));
        auto kernel = with_precision(Precision::int8, Precision::int8);
        kernel.op = "linear";
        CHECK_FALSE(accepts(unit, kernel));
    }

    TEST_CASE("traffic is what the tiles move, energy adds up and nothing is negative") {
        for (std::uint64_t number = 0; number < 150; ++number) {
            CAPTURE(number);
            const auto random = random_case(number);
            const auto plan = map(random, Objective::edp);
            if (!plan) continue;
            const auto moved = totals(plan->tiles);
            std::array<std::uint64_t, 3> read{};
            std::uint64_t written = 0;
            for (const auto& traffic : plan->traffic) {
                if (traffic.level != "dram") continue;
                read[static_cast<std::size_t>(traffic.operand)] += traffic.read.count();
                written += traffic.write.count();
            }
            CHECK(read == moved.load_bytes);
            CHECK(written == moved.store_bytes);
            const auto& parts = plan->energy;
            for (const auto part : {parts.mac, parts.reg, parts.buffer, parts.dram, parts.network, parts.leakage})
                CHECK(part.count() >= 0);
            CHECK(plan->compute.count() == moved.compute_cycles);  // these engines start at once
            CHECK(plan->cycles >= plan->compute);                  // stalls are never negative
            CHECK(plan->used_macs_per_cycle * moved.compute_cycles >= random.kernel.macs());
        }
    }

    TEST_CASE("a plan's mapping is valid and counts what the plan counts") {
        int mapped = 0;
        for (std::uint64_t number = 0; number < 150; ++number) {
            CAPTURE(number);
            const auto random = random_case(number);
            const auto plan = map(random, Objective::edp);
            if (!plan || !plan->mapping) continue;
            ++mapped;
            const auto& nest = *random.kernel.nest;
            const auto levels = hierarchy(random.chip, random.chip.engines.front(), random.kernel, random.energy);
            const auto counts = count_accesses(nest, levels, *plan->mapping);
            for (std::size_t level = 0; level + 1 < levels.levels.size(); ++level) {
                for (std::size_t o = 0; o < 3; ++o) {
                    CHECK(counts.levels[level][o].reads == plan->counts.levels[level][o].reads);
                    CHECK(counts.levels[level][o].fills == plan->counts.levels[level][o].fills);
                    CHECK(counts.levels[level][o].updates == plan->counts.levels[level][o].updates);
                }
            }
            if (random.chip.buffers.back().name == "second") continue;  // outputs may only pass an accumulator
            const auto weight_bits = core::bits(random.kernel.weight_precision);
            CHECK(why_invalid(nest, levels, *plan->mapping, {weight_bits, 8, 8}).empty());
        }
        CHECK(mapped > 40);
    }

    TEST_CASE("more bandwidth never slows a kernel") {
        for (std::uint64_t number = 0; number < 60; ++number) {
            CAPTURE(number);
            auto random = random_case(number);
            const auto before = map(random, Objective::latency);
            if (!before) continue;
            auto standard = *random.chip.dram.standard;
            standard.transfers_per_s *= 2;
            random.chip.dram.standard = std::make_shared<const hw_space::DramStandard>(standard);
            CHECK(map(random, Objective::latency)->cycles <= before->cycles);
        }
    }

    TEST_CASE("a bigger buffer never raises the least DRAM traffic, where only that costs energy") {
        int smaller = 0;
        for (std::uint64_t number = 0; number < 150; ++number) {
            CAPTURE(number);
            auto random = random_case(number);
            if (random.chip.buffers.size() > 1) continue;
            random.energy.buffers.front() = {};
            const auto before = map(random, Objective::energy);
            if (!before) continue;
            random.chip.buffers.front().size = Bytes(random.chip.buffers.front().size.count() * 3 / 2);
            const auto after = map(random, Objective::energy);
            CHECK(dram_bytes(*after) <= dram_bytes(*before));
            if (dram_bytes(*after) < dram_bytes(*before)) ++smaller;
        }
        CHECK(smaller > 0);
    }

    TEST_CASE("a plan is the same with and without a memo, and whatever the memo held before") {
        MapperMemo shared(5);  // forgets most of what it sees
        for (std::uint64_t round = 0; round < 2; ++round) {
            for (std::uint64_t number = 0; number < 20; ++number) {
                CAPTURE(number);
                const auto random = random_case(number);
                const auto fresh = map(random, Objective::edp);
                const auto known = map_kernel(random.kernel, random.chip, 0, {}, shared, random.energy);
                REQUIRE((fresh == nullptr) == (known == nullptr));
                if (fresh) CHECK(same(*fresh, *known));
            }
        }
    }

    TEST_CASE("the memo tells kernels apart by what the mapper reads alone") {
        const auto random = random_case(0);
        MapperMemo memo;
        const auto again = [&](const Kernel& kernel, const hw_space::Accelerator& chip, const MapOptions& options) {
            return map_kernel(kernel, chip, 0, options, memo, random.energy);
        };
        const auto first = again(random.kernel, random.chip, {});
        REQUIRE(first);
        auto kernel = random.kernel;
        kernel.name = "another";
        auto chip = random.chip;
        std::get<hw_space::PeArray>(chip.engines.front()).name = "another";
        CHECK(again(kernel, chip, {}) == first);
        // Twice the clock with twice the DRAM is the same number of bytes a cycle.
        auto standard = *chip.dram.standard;
        standard.transfers_per_s *= 2;
        chip.dram.standard = std::make_shared<const hw_space::DramStandard>(standard);
        CHECK(again(kernel, chip, {}) != first);
        chip.clock = core::Hertz(2 * chip.clock.count());
        CHECK(again(kernel, chip, {}) == first);
        CHECK(again(kernel, chip, {.objective = Objective::energy}) != first);
        kernel.output_precision = Precision::int16;
        CHECK(again(kernel, chip, {}) != first);
    }

    TEST_CASE("a budget of evaluations ends the search early and says so") {
        auto random = random_case(0);
        MapperMemo memo;
        const auto cut = map_kernel(random.kernel, random.chip, 0, {.evaluations = 1}, memo, random.energy);
        const auto whole = map_kernel(random.kernel, random.chip, 0, {}, memo, random.energy);
        REQUIRE(cut);
        CHECK(cut->evaluated == 1);
        CHECK_FALSE(cut->optimal);
        CHECK(whole->optimal);
        CHECK(whole->evaluated > 1);
        CHECK(whole->pruned > 0);
    }

    TEST_CASE("the hierarchy holds the memories outside in, and words in each operand's bits") {
        auto chip = small_chip(Bytes(1024));
        auto energy = round_energies(chip);
        energy.register_bits.front() = {core::Joules(1e-15), core::Joules(), core::Joules(2e-15)};
        const auto kernel = with_precision(Precision::int4, Precision::int8);
        const auto levels = hierarchy(chip, chip.engines.front(), kernel, energy).levels;
        REQUIRE(levels.size() == 3);
        CHECK(levels[0].name == "dram");
        CHECK(levels[0].shared_words_per_cycle == 8);
        CHECK(levels[0].read_energy[0].count() == doctest::Approx(50e-12));  // half a byte of 100 pJ
        CHECK(levels[1].name == "buffer");
        CHECK(levels[1].shared_bits == 8 * 512);  // half, the other half is being filled
        CHECK(levels[1].fanout_rows == 4);
        CHECK(levels[1].write_energy[2].count() == doctest::Approx(8e-12));  // a sum of 4 bytes at 2 pJ
        CHECK(levels[2].name == "pe_array/registers");
        CHECK(levels[2].keeps == std::array{true, false, true});
        CHECK(levels[2].read_energy[2].count() == doctest::Approx(32 * 2e-15));
    }

    TEST_CASE("a plan found in a larger buffer serves smaller ones only where a search of its own finds the same") {
        std::size_t shared = 0, apart = 0;
        for (std::uint64_t number = 0; number < 60; ++number) {
            auto random = random_case(number);
            MapperMemo memo;
            std::shared_ptr<const KernelPlan> before;
            for (int halvings = 0; halvings < 5; ++halvings) {
                const auto plan = map_kernel(random.kernel, random.chip, 0, {}, memo, random.energy);
                const auto alone = map(random, Objective::edp);
                REQUIRE((plan == nullptr) == (alone == nullptr));
                if (!plan) break;
                CHECK(same(*plan, *alone));
                CHECK(plan->order.loops.size() == alone->order.loops.size());
                if (before) ++(plan == before ? shared : apart);
                before = plan;
                for (auto& buffer : random.chip.buffers) buffer.size = Bytes(buffer.size.count() / 2);
            }
        }
        CHECK(shared > 0);
        CHECK(apart > 0);
    }
}
