// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace dyad::arch_space {

/// Sizes of a tensor without the batch: {channels, height, width} for images, {tokens, width} for sequences, {width}
/// for vectors. Point sets are images of one column, {width, points, 1}, and their groups {width, groups, samples}.
using Shape = std::vector<std::uint64_t>;
using Shapes = std::vector<Shape>;

/// Height and width.
struct Pair {
    std::uint64_t h = 1, w = 1;
    friend bool operator==(const Pair&, const Pair&) = default;
};

/// Rows and columns of zeros around an image. `same` works them out so that the output is ceil(input / stride).
struct Padding {
    std::uint64_t top = 0, bottom = 0, left = 0, right = 0;
    bool same = false;
    friend bool operator==(const Padding&, const Padding&) = default;
};

/// Sizes that do not fit together, or are too large. The message says what was found and what was expected.
struct BadShape : std::runtime_error {
    using std::runtime_error::runtime_error;
};

inline constexpr std::uint64_t max_dimension = 1u << 24;                 ///< of one axis
inline constexpr std::uint64_t max_elements = std::uint64_t{1} << 40;    ///< of one tensor, weights included
inline constexpr std::uint64_t max_operations = std::uint64_t{1} << 56;  ///< of one network and batch

/// a * b. Throws BadShape when it passes `limit`.
[[nodiscard]] std::uint64_t checked(std::uint64_t a, std::uint64_t b, std::uint64_t limit = max_operations);
template <class... More>
[[nodiscard]] std::uint64_t product(std::uint64_t first, More... more) {
    ((first = checked(first, more)), ...);
    return first;
}
/// Elements of a tensor. Throws BadShape beyond max_elements.
[[nodiscard]] std::uint64_t elements(const Shape& shape);
/// `3x224x224`.
[[nodiscard]] std::string to_text(const Shape& shape);
/// Axis of the channels: 0 of images, the last one of everything else.
[[nodiscard]] std::size_t channel_axis(const Shape& shape);

/// Throw BadShape, with `what` as the subject, unless the inputs are as many or of that rank.
void expect_inputs(const Shapes& in, std::size_t count, const char* what);
void expect_rank(const Shape& shape, std::size_t rank, const char* what);

}  // namespace dyad::arch_space
