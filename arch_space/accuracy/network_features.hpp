// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <map>
#include <string>

#include "arch_space/network.hpp"

namespace dyad::arch_space {

/// What tells the networks of one space apart, found in the network itself: equal networks have equal features,
/// whatever choices they came from. By group and name; what a network does not have counts as 0.
struct NetworkFeatures {
    enum Group : std::size_t {
        paths,    ///< "stage1:c3 c1": how many ways through a block meet these operators, mean over its copies
        extents,  ///< "stage1:most convolutions": over the ways through a block, the most, least and sum of a kind
        sizes     ///< logarithms of MACs, parameters, pixels and the widths of blocks; copies of blocks
    };
    static constexpr std::size_t groups = 3;
    std::array<std::map<std::string, double>, groups> values;
};

/// A block is what one entry of the network's `layers` became. A way through it runs from outside to outside; sums,
/// normalisations and rectifiers are left out of it. Of the different ways, 256 are told apart at most.
[[nodiscard]] NetworkFeatures network_features(const Network& network);

}  // namespace dyad::arch_space
