// SPDX-License-Identifier: Apache-2.0
#include "sim/cycle/product.hpp"

#include <algorithm>

namespace dyad::sim {
namespace {

using hw_space::ArrayDataflow;

std::vector<Range> cut(std::size_t all, std::uint64_t piece) {
    std::vector<Range> ranges;
    for (std::size_t at = 0; at < all; at += ranges.back().length)
        ranges.push_back({at, std::min<std::size_t>(all - at, piece)});
    return ranges;
}

struct Sizes {
    std::size_t rows, cols, stream;
};
Sizes unroll(const Product& p, ArrayDataflow dataflow) {
    if (dataflow == ArrayDataflow::output_stationary) return {p.pixels(), p.filters(), p.window()};
    if (dataflow == ArrayDataflow::input_stationary) return {p.window(), p.pixels(), p.filters()};
    return {p.window(), p.filters(), p.pixels()};
}

}  // namespace

std::vector<Fold> folds(const std::shared_ptr<Product>& product, std::size_t job, std::uint64_t rows,
                        std::uint64_t cols, ArrayDataflow dataflow) {
    const auto sizes = unroll(*product, dataflow);
    const auto& p = *product;
    std::vector<Fold> result;
    for (const auto col : cut(sizes.cols, cols))
        for (const auto row : cut(sizes.rows, rows))
            for (const auto stream : cut(sizes.stream, p.longest_stream == 0 ? sizes.stream : p.longest_stream))
                for (unsigned i = 0; i < p.input_slices; ++i)
                    for (unsigned w = 0; w < p.weight_slices; ++w)
                        result.push_back({product,
                                          job,
                                          row,
                                          col,
                                          stream,
                                          {i, p.input_slices, p.slice_bits},
                                          {w, p.weight_slices, p.slice_bits}});
    return result;
}

}  // namespace dyad::sim
