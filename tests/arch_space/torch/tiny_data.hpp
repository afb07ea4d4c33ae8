// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "arch_space/torch/data/data_set.hpp"
#include "tests/scratch.hpp"

namespace dyad::arch_space::torch {

using dyad::test::Scratch;

inline std::string big_endian(std::uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
    return bytes;
}
inline std::string idx1(const std::string& labels) {
    return big_endian(0x801) + big_endian(static_cast<std::uint32_t>(labels.size())) + labels;
}
inline std::string idx3(std::uint32_t count, std::uint32_t height, std::uint32_t width, const std::string& pixels) {
    return big_endian(0x803) + big_endian(count) + big_endian(height) + big_endian(width) + pixels;
}

/// Images of 1 x 8 x 8 whose class, 0 to 3, is the quarter that is bright: easy to learn. Deterministic.
inline DataSet quarters(std::int64_t train, std::int64_t test) {
    const auto make = [](std::int64_t count, std::int64_t from) {
        auto pixels = at::empty({count, 1, 8, 8}, at::kByte), classes = at::empty({count}, at::kLong);
        for (std::int64_t i = 0; i < count; ++i) {
            const auto label = (i + from) % 4;
            const auto dark = (at::arange(64, at::kLong) * (7 * (i + from) + 3)).remainder(90).to(at::kByte);
            pixels[i][0].copy_(dark.reshape({8, 8}));
            pixels[i][0].narrow(0, 4 * (label / 2), 4).narrow(1, 4 * (label % 2), 4).fill_(150 + (i * 5) % 100);
            classes[i] = label;
        }
        return Images{pixels, classes};
    };
    return {"quarters", 4, make(train, 0), make(test, 1000), {0.3F}, {0.25F}};
}

}  // namespace dyad::arch_space::torch
