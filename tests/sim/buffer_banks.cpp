// SPDX-License-Identifier: Apache-2.0
#include "sim/buffer_banks.hpp"

#include <doctest/doctest.h>

#include "tests/sim/fixtures.hpp"

using namespace dyad;
using namespace dyad::sim;
using sim::test::ns;

namespace {

/// Four banks of 1000 B, 16 B a cycle of 1 ns each.
BufferBanks banks(hw_space::Interleave interleave, std::size_t engines = 1) {
    hw_space::Buffer buffer;
    buffer.size = core::Bytes(4000);
    buffer.banks = 4;
    buffer.width = core::Bytes(16);
    buffer.interleave = interleave;
    return {Clock(core::Hertz(1e9)), buffer, engines};
}

constexpr auto word = hw_space::Interleave::word, block = hw_space::Interleave::block;

}  // namespace

TEST_SUITE("sim/buffer_banks") {
    TEST_CASE("words in turn use all banks, blocks the one that they lie in") {
        CHECK(banks(word).pass(0, 0, 640) == 10 * ns);   // 64 B a cycle
        CHECK(banks(block).pass(0, 0, 640) == 40 * ns);  // 16 B a cycle
    }

    TEST_CASE("a transfer goes on in the next bank") {
        auto b = banks(block);
        CHECK(b.pass(0, 984, 32) == 2 * ns);  // 16 B in bank 0, 16 in bank 1
        CHECK(b.pass(0, 0, 16) == 2 * ns);    // bank 0 was busy for one cycle
        CHECK(b.pass(0, 2000, 16) == 1 * ns);
    }

    TEST_CASE("a DMA disturbs an engine only in the same bank") {
        // The engine moves 1600 B of bank 0 in 100 cycles: all that one bank can.
        for (const std::uint64_t address : {0, 2000}) {
            auto b = banks(block);
            b.begin(0, 0, 100 * ns, {{0, 1000, 1600}});
            (void)b.pass(0, address, 160);
            CHECK(b.short_by(0, 100 * ns) == (address == 0 ? 10 * ns : 0));
        }
        auto shared = banks(word);  // a quarter of all banks' time: 75 cycles are idle
        shared.begin(0, 0, 100 * ns, {{0, 1000, 1600}});
        (void)shared.pass(0, 0, 160);
        CHECK(shared.short_by(0, 100 * ns) == 0);
    }

    TEST_CASE("a tile over two banks has the bandwidth of both") {
        auto one = banks(block), two = banks(block);
        one.begin(0, 0, 100 * ns, {{0, 1000, 3200}});
        two.begin(0, 0, 100 * ns, {{0, 2000, 3200}});
        CHECK(one.short_by(0, 100 * ns) == 100 * ns);  // 200 cycles of 16 B
        CHECK(two.short_by(0, 100 * ns) == 0);
    }

    TEST_CASE("two engines in different banks do not meet, in the same bank they take turns") {
        for (const std::uint64_t second : {0, 3000}) {
            auto b = banks(block, 2);
            b.begin(0, 0, 100 * ns, {{0, 1000, 1600}});
            b.begin(1, 0, 100 * ns, {{second, 1000, 1600}});
            CHECK(b.short_by(0, 100 * ns) == (second == 0 ? 100 * ns : 0));
        }
    }
}
