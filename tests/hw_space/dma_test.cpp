// SPDX-License-Identifier: Apache-2.0
#include "hw_space/dma.hpp"

#include <doctest/doctest.h>

using namespace dyad::hw_space;

TEST_SUITE("hw_space/dma") {
    TEST_CASE("a DMA whose requests are fewer than bandwidth times round trip is told so, with the arithmetic") {
        // A channel moves 32 B in 5 ns, 6.4 GB/s; a request of 256 B is there after 17.5 + 8 x 5 = 57.5 ns.
        Accelerator chip;
        chip.dram.standard = dram_standard("lpddr4-3200");
        CHECK(round_trip(chip.dram, chip.dma).count() == doctest::Approx(57.5e-9));
        chip.dram.channels = 2;  // 12.8 x 57.5 = 736 B, less than 4 x 256 = 1024
        CHECK(dma_shortage(chip).empty());
        chip.dram.channels = 3;  // 19.2 x 57.5 = 1104 B; 1024 / 57.5 = 17.81; 1104 / 256 = 4.3
        CHECK(
            dma_shortage(chip) ==
            "the DMA has 1 x 4 requests of 256 B = 1024 B under way, the DRAM's 19.2 GB/s x 57.5 ns (column access and "
            "a request on the bus) = 1104 B: it moves 17.81 GB/s at most; dma: {outstanding: 5} keeps the DRAM busy");
        chip.dma.outstanding = 5;
        CHECK(dma_shortage(chip).empty());
        chip.dma = {.engines = 2, .outstanding = 2};  // the same 1024 B
        CHECK(dma_shortage(chip).ends_with("; dma: {outstanding: 3} keeps the DRAM busy"));
        chip.dram.link = dyad::core::BytesPerSecond(12.8e9);
        CHECK(dma_shortage(chip).empty());
    }
}
