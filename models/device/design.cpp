// SPDX-License-Identifier: Apache-2.0
#include "models/device/design.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/random.hpp"

namespace dyad::models {
namespace {

using Count = std::uint64_t;
constexpr Count most_macs = Count{1} << 30, most_elements = Count{1} << 24;

/// Draws sizes: the i-th of n from the i-th part of the range, so that a few cover all of it.
class Sizes {
public:
    Sizes(core::Stream& random, std::size_t at, std::size_t of) : random_(random), at_(at), of_(of) {}

    Count spread(Count low, Count high) {
        return between(low, high, (static_cast<double>(at_) + random_.uniform()) / static_cast<double>(of_));
    }
    Count any(Count low, Count high) { return between(low, high, random_.uniform()); }
    /// One in three odd, the others multiples of 8.
    Count channels(Count low, Count high) {
        const auto size = any(low, high);
        return random_.below(3) == 0 ? size | 1 : std::max<Count>(8, size / 8 * 8);
    }

private:
    static Count between(Count low, Count high, double share) {
        const double from = std::log(static_cast<double>(low)), to = std::log(static_cast<double>(high));
        return static_cast<Count>(std::llround(std::exp(from + share * (to - from))));
    }
    core::Stream& random_;
    std::size_t at_, of_;
};

/// Columns op,network,batch,in,out,size,kernel,stride,groups,m,operands.
std::string conv(Sizes& s, core::Stream& random, Count kernel, Count stride, Count groups) {
    Count size = s.spread(kernel, 112), in = s.channels(3, 512), out = s.channels(8, 512);
    if (groups > 1) in = std::max<Count>(1, in / groups) * groups, out = std::max<Count>(1, out / groups) * groups;
    const Count batch = random.below(4) == 0 ? s.any(2, 8) : 1;
    const auto too_large = [&] {
        const Count to = (size + stride - 1) / stride;
        return batch * to * to * in / groups * out * kernel * kernel > most_macs ||
               batch * size * size * std::max(in, out) > most_elements;
    };
    while (size > 1 && too_large()) size = std::max<Count>(1, size / 2);
    return fmt::format("conv,,{},{},{},{},{},{},{},,\n", batch, in, out, size, kernel, stride, groups);
}

std::string depthwise(Sizes& s, Count kernel, Count stride) {
    const Count size = s.spread(kernel, 112);
    const Count channels = std::min(s.channels(8, 1024), most_elements / (size * size));
    return fmt::format("depthwise,,1,{0},{0},{1},{2},{3},{0},,\n", channels, size, kernel, stride);
}

std::string product(Sizes& s, const char* op, bool batched) {
    const Count in = s.channels(8, 2048), out = s.channels(8, 2048);
    const Count m = std::clamp<Count>(most_macs / (in * out), 1, s.spread(1, 2048));
    const Count largest = std::max({m * in, in * out, m * out});
    const Count room = std::min(most_macs / (m * in * out), most_elements / largest);
    const Count batch = batched ? std::clamp<Count>(s.any(2, 64), 1, std::max<Count>(1, room)) : 1;
    return fmt::format("{},,{},{},{},,,,,{},\n", op, batch, in, out, m);
}

std::string vector(Sizes& s, core::Stream& random, const char* op, Count operands) {
    Count elements = Count{1} << static_cast<unsigned>(
                         std::llround(std::log2(static_cast<double>(s.spread(1 << 8, most_elements)))));
    const Count rows = std::min(elements, Count{1} << random.below(12));
    Count width = elements / rows;
    if (std::string_view(op) == "pool") {
        const auto side = static_cast<Count>(std::sqrt(static_cast<double>(width)));
        width = side * side;  // a square image
    } else if (random.below(3) == 0 && elements < most_elements) {
        width += 1;
    }
    return fmt::format("{},,1,{},,,,,,{},{}\n", op, width, rows, operands);
}

}  // namespace

std::string profile_design(std::size_t each, const std::vector<std::string>& networks, std::uint64_t seed) {
    std::string text = "op,network,batch,in,out,size,kernel,stride,groups,m,operands\n";
    core::Stream random(seed, "profile design");
    for (std::size_t i = 0; i < each; ++i) {
        Sizes s(random, i, each);
        for (const Count kernel : {1, 3, 5, 7}) text += conv(s, random, kernel, 1, 1);
        text += conv(s, random, 3, 2, 1);
        text += conv(s, random, 1 + 2 * random.below(2), 1, Count{2} << random.below(3));
        for (const Count kernel : {3, 5}) text += depthwise(s, kernel, 1 + random.below(2));
        text += product(s, "linear", false);
        text += product(s, "matmul", true);
        text += vector(s, random, "elementwise", 1);
        text += vector(s, random, "elementwise", 2);
        for (const auto* op : {"softmax", "normalisation", "pool"}) text += vector(s, random, op, 1);
    }
    for (const auto& network : networks) text += fmt::format("network,{},1,,,,,,,,\n", network);
    return text;
}

}  // namespace dyad::models
