// SPDX-License-Identifier: Apache-2.0
// Where the searches over explicit hierarchies end: at nothing, at a tie, at a budget.
#include <doctest/doctest.h>

#include "tests/models/exact_cases.hpp"

using namespace dyad::models;
using namespace dyad::models::testing;

TEST_SUITE("models/exact") {
    TEST_CASE("of mappings equal in steady state both searches take the one that fills and drains fastest") {
        // A product of two rows of 4 over one word a cycle: 4 + 4 words in and 1 out are 9 cycles, whatever part of the
        // rows the buffer takes at a time. Parts of one word wait for 1 + 1 words before and 1 after, whole rows for 9.
        Case c{matmul_nest(1, 1, 1, 4), {}};
        c.chip.levels.resize(2);
        c.chip.levels[0].name = "dram";
        c.chip.levels[0].shared_rate = 1;
        c.chip.levels[0].read_energy = c.chip.levels[0].write_energy = Joules(1e-12);
        c.chip.levels[1].name = "buffer";
        for (const auto objective : objectives)
            for (const bool exhaustive : {false, true}) {
                const auto found = map_exactly(c.nest, c.chip, {objective, exhaustive, false, 0, {}});
                REQUIRE(found.has_value());
                CHECK(cycles_with_fill_and_drain(c, found->mapping) == 12);
            }
    }

    TEST_CASE("a budget also ends a search that is still listing what there is, with a mapping and a gap") {
        const auto c = huge_case();
        for (const auto objective : objectives) {
            const auto cut = map_exactly(c.nest, c.chip, {objective, false, false, 10, {}});
            REQUIRE(cut.has_value());
            CHECK(cut->evaluated == 10);
            for (const bool bypass : {false, true}) {
                int asked = 0;
                const auto found =
                    map_exactly(c.nest, c.chip, {objective, false, bypass, 0, [&] { return ++asked > 20; }});
                REQUIRE(found.has_value());
                CHECK_FALSE(found->optimal);
                if (objective != Objective::latency) CHECK(found->gap > 0);  // no mapping takes fewer cycles
                CHECK(found->gap < 1);
                CHECK(asked == 21);
                CHECK(why_invalid(c.nest, storage_levels(c.chip), found->mapping, {16, 16, 16}).empty());
                CHECK(value(c, found->mapping, objective) < value(c, cut->mapping, objective));
            }
        }
        // Nothing was looked at.
        int asked = 0;
        const auto all = map_exactly(c.nest, c.chip, {Objective::edp, true, false, 0, [&] { return ++asked > 0; }});
        CHECK_FALSE(all.has_value());
        CHECK(asked == 1);
    }

    TEST_CASE("imperfect factors start from the best choice of what passes by a level") {
        std::size_t compared = 0;
        for (std::uint64_t number = 0; number < 400 && compared < 20; ++number) {
            const auto c = random_case(number, 0);
            const auto first = map_exactly(c.nest, c.chip, {Objective::edp, true, true, 3000, {}});
            if (!first || !first->optimal) continue;
            const auto whole = map_exactly(c.nest, c.chip, {Objective::edp, false, true, 0, {}});
            REQUIRE(whole.has_value());
            const ExactOptions more{Objective::edp, false, true, whole->evaluated + 50, {}, true};
            const auto found = map_exactly(c.nest, c.chip, more);
            REQUIRE(found.has_value());
            CHECK(value(c, found->mapping, Objective::edp) <= value(c, whole->mapping, Objective::edp) * (1 + 1e-11));
            ++compared;
        }
        CHECK(compared == 20);
    }

    TEST_CASE("where no mapping meets the constraints or fits, every search says so") {
        Case c{matmul_nest(1, 4, 8, 3), {}};
        c.chip.levels.resize(3);
        c.chip.levels[0].name = "dram";
        c.chip.levels[1].name = "buffer";
        c.chip.levels[2].name = "own";
        c.chip.levels[2].instances = c.chip.levels[2].columns = 4;
        c.chip.multipliers = c.chip.multiplier_columns = 4;
        const auto none = [&](const std::string& level, MappingConstraint::Kind kind, std::uint64_t factor) {
            auto chip = c.chip;
            auto& constraint = chip.constraints.emplace_back();
            constraint.level = level;
            constraint.kind = kind;
            constraint.keep = {"weights", "inputs", "outputs"};
            constraint.factors = {{c.nest.dims[2].name, factor}};
            bool found = false;
            for (const bool exhaustive : {false, true})
                for (const bool bypass : {false, true})
                    found |= map_exactly(c.nest, chip, {Objective::edp, exhaustive, bypass, 0, {}}).has_value();
            return !found;
        };
        using Kind = MappingConstraint::Kind;
        CHECK(c.nest.dims[2].size == 8);
        for (const auto& level : c.chip.levels) CHECK(none(level.name, Kind::temporal, 3));
        CHECK_FALSE(none("own", Kind::temporal, 4));
        CHECK(none("buffer", Kind::spatial, 3));  // divides nothing
        CHECK(none("buffer", Kind::spatial, 8));  // of 4 columns
        CHECK(none("dram", Kind::spatial, 2));    // there is one buffer
        CHECK_FALSE(none("buffer", Kind::spatial, 4));
        c.chip.levels[2].capacity = Words(2);  // a word of each tensor takes three
        CHECK(none("own", Kind::temporal, 1));
        c.chip.levels[2].capacity = Words(3);
        CHECK_FALSE(none("own", Kind::temporal, 1));
    }
}
