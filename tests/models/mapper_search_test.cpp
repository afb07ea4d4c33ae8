// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>

#include "models/mapper/tile_walk.hpp"
#include "tests/models/mapper_support.hpp"

using namespace dyad;
using namespace dyad::models;
using namespace dyad::models::mapper;
using namespace dyad::models::mapper_test;

namespace {

std::uint64_t fewest_tiles(const Problem& problem, const NestByRole& nest) {
    const CostModel model(problem, nest);
    auto fewest = static_cast<double>(most_tiles + 1);
    for_each_mapping(space(problem, nest, most_tiles), model,
                     [&](const Candidate& candidate) { fewest = std::min(fewest, candidate.tiles()); });
    return static_cast<std::uint64_t>(fewest);
}

/// The best by trying every mapping of as many tiles as there may be.
std::optional<Found> brute_force(const Problem& problem, const NestByRole& nest) {
    const CostModel model(problem, nest);
    const auto limit = problem.objective == Objective::energy
                           ? most_tiles
                           : std::clamp(8 * fewest_tiles(problem, nest), std::uint64_t{64}, most_tiles);
    std::optional<Found> best;
    Rank best_rank{};
    for_each_mapping(space(problem, nest, limit), model, [&](const Candidate& candidate) {
        const auto cost = model(candidate);
        const auto rank_here = rank(cost, candidate, problem.objective);
        if (best && rank_here >= best_rank) return;
        best_rank = rank_here;
        best = Found{.inner = candidate.inner, .cost = cost};
        for (const auto role : roles) best->options[index(role)] = *candidate.options[index(role)];
    });
    return best;
}

bool has_model(const RandomCase& random) {
    return mapper::problem(random.kernel, random.chip, 0, {}, random.energy).has_value();
}

}  // namespace

TEST_SUITE("models/mapper") {
    TEST_CASE("tile sizes are the smallest of each trip count") {
        // 10 in 1, 2, 3, 4, 5 and 10 tiles; 6 to 9 tiles of 2 or 1 words would be 5 or 10.
        CHECK(tile_sizes(10) == std::vector<std::uint64_t>{10, 5, 4, 3, 2, 1});
        CHECK(tile_sizes(7) == std::vector<std::uint64_t>{7, 4, 3, 2, 1});
        CHECK(tile_sizes(1) == std::vector<std::uint64_t>{1});
    }

    TEST_CASE("branch and bound finds what trying every mapping finds, to the last bit") {
        int mapped = 0, without_tile = 0;
        RoleMemo memo(200);  // shared by all cases; small enough to forget some
        for (std::uint64_t number = 0; number < 300; ++number) {
            CAPTURE(number);
            const auto random = random_case(number);
            if (!has_model(random)) continue;
            for (const auto objective : {Objective::latency, Objective::energy, Objective::edp}) {
                const auto problem = problem_of(random, objective);
                const NestByRole nest(*problem.nest);
                const auto best = brute_force(problem, nest);
                const auto found = search(problem, nest);
                const auto all = search(problem, nest, {.exhaustive = true});
                const auto remembered = search(problem, nest, {}, memo);
                REQUIRE(found.has_value() == best.has_value());
                REQUIRE(all.has_value() == best.has_value());
                if (!found) {
                    ++without_tile;
                    continue;
                }
                ++mapped;
                CHECK(found->optimal);
                CHECK(all->optimal);
                CHECK(all->evaluated >= found->evaluated);
                CHECK(all->cost.cycles == best->cost.cycles);
                CHECK(all->cost.energy == best->cost.energy);
                CHECK(found->inner == best->inner);
                CHECK(found->cost.cycles == best->cost.cycles);
                CHECK(found->cost.energy == best->cost.energy);
                CHECK(remembered->cost.energy == best->cost.energy);
                CHECK(remembered->evaluated == found->evaluated);
                for (const auto role : roles) {
                    CHECK(found->options[index(role)].tile == best->options[index(role)].tile);
                    CHECK(remembered->options[index(role)].tile == best->options[index(role)].tile);
                }
            }
        }
        CHECK(mapped >= 600);  // 200 cases of three objectives
        CHECK(without_tile > 0);
    }

    TEST_CASE("a search that a budget ends bounds what it misses") {
        int cut = 0;
        for (std::uint64_t number = 0; number < 100; ++number) {
            CAPTURE(number);
            const auto random = random_case(number);
            if (!has_model(random)) continue;
            for (const auto objective : {Objective::latency, Objective::energy, Objective::edp}) {
                auto problem = problem_of(random, objective);
                const NestByRole nest(*problem.nest);
                const auto best = search(problem, nest);
                problem.evaluations = 1 + number % 3;
                const auto some = search(problem, nest);
                const auto timed = search(problem_of(random, objective), nest, {.out_of_time = [] { return false; }});
                REQUIRE(some.has_value() == best.has_value());
                if (!best) continue;
                CHECK(timed->optimal);
                CHECK(timed->gap == 0);
                CHECK(timed->cost.energy == best->cost.energy);
                CHECK(some->evaluated == std::min<std::uint64_t>(problem.evaluations, some->evaluated));
                CHECK(some->gap >= 0);
                CHECK(some->cost.value(objective) * (1 - some->gap) <= best->cost.value(objective) * (1 + 1e-12));
                cut += !some->optimal && some->cost.value(objective) > best->cost.value(objective);
            }
        }
        CHECK(cut > 20);
    }

    TEST_CASE("a bigger buffer never raises the least energy at equal energy per access") {
        int better = 0;
        for (std::uint64_t number = 0; number < 150; ++number) {
            CAPTURE(number);
            auto random = random_case(number);
            if (!has_model(random)) continue;
            const auto least = [&] {
                const auto problem = problem_of(random, Objective::energy);
                return search(problem, NestByRole(*problem.nest));
            };
            const auto before = least();
            if (!before) continue;
            for (auto& buffer : random.chip.buffers) buffer.size = 2 * buffer.size;
            const auto after = least();
            REQUIRE(after.has_value());
            CHECK(after->cost.energy <= before->cost.energy);
            better += after->cost.energy < before->cost.energy;
        }
        CHECK(better > 10);
    }

    TEST_CASE("the closed forms move what playing every tile moves") {
        int played = 0;
        for (std::uint64_t number = 0; number < 150; ++number) {
            const auto random = random_case(number);
            if (!has_model(random)) continue;
            const auto problem = problem_of(random, Objective::edp);
            const NestByRole nest(*problem.nest);
            const CostModel model(problem, nest);
            std::uint64_t seen = 0;
            for_each_mapping(space(problem, nest, 64), model, [&](const Candidate& candidate) {
                if (seen++ % 13 != 0) return;  // a sample of the space
                CAPTURE(number);
                CAPTURE(seen);
                Found mapping{.inner = candidate.inner};
                for (const auto role : roles) mapping.options[index(role)] = *candidate.options[index(role)];
                const auto played_tiles = totals(walk_tiles(problem, nest, tile_loops(nest, mapping)).program);
                const auto moved = model.moved(candidate);
                for (std::size_t o = 0; o < 3; ++o) {
                    CHECK(static_cast<double>(played_tiles.load_bytes[o]) == moved.load[o]);
                    CHECK(static_cast<double>(played_tiles.buffer_read_bytes[o]) == moved.read[o]);
                }
                CHECK(static_cast<double>(played_tiles.store_bytes) == moved.store);
                CHECK(static_cast<double>(played_tiles.buffer_write_bytes) == moved.write);
                CHECK(static_cast<double>(played_tiles.tiles) == candidate.tiles());
                ++played;
            });
        }
        CHECK(played > 1000);
    }
}
