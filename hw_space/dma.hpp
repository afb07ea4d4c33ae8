// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "hw_space/accelerator.hpp"

namespace dyad::hw_space {

/// From a request's leaving the DMA to its last byte, on an open row: the column access, then its bursts on the bus.
[[nodiscard]] core::Seconds round_trip(const Dram& dram, const Dma& dma);

/// Where the bytes that the DMA may have under way are fewer than bandwidth times round trip, so that the DRAM waits
/// for requests whatever runs: a sentence with the arithmetic. "" where they are enough.
[[nodiscard]] std::string dma_shortage(const Accelerator& chip);

}  // namespace dyad::hw_space
