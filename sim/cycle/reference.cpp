// SPDX-License-Identifier: Apache-2.0
#include "sim/cycle/reference.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <stdexcept>

namespace dyad::sim {
namespace {

using Matrix = Eigen::Matrix<std::uint32_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

template <class Get>
Matrix matrix(std::size_t begin, std::size_t rows, std::size_t cols, const Get& get) {
    return Matrix::NullaryExpr(
        static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(cols), [&](Eigen::Index r, Eigen::Index c) {
            const auto word = get(begin + static_cast<std::size_t>(r), static_cast<std::size_t>(c));
            return static_cast<std::uint32_t>(word);
        });
}

}  // namespace

std::vector<std::uint32_t> reference(const Product& p) {
    constexpr std::size_t block = 256;  // of pixels, so that the inputs' matrix stays small
    const auto weights = matrix(0, p.window(), p.filters(), [&](auto w, auto f) { return p.weight(w, f); });
    std::vector<std::uint32_t> result(p.pixels() * p.filters());
    for (std::size_t at = 0; at < p.pixels(); at += block) {
        const auto rows = std::min(block, p.pixels() - at);
        const auto inputs = matrix(at, rows, p.window(), [&](auto pixel, auto w) { return p.input(pixel, w); });
        Eigen::Map<Matrix>(result.data() + at * p.filters(), static_cast<Eigen::Index>(rows),
                           static_cast<Eigen::Index>(p.filters()))
            .noalias() = inputs * weights;
    }
    return result;
}

void check_outputs(const Product& product, const std::string& what) {
    const auto expected = reference(product);
    const auto differs = std::ranges::mismatch(expected, product.outputs).in1;
    if (differs == expected.end()) return;
    const auto at = static_cast<std::size_t>(differs - expected.begin());
    throw std::logic_error(fmt::format("{}: output {} of pixel {} is {}, not {}", what, at % product.filters(),
                                       at / product.filters(), product.outputs[at], expected[at]));
}

}  // namespace dyad::sim
