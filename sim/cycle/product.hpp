// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hw_space/engine.hpp"

namespace dyad::sim {

/// (pixels x window) times (window x filters), with both operands stored as a tile holds them: the word of a pair of
/// indices lies at the sum of their offsets (of a convolution that is its im2col). Sums are modulo 2^32.
struct Product {
    std::string name;  ///< for messages
    std::vector<std::int16_t> inputs, weights;
    std::vector<std::uint32_t> input_of_pixel, input_of_window, weight_of_window, weight_of_filter;  ///< offsets
    std::vector<std::uint32_t> outputs;  ///< pixels x filters; results are added to it
    /// Operands wider than the multipliers come in slices of `slice_bits`, one pass for each pair.
    unsigned input_slices = 1, weight_slices = 1, slice_bits = 8;
    std::uint64_t longest_stream = 0;  ///< so many words stream past one block of what stays; 0 = all
    std::uint64_t line_words = 0;      ///< of a depthwise channel: input words of the rows under a window
    bool apart = true;                 ///< begins when everything before it has left the array

    [[nodiscard]] std::size_t pixels() const { return input_of_pixel.size(); }
    [[nodiscard]] std::size_t window() const { return input_of_window.size(); }
    [[nodiscard]] std::size_t filters() const { return weight_of_filter.size(); }
    [[nodiscard]] std::int32_t input(std::size_t pixel, std::size_t w) const {
        return inputs[input_of_pixel[pixel] + input_of_window[w]];
    }
    [[nodiscard]] std::int32_t weight(std::size_t w, std::size_t filter) const {
        return weights[weight_of_window[w] + weight_of_filter[filter]];
    }
};

/// Which part of a word: slice 0 holds its lowest bits, the last one its sign.
struct Slice {
    unsigned number = 0, of = 1, bits = 8;
    [[nodiscard]] std::int32_t cut(std::int32_t word) const {
        const auto shifted = word >> (number * bits);
        return number + 1 == of ? shifted : shifted & ((1 << bits) - 1);
    }
    [[nodiscard]] unsigned shift() const { return number * bits; }
};

struct Range {
    std::size_t begin = 0, length = 0;
};

/// What the array does at a stretch: one block of the stationary operand (for output stationary: of the outputs), and
/// the stream that passes it.
struct Fold {
    std::shared_ptr<Product> product;
    std::size_t job = 0;  ///< number of the product
    Range rows, cols, stream;
    Slice input, weight;
};

/// The folds of a product in order: each block of columns, for it each block of rows, for it each stream, for it each
/// pair of slices.
[[nodiscard]] std::vector<Fold> folds(const std::shared_ptr<Product>& product, std::size_t job, std::uint64_t rows,
                                      std::uint64_t cols, hw_space::ArrayDataflow dataflow);

/// The products that an array computes, one after another; nothing after the last.
using Products = std::function<std::shared_ptr<Product>()>;

}  // namespace dyad::sim
