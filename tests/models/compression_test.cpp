// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cmath>

#include "models/compression.hpp"
#include "tests/models/mapper_support.hpp"

using namespace dyad;
using namespace dyad::models;
using namespace dyad::models::mapper_test;
using hw_space::Scheme;

namespace {

constexpr double pj = 1e-12;

std::shared_ptr<const KernelPlan> plan(const Kernel& kernel, const hw_space::Accelerator& chip) {
    MapperMemo memo;
    return map_kernel(kernel, chip, 0, {.objective = Objective::energy}, memo, round_energies(chip));
}

Kernel product(std::uint64_t m, std::uint64_t k, std::uint64_t c) { return conv_kernel({.n = m, .k = k, .c = c}); }

hw_space::PeArray& array(hw_space::Accelerator& chip) { return std::get<hw_space::PeArray>(chip.engines.front()); }

std::uint64_t moved(const KernelPlan& plan, const std::string& level, Operand operand, bool read) {
    std::uint64_t sum = 0;
    for (const auto& t : plan.traffic)
        if (t.level == level && t.operand == operand) sum += (read ? t.read : t.write).count();
    return sum;
}

/// Bits of a sequence of words, `zero(i)` says which are zeros, in Eyeriss' code: packs of three (run, level) pairs.
template <class Zero>
double coded_bits(std::uint64_t words, const Zero& zero) {
    std::uint64_t pairs = 0, run = 0;
    for (std::uint64_t i = 0; i < words; ++i) {
        if (zero(i) && run < 31) {
            ++run;
            continue;
        }
        ++pairs;
        run = 0;
    }
    return 64.0 * static_cast<double>(pairs) / 3;
}

}  // namespace

TEST_SUITE("models/compression") {
    TEST_CASE("a bitmap costs one bit a word") {
        CHECK(stored_fraction(Scheme::bitmap, 8, 0.5) == doctest::Approx(0.5 + 1.0 / 8));
        CHECK(stored_fraction(Scheme::bitmap, 16, 0) == doctest::Approx(1.0 / 16));
        CHECK(stored_fraction(Scheme::bitmap, 8, 0.95) == 1);  // would grow: left plain
        CHECK(stored_fraction(Scheme::none, 8, 0.1) == 1);
    }
    TEST_CASE("run lengths cost what coding a random tensor costs") {
        constexpr std::uint64_t words = 400'000;
        for (const double density : {0.03, 0.1, 0.3, 0.6}) {
            core::Stream stream(7, "zeros", 0);
            const auto bits = coded_bits(words, [&](std::uint64_t) { return !stream.chance(density); });
            CHECK(stored_fraction(Scheme::rlc, 16, density) == doctest::Approx(bits / (16.0 * words)).epsilon(0.02));
        }
    }
    TEST_CASE("run lengths at the ends of their range") {
        // All zeros: a pair for 31 zeros and the one behind; a third of 64 bits for 32 words of 16.
        CHECK(stored_fraction(Scheme::rlc, 16, 0) == doctest::Approx(64.0 / 3 / (32 * 16)));
        CHECK(stored_fraction(Scheme::rlc, 16, 1) == 1);  // 64 / 3 bits for 16: left plain
        CHECK(stored_fraction(Scheme::rlc, 8, 0) == doctest::Approx(64.0 / 4 / (32 * 8)));  // four pairs of 13 bits
        for (unsigned percent = 1; percent <= 100; ++percent)
            CHECK(stored_fraction(Scheme::rlc, 16, percent / 100.0) >=
                  stored_fraction(Scheme::rlc, 16, (percent - 1) / 100.0));
    }
    TEST_CASE("compressed operands move less at DRAM and as much as ever on the chip") {
        auto chip = small_chip(core::Bytes(1024));
        auto kernel = product(8, 4, 4);  // W 16, I 32, O 32
        kernel.density = {1, 0.25, 0.5};
        const auto plain = plan(kernel, chip);
        chip.dram.compression = {Scheme::bitmap, {}};
        const auto packed = plan(kernel, chip);
        // Inputs 0.25 + 1/8, outputs 0.5 + 1/8, weights would grow.
        CHECK(totals(packed->tiles).load_bytes == std::array<std::uint64_t, 3>{16, 12, 0});
        CHECK(totals(packed->tiles).store_bytes == 20);
        CHECK(packed->energy.dram.count() == doctest::Approx((16 + 12 + 20) * 100 * pj));
        CHECK(packed->energy.buffer.count() == doctest::Approx(plain->energy.buffer.count()));
        CHECK(moved(*packed, "buffer", Operand::inputs, false) == 32);
        CHECK(packed->cycles < plain->cycles);
        CHECK(packed->compute == plain->compute);
    }
    TEST_CASE("a buffer that compresses is read and written less") {
        auto chip = small_chip(core::Bytes(1024));
        auto kernel = product(8, 4, 4);
        kernel.density = {1, 0.25, 0.5};
        chip.buffers[0].compression = {Scheme::bitmap, {.weights = false, .inputs = true, .outputs = true}};
        const auto packed = plan(kernel, chip);
        CHECK(totals(packed->tiles).load_bytes == std::array<std::uint64_t, 3>{16, 32, 0});
        CHECK(moved(*packed, "buffer", Operand::inputs, false) == 12);
        CHECK(moved(*packed, "buffer", Operand::inputs, true) == 12);
        CHECK(moved(*packed, "buffer", Operand::outputs, false) == 20);
        CHECK(moved(*packed, "buffer", Operand::weights, true) == 16);
    }
    TEST_CASE("partial sums that go to DRAM are not compressed") {
        auto chip = small_chip(core::Bytes(64));  // too small for a whole window
        auto kernel = product(16, 16, 64);
        const auto plain = plan(kernel, chip);
        REQUIRE(plain);
        const auto sums = totals(plain->tiles).load_bytes[2];
        kernel.density = {1, 1, 0.375};
        chip.dram.compression = {Scheme::bitmap, {.weights = false, .inputs = false, .outputs = true}};
        const auto packed = plan(kernel, chip);
        CHECK(totals(packed->tiles).load_bytes[2] == sums);
        // The 256 finished words lose 1 - (0.375 + 1/8) of their bytes.
        CHECK(totals(plain->tiles).store_bytes - totals(packed->tiles).store_bytes == 128);
    }
    TEST_CASE("gating saves the energy of products with a zero, not their time") {
        auto chip = small_chip(core::Bytes(1024));
        array(chip).registers = {.weights = 1, .inputs = 0, .psums = 1};
        auto energy = round_energies(chip);
        for (auto& of_engine : energy.register_bits) of_engine = {core::Joules(pj), core::Joules(pj), core::Joules(pj)};
        auto kernel = product(8, 4, 4);
        kernel.density = {0.5, 0.25, 1};
        const auto run = [&](hw_space::Gating gating) {
            array(chip).gating = gating;
            MapperMemo memo;
            return map_kernel(kernel, chip, 0, {.objective = Objective::energy}, memo, energy);
        };
        const auto none = run({}), inputs = run({.weights = false, .inputs = true}),
                   both = run({.weights = true, .inputs = true});
        CHECK(inputs->energy.mac.count() == doctest::Approx(0.25 * none->energy.mac.count()));
        CHECK(both->energy.mac.count() == doctest::Approx(0.125 * none->energy.mac.count()));
        // 128 products; a weight of 8 bits read, a sum of 32 bits read and written.
        CHECK(none->energy.reg.count() == doctest::Approx(128 * (8 + 64) * pj));
        CHECK(inputs->energy.reg.count() == doctest::Approx(128 * 0.25 * (8 + 64) * pj));
        CHECK(both->energy.reg.count() == doctest::Approx(128 * (0.25 * 8 + 0.125 * 64) * pj));
        CHECK(inputs->cycles == none->cycles);
        CHECK(inputs->energy.buffer.count() == doctest::Approx(none->energy.buffer.count()));
    }
    TEST_CASE("the search weighs compressed tensors as the tiles that are played do") {
        for (const std::uint64_t buffer : {48, 100, 300, 1000}) {
            RandomCase example{product(16, 24, 32), small_chip(core::Bytes(buffer)), {}};
            example.energy = round_energies(example.chip);
            example.kernel.density = {0.375, 0.375, 0.375};  // a bitmap halves each operand
            example.chip.dram.compression = {Scheme::bitmap, {}};
            const auto played = plan(example.kernel, example.chip);
            const auto problem = problem_of(example, Objective::energy);
            const auto best = mapper::search(problem, mapper::NestByRole(*problem.nest));
            REQUIRE(played);
            REQUIRE(best);
            // Each load and store of a tile rounds up to whole bytes at 100 pJ, and their expansion to the nearest.
            const double rounding = 100 * pj * 3 * static_cast<double>(totals(played->tiles).tiles) + 10 * pj;
            CHECK(played->energy.total().count() - best->cost.energy >= -10 * pj);
            CHECK(played->energy.total().count() - best->cost.energy <= rounding);
        }
    }
}
