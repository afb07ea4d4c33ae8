// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "arch_space/network.hpp"

namespace dyad::arch_space {

/// What an image classifier's accuracy is predicted from, and what tells how far it is from the known ones. Parameters,
/// resolution and depth stand for no reward of their own: at equal MACs the published families show none.
struct Features {
    double macs = 0;        ///< per image
    double parameters = 0;  ///< learned values
    double resolution = 0;  ///< side of the input image (of a rectangle: the root of its area)
    double depth = 0;       ///< spatial convolutions (wider than 1x1) behind the first
    double shortcuts = 0;   ///< blocks that add their input, per spatial convolution; 1 from one half on
    double refinement = 0;  ///< mean of the shares of squeeze-and-excite and of (hard-)swish
    double large = 0;       ///< share of kernels larger than 3x3 among the spatial convolutions
    double dense = 0;       ///< share of MACs in ungrouped spatial convolutions behind the first
    double classes = 0;     ///< width of the output
    double int8 = 0;        ///< share of MACs with an operand of 5 to 8 bits
    double int4 = 0;        ///< share of MACs with an operand of at most 4 bits
};

/// The features of a convolutional image classifier. Throws core::Error for a network without an image input or without
/// spatial convolutions behind the first: what is known of classifiers says nothing about it.
[[nodiscard]] Features features_of(const Network& network);

/// Shortcuts per spatial convolution, counted in full from one half on.
[[nodiscard]] double shortcut_share(double shortcuts, double spatial);

}  // namespace dyad::arch_space
