// SPDX-License-Identifier: Apache-2.0
#include "models/kernel.hpp"

#include <algorithm>
#include <numeric>

namespace dyad::models {

namespace {

/// Values that an axis takes over the whole nest, as the box that spans them.
std::uint64_t extent(const Axis& axis, const std::vector<Dimension>& dims) {
    std::uint64_t last = 0;
    for (const auto& term : axis) last += term.coefficient * (dims[term.dim].size - 1);
    return last + 1;
}

enum Letter : std::size_t { N, G, K, C, P, Q, R, S };

}  // namespace

std::uint64_t LoopNest::macs() const {
    return std::accumulate(dims.begin(), dims.end(), std::uint64_t{1},
                           [](std::uint64_t product, const Dimension& d) { return product * d.size; });
}

core::Words LoopNest::words(Operand operand) const {
    std::uint64_t product = 1;
    for (const auto& axis : projections[static_cast<std::size_t>(operand)]) product *= extent(axis, dims);
    return core::Words(product);
}

std::optional<std::size_t> LoopNest::dim(const std::string& name) const {
    const auto found = std::ranges::find(dims, name, &Dimension::name);
    if (found == dims.end()) return std::nullopt;
    return static_cast<std::size_t>(found - dims.begin());
}

std::uint64_t Kernel::macs() const {
    if (nest) return nest->macs();
    return std::accumulate(chain.begin(), chain.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const Kernel& member) { return sum + member.macs(); });
}

LoopNest conv_nest(const ConvShape& shape) {
    const auto one = [](std::size_t dim) { return Axis{{dim, 1}}; };
    const Axis rows{{P, shape.stride_h}, {R, shape.dilation_h}};
    const Axis cols{{Q, shape.stride_w}, {S, shape.dilation_w}};
    LoopNest nest;
    nest.dims = {{"N", shape.n}, {"G", shape.g}, {"K", shape.k}, {"C", shape.c},
                 {"P", shape.p}, {"Q", shape.q}, {"R", shape.r}, {"S", shape.s}};
    nest.projections = {{{one(G), one(K), one(C), one(R), one(S)},
                         {one(N), one(G), one(C), rows, cols},
                         {one(N), one(G), one(K), one(P), one(Q)}}};
    return nest;
}

LoopNest matmul_nest(std::uint64_t groups, std::uint64_t m, std::uint64_t n, std::uint64_t k) {
    return conv_nest({.n = m, .g = groups, .k = n, .c = k});
}

std::uint64_t VectorWork::total() const {
    return std::accumulate(operations.begin(), operations.end(), std::uint64_t{0});
}

}  // namespace dyad::models
