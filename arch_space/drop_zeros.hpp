// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "arch_space/network.hpp"

namespace dyad::arch_space {

/// The network without what absent edges (`zero`) make idle: sums leave out terms that are zero whatever the input is,
/// and layers that only such terms read go with them. A constant that batch normalisation would add behind zeros counts
/// as zero too: at inference it is a bias of the next layer. This is done block by block: the blocks around one whose
/// output is zero run in full (NAS-Bench-201's count of live MACs).
[[nodiscard]] Network drop_zeros(Network network);

}  // namespace dyad::arch_space
