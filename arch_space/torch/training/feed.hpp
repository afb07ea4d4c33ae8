// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "arch_space/network.hpp"
#include "arch_space/torch/data/data_set.hpp"

namespace dyad::arch_space::torch {

/// How a data set's images enter a network.
class Feed {
public:
    /// Throws core::Error unless the network takes one image of as many channels (1 and 3 go into one another), puts
    /// out a value a class or more, and has weights.
    Feed(const Network& network, const DataSet& data);

    /// The numbered images in the network's size, {n, channels, height, width}, black 0 and white 1: bilinear, grey
    /// repeated in each channel, colours averaged (equal weights).
    [[nodiscard]] at::Tensor pixels(const Images& images, const at::Tensor& numbers) const;
    /// What the network takes: each channel less its mean over its deviation.
    [[nodiscard]] at::Tensor normalised(const at::Tensor& pixels) const;

private:
    Shape shape_;
    at::Tensor mean_, deviation_;
};

}  // namespace dyad::arch_space::torch
