// SPDX-License-Identifier: Apache-2.0
#include "sim/pipeline.hpp"

#include <doctest/doctest.h>

#include "tests/sim/fixtures.hpp"

using namespace dyad;
using namespace dyad::sim;
using sim::test::run;

TEST_SUITE("sim/pipeline") {
    TEST_CASE("a cursor walks runs, repeats and blocks in order") {
        const models::TileProgram program{{2, {run(2, 1, 0, 0, 0), run(1, 2, 0, 0, 0)}}, {1, {run(1, 3, 0, 0, 0)}}};
        TileCursor at(program);
        std::vector<std::uint64_t> seen;
        for (; !at.done(); at.advance()) seen.push_back(at.tile().load_bytes[0]);
        CHECK(seen == std::vector<std::uint64_t>{1, 1, 2, 1, 1, 2, 3});
        CHECK(at.index() == 7);
    }

    TEST_CASE("a cursor that skips stands where walking would have led it") {
        const models::TileProgram program{{5, {run(4, 1, 0, 0, 0), run(3, 2, 0, 0, 0)}}};
        TileCursor walked(program), skipped(program);
        for (int i = 0; i < 2 * 7 + 2; ++i) walked.advance();
        skipped.skip_repeats(2);
        skipped.skip_tiles(2);
        CHECK(skipped.index() == walked.index());
        CHECK(skipped.same_run(walked));
        CHECK(skipped.in_run() == walked.in_run());
        CHECK(skipped.left_in_block() == 3);
    }

    TEST_CASE("with double buffering two tiles are loaded ahead, without one") {
        const models::TileProgram program{{1, {run(4, 8, 0, 1, 8)}}};
        for (const bool twice : {true, false}) {
            Pipeline tiles(program, twice);
            CHECK_FALSE(tiles.can_compute());
            (void)tiles.ask_load();
            CHECK(tiles.can_load() == twice);
            tiles.end_load();
            CHECK(tiles.can_compute());
            tiles.end_compute();
            CHECK(tiles.can_load() == twice);  // without: the store of tile 0 still holds the buffer
            tiles.end_store();
            CHECK(tiles.can_load());
        }
    }

    TEST_CASE("a tile is computed only when the results of the tile two before it have left") {
        const models::TileProgram program{{1, {run(3, 0, 0, 1, 8)}}};
        Pipeline tiles(program, true);
        for (int i = 0; i < 2; ++i) {
            (void)tiles.ask_load();
            tiles.end_compute();
        }
        (void)tiles.ask_load();
        CHECK_FALSE(tiles.can_compute());
        tiles.end_store();
        CHECK(tiles.can_compute());
    }

    TEST_CASE("a load without bytes ends with the one before it, not earlier") {
        const models::TileProgram program{{1, {run(1, 8, 0, 1, 0), run(1, 0, 0, 1, 0)}}};
        Pipeline tiles(program, true);
        (void)tiles.ask_load();
        (void)tiles.ask_load();
        CHECK(tiles.loaded() == 0);
        tiles.end_load();
        CHECK(tiles.loaded() == 2);
    }

    TEST_CASE("the last tile of a run and the last repeat of a block are always played") {
        const models::TileProgram program{{10, {run(9, 8, 0, 1, 8)}}};
        Pipeline tiles(program, true);
        (void)tiles.ask_load();
        (void)tiles.ask_load();
        CHECK(tiles.tile_jumps(1) == 6);  // loads 0 and 1 asked for, 8 is the last
        CHECK(tiles.tile_jumps(4) == 1);
        CHECK(tiles.repeat_jumps(3) == 3);  // 9 repeats left, the last one stays
    }
}
