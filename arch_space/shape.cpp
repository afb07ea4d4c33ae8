// SPDX-License-Identifier: Apache-2.0
#include "arch_space/shape.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dyad::arch_space {

std::uint64_t checked(std::uint64_t a, std::uint64_t b, std::uint64_t limit) {
    if (a != 0 && b > limit / a) throw BadShape(fmt::format("too large: {} times {} passes {}", a, b, limit));
    return a * b;
}

std::uint64_t elements(const Shape& shape) {
    std::uint64_t count = 1;
    for (const auto size : shape) count = checked(count, size, max_elements);
    return count;
}

std::string to_text(const Shape& shape) { return fmt::format("{}", fmt::join(shape, "x")); }

std::size_t channel_axis(const Shape& shape) { return shape.size() == 3 ? 0 : shape.size() - 1; }

void expect_inputs(const Shapes& in, std::size_t count, const char* what) {
    if (in.size() != count)
        throw BadShape(fmt::format("{} takes {} input{}, found {}", what, count, count == 1 ? "" : "s", in.size()));
}

void expect_rank(const Shape& shape, std::size_t rank, const char* what) {
    static constexpr const char* expected[] = {"", "a vector {width}", "a sequence {tokens, width}",
                                               "an image {channels, height, width}"};
    if (shape.size() != rank)
        throw BadShape(fmt::format("{} expects {}, found {}", what, expected[rank], to_text(shape)));
}

}  // namespace dyad::arch_space
