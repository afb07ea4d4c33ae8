// SPDX-License-Identifier: Apache-2.0
// The branch and bound over explicit hierarchies against costing every mapping.
#include <doctest/doctest.h>

#include "core/error.hpp"
#include "tests/models/exact_cases.hpp"

using namespace dyad::models;
using namespace dyad::models::testing;

TEST_SUITE("models/exact") {
    TEST_CASE("branch and bound finds what costing every mapping finds") {
        std::size_t large = 0, compared = 0;
        for (std::uint64_t number = 0; number < 250; ++number) {
            for (std::uint64_t attempt = 0;; ++attempt) {
                const auto c = random_case(number, attempt);
                const auto first = map_exactly(c.nest, c.chip, {Objective::edp, true, false, 4000, {}});
                if (!first || !first->optimal || first->evaluated < 2) continue;
                large += first->evaluated > 100;
                for (const auto objective : objectives) {
                    CAPTURE(number);
                    CAPTURE(attempt);
                    CAPTURE(static_cast<int>(objective));
                    const auto all = map_exactly(c.nest, c.chip, {objective, true, false, 0, {}});
                    const auto found = map_exactly(c.nest, c.chip, {objective, false, false, 0, {}});
                    REQUIRE(found.has_value());
                    CHECK(found->optimal);
                    CHECK(found->gap == 0);
                    CHECK(why_invalid(c.nest, storage_levels(c.chip), found->mapping, {16, 16, 16}).empty());
                    CHECK(value(c, found->mapping, objective) ==
                          doctest::Approx(value(c, all->mapping, objective)).epsilon(1e-12));
                    CHECK(same(found->mapping, all->mapping));
                    ++compared;
                }
                break;
            }
        }
        CHECK(compared == 750);
        CHECK(large > 100);
    }

    TEST_CASE("a budget ends the search early and the gap bounds what is missed") {
        std::size_t cut = 0;
        for (std::uint64_t number = 0; number < 60; ++number) {
            const auto c = random_case(number, 0);
            for (const auto objective : objectives) {
                const auto some = map_exactly(c.nest, c.chip, {objective, false, false, 1, {}});
                const auto best = map_exactly(c.nest, c.chip, {objective, false, false, 0, {}});
                REQUIRE(some.has_value() == best.has_value());
                if (!some) continue;
                CHECK(some->evaluated >= 1);
                CHECK(some->gap >= 0);
                CHECK(value(c, some->mapping, objective) * (1 - some->gap) <=
                      value(c, best->mapping, objective) * (1 + 1e-12));
                cut += !some->optimal;
            }
        }
        CHECK(cut > 20);
    }

    TEST_CASE(
        "more room at any level never raises the least energy, nor the least traffic where one level alone costs") {
        std::size_t better = 0;
        for (std::uint64_t number = 0; number < 200; ++number) {
            auto c = random_case(number, 0);
            const bool traffic = number % 2 == 0;
            if (traffic)
                for (std::size_t l = 1; l < c.chip.levels.size(); ++l)
                    c.chip.levels[l].read_energy = c.chip.levels[l].write_energy = Joules(0);
            const auto before = map_exactly(c.nest, c.chip, {Objective::energy, false, false, 0, {}});
            if (!before) continue;
            const auto old = value(c, before->mapping, Objective::energy);
            for (auto& level : c.chip.levels) level.capacity = Words(2 * level.capacity.count());  // 0 is unbounded
            const auto after = map_exactly(c.nest, c.chip, {Objective::energy, false, false, 0, {}});
            REQUIRE(after.has_value());
            CHECK(value(c, after->mapping, Objective::energy) <= old * (1 + 1e-12));
            better += value(c, after->mapping, Objective::energy) < old * (1 - 1e-9);
        }
        CHECK(better > 10);
    }

    TEST_CASE("with bypass, the best of all choices of what passes by which level is found") {
        std::size_t better = 0, compared = 0;
        for (std::uint64_t number = 0; number < 400 && compared < 60; ++number) {
            const auto c = random_case(number, 0);
            const auto first = map_exactly(c.nest, c.chip, {Objective::edp, true, true, 3000, {}});
            if (!first || !first->optimal) continue;
            ++compared;
            for (const auto objective : objectives) {
                CAPTURE(number);
                const auto kept = map_exactly(c.nest, c.chip, {objective, false, false, 0, {}});
                const auto all = map_exactly(c.nest, c.chip, {objective, true, true, 0, {}});
                const auto found = map_exactly(c.nest, c.chip, {objective, false, true, 0, {}});
                REQUIRE(found.has_value());
                CHECK(found->optimal);
                CHECK(value(c, found->mapping, objective) ==
                      doctest::Approx(value(c, all->mapping, objective)).epsilon(1e-12));
                CHECK(same(found->mapping, all->mapping));
                if (!kept) continue;
                CHECK(value(c, found->mapping, objective) <= value(c, kept->mapping, objective) * (1 + 1e-12));
                better += value(c, found->mapping, objective) < value(c, kept->mapping, objective) * (1 - 1e-9);
            }
        }
        CHECK(compared == 60);
        CHECK(better > 10);
    }

    TEST_CASE("with imperfect factors, the best of all of them is found, never a worse one than without") {
        std::size_t better = 0, compared = 0;
        for (std::uint64_t number = 0; number < 600 && compared < 100; ++number) {
            const auto c = random_case(number, 0);
            const auto first = map_exactly(c.nest, c.chip, {Objective::edp, true, false, 3000, {}, true});
            if (!first || !first->optimal) continue;
            ++compared;
            for (const auto objective : objectives) {
                CAPTURE(number);
                CAPTURE(static_cast<int>(objective));
                const auto all = map_exactly(c.nest, c.chip, {objective, true, false, 0, {}, true});
                const auto found = map_exactly(c.nest, c.chip, {objective, false, false, 1'000'000, {}, true});
                REQUIRE(found.has_value());
                CHECK(found->optimal);
                CHECK(why_invalid(c.nest, storage_levels(c.chip), found->mapping, {16, 16, 16}).empty());
                CHECK(value(c, found->mapping, objective) ==
                      doctest::Approx(value(c, all->mapping, objective)).epsilon(1e-12));
                const auto perfect = map_exactly(c.nest, c.chip, {objective, false, false, 0, {}});
                if (!perfect) continue;
                CHECK(value(c, found->mapping, objective) <= value(c, perfect->mapping, objective) * (1 + 1e-12));
                better += value(c, found->mapping, objective) < value(c, perfect->mapping, objective) * (1 - 1e-9);
            }
        }
        CHECK(compared == 100);
        CHECK(better > 0);  // most of these sizes are powers of two
    }

    TEST_CASE("seven columns take a row of thirteen in two steps, not in thirteen") {
        // 13 is prime: perfect factors engage 1 column or none of 7. Two steps of 7 and 6 take it.
        ExplicitHierarchy chip;
        chip.levels.emplace_back();
        chip.levels[0].name = "dram";
        chip.levels[0].read_energy = chip.levels[0].write_energy = Joules(1e-12);
        chip.multipliers = chip.multiplier_columns = 7;
        chip.multiply_energy = Joules(1e-12);
        const auto nest = conv_nest({.p = 13});
        const auto perfect = map_exactly(nest, chip, {Objective::latency, false, false, 0, {}});
        const auto found = map_exactly(nest, chip, {Objective::latency, false, false, 0, {}, true});
        REQUIRE(perfect.has_value());
        REQUIRE(found.has_value());
        CHECK(count_accesses(nest, storage_levels(chip), perfect->mapping).compute_cycles == 13);
        CHECK(count_accesses(nest, storage_levels(chip), found->mapping).compute_cycles == 2);
        CHECK(found->optimal);
        const auto cut = map_exactly(nest, chip, {Objective::latency, false, false, 1, {}, true});
        CHECK_FALSE(cut->optimal);
        CHECK(cut->gap > 0);
    }

    TEST_CASE("zeros switch off what the file gates, and move less where it compresses") {
        ExplicitHierarchy chip;
        const auto energy = [](double pj) { return Joules(pj * 1e-12); };
        chip.levels.resize(2);
        auto &dram = chip.levels[0], &own = chip.levels[1];
        dram.name = "dram";
        dram.read_energy = energy(100);
        dram.write_energy = energy(80);
        dram.compression.scheme = dyad::hw_space::Scheme::bitmap;
        own.name = "own";
        own.capacity = Words(3);
        own.read_energy = energy(2);
        own.write_energy = energy(4);
        chip.multiply_energy = energy(8);
        chip.gating.inputs = true;
        Kernel kernel;
        kernel.nest = matmul_nest(1, 2, 2, 2);
        kernel.density = {0.5, 0.25, 1};
        const auto levels = storage_levels(chip, kernel);
        CHECK(levels.mac_energy.count() == doctest::Approx(2e-12));  // a quarter of the inputs is not zero
        // Eight-bit words: half of the weights and a bit for each of them, 0.5 + 1/8; inputs 0.25 + 1/8; sums whole.
        CHECK(levels.levels[0].read_energy[0].count() == doctest::Approx(62.5e-12));
        CHECK(levels.levels[0].write_energy[1].count() == doctest::Approx(30e-12));
        CHECK(levels.levels[0].read_energy[2].count() == doctest::Approx(100e-12));
        // A zero input spares its weight and the sum, and is read itself.
        CHECK(levels.levels[1].read_energy[0].count() == doctest::Approx(0.5e-12));
        CHECK(levels.levels[1].read_energy[1].count() == doctest::Approx(2e-12));
        CHECK(levels.levels[1].write_energy[2].count() == doctest::Approx(1e-12));
        const auto found = map_exactly(kernel, chip, {.objective = Objective::energy});
        const auto dense = map_exactly(*kernel.nest, chip, {.objective = Objective::energy});
        REQUIRE(found.has_value());
        REQUIRE(dense.has_value());
        const auto cost = [&](const Hierarchy& on, const Mapping& mapping) {
            return access_energy(*kernel.nest, on, count_accesses(*kernel.nest, on, mapping)).count();
        };
        CHECK(cost(levels, found->mapping) < cost(storage_levels(chip), dense->mapping));
        CHECK(cost(levels, found->mapping) <= cost(levels, dense->mapping));
    }

    TEST_CASE("a constraint on a dimension that is not there is an error") {
        ExplicitHierarchy chip;
        chip.levels.emplace_back().name = "DRAM";
        auto& constraint = chip.constraints.emplace_back();
        constraint.level = "DRAM";
        constraint.kind = MappingConstraint::Kind::temporal;
        constraint.factors = {{"Z", 1}};
        CHECK_THROWS_WITH_AS(map_exactly(matmul_nest(1, 2, 2, 2), chip, {}),
                             "constraint of DRAM: there is no dimension 'Z'", dyad::core::Error);
    }
}
