// SPDX-License-Identifier: Apache-2.0
#include "models/loop_machine.hpp"

#include <doctest/doctest.h>

#include "core/document.hpp"
#include "core/error.hpp"
#include "core/files.hpp"

namespace models = dyad::models;
using models::LoopDim;

namespace {

/// Commands of 16 pixels, a request every 4 cycles, and nothing that costs time besides.
models::LoopMachine plain() {
    models::LoopMachine machine;
    machine.request_cycles = 4;
    machine.cache_bytes = std::uint64_t{1} << 40;
    return machine;
}

/// A product of 32 pixels, 64 channels and 16 filters in tiles of 16 pixels.
models::TiledConvolution product() {
    models::TiledConvolution work;
    work.size = {1, 64, 16, 32, 1, 1, 1};
    work.tile = {1, 64, 16, 16, 1, 1, 1};
    work.loops = {{LoopDim::p, 2}};
    return work;
}

}  // namespace

TEST_SUITE("models/loop machine") {
    TEST_CASE("a block's first command waits for its weights, short commands take four cycles") {
        const auto machine = plain();
        CHECK(models::block_cycles(machine, 16, 1) == 16);
        CHECK(models::block_cycles(machine, 16, 3) == 48);
        CHECK(models::block_cycles(machine, 2, 1) == 16);          // the weights take 16, the pixels run beside
        CHECK(models::block_cycles(machine, 2, 3) == 16 + 2 * 4);  // then 4 each, not 2
        CHECK(models::block_cycles(machine, 18, 2) == 2 * (16 + 4));
    }

    TEST_CASE("a command costs the queue its time where the array is quicker, and a bubble each") {
        auto machine = plain();
        machine.command_cycles = 8;
        CHECK(models::block_cycles(machine, 4, 10) == 80);
        CHECK(models::block_cycles(machine, 16, 10) == 160);
        machine.bubble_cycles = 0.5;
        CHECK(models::block_cycles(machine, 16, 10) == 165);
    }

    TEST_CASE("two tiles: load, load beside compute, compute, store") {
        auto machine = plain();
        machine.store_cycles = machine.same_line_cycles = 2;
        const auto timing = models::loop_timing(machine, product());
        CHECK(timing.compute == 4 * 16);  // 64 / 16 blocks, one command of 16 pixels each
        // A request for each of 64 rows of weights (16 B) and 16 pixels (64 B). The first tile fetches 16 lines of
        // weights and 16 of inputs, the second 16 of inputs, at no cost here; the cache answers 80 - 24 requests a
        // tile.
        CHECK(timing.load == doctest::Approx(56 * 4.0));
        CHECK(timing.store == 16 * 2);
        CHECK(timing.total == doctest::Approx(224 + 224 + 64 + 32));
    }

    TEST_CASE("sums stay in the accumulator until the last of their channels") {
        auto machine = plain();
        machine.store_cycles = machine.same_line_cycles = 2;
        auto work = product();
        work.tile = {1, 32, 16, 32, 1, 1, 1};
        work.loops = {{LoopDim::c, 2}};
        CHECK(models::loop_timing(machine, work).store == 32);  // 32 rows of 2 cycles, once in two tiles
    }

    TEST_CASE("a cache that is too small fetches the weights again; every stretch of addresses costs") {
        auto machine = plain();
        machine.request_cycles = 0;
        machine.line_cycles = 10;
        machine.stretch_cycles = 5;
        auto work = product();
        work.size[2] = 64;  // filters: rows of weights are 64 B apart, 16 B of each are used
        const double large = models::loop_timing(machine, work).load;
        // first tile: 64 lines of weights, each a stretch, and 16 lines of inputs in one go; second: 16 lines
        CHECK(large == doctest::Approx((64 * 15 + 16 * 10 + 16 * 10) / 2.0));
        machine.cache_bytes = 1;
        CHECK(models::loop_timing(machine, work).load == doctest::Approx(64 * 15 + 16 * 10));
    }

    TEST_CASE("the shipped machine reads; a file with errors names them all") {
        const auto shipped = models::read_loop_machine(
            *dyad::core::read_document(dyad::core::find_config("gemmini_firesim", "validation")));
        CHECK(shipped.side == 16);
        const auto broken = dyad::core::parse_document("loop_machine: x\nside: 0\n", "m.yaml");
        CHECK_THROWS_WITH_AS((void)models::read_loop_machine(*broken), doctest::Contains("m.yaml:2:7: side: "),
                             dyad::core::Error);
    }
}
