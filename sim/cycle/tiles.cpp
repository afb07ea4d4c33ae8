// SPDX-License-Identifier: Apache-2.0
#include "sim/cycle/tiles.hpp"

#include <algorithm>
#include <map>

#include "core/quantity.hpp"
#include "core/random.hpp"
#include "models/mapper/roles.hpp"

namespace dyad::sim {
namespace {

using models::Operand;
using models::mapper::Role;
using Sizes = std::vector<std::uint64_t>;

/// Words between neighbours along each dimension, for an operand's box stored axis by axis.
Sizes strides(const models::LoopNest& nest, const Sizes& tile, Operand operand) {
    Sizes result(nest.dims.size());
    std::uint64_t stride = 1;
    const auto& axes = nest.projections[models::mapper::index(operand)];
    for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
        for (const auto& term : *axis) result[term.dim] += stride * term.coefficient;
        stride *= models::mapper::extent(*axis, tile);
    }
    return result;
}

std::uint64_t words(const models::LoopNest& nest, const Sizes& tile, Operand operand) {
    std::uint64_t product = 1;
    for (const auto& axis : nest.projections[models::mapper::index(operand)])
        product *= models::mapper::extent(axis, tile);
    return product;
}

/// Offsets of all indices over `dims`, the last dimension fastest.
std::vector<std::uint32_t> offsets(const std::vector<std::size_t>& dims, const Sizes& tile, const Sizes& stride) {
    std::vector<std::uint32_t> result{0};
    for (const auto d : dims) {
        std::vector<std::uint32_t> next;
        next.reserve(result.size() * tile[d]);
        for (const auto base : result)
            for (std::uint64_t i = 0; i < tile[d]; ++i)
                next.push_back(base + static_cast<std::uint32_t>(i * stride[d]));
        result = std::move(next);
    }
    return result;
}

/// Random words of `bits` bits, signed.
std::vector<std::int16_t> draw_words(std::uint64_t count, unsigned bits, core::Stream& random) {
    std::vector<std::int16_t> result(count);
    const auto middle = 1 << (bits - 1);
    std::uint64_t drawn = 0;
    unsigned left = 0;
    for (auto& word : result) {
        if (left < bits) {
            drawn = random.bits();
            left = 64;
        }
        word = static_cast<std::int16_t>(static_cast<int>(drawn & ((1U << bits) - 1)) - middle);
        drawn >>= bits;
        left -= bits;
    }
    return result;
}

/// Input words of the rows under a window: from the row of its first word to that of its last.
std::uint64_t line_words(const models::LoopNest& nest, const Sizes& tile, const Product& product) {
    const auto& axes = nest.projections[models::mapper::index(Operand::inputs)];
    const auto row = axes.empty() ? 1 : models::mapper::extent(axes.back(), tile);
    return (std::ranges::max(product.input_of_window) / row + 1) * row;
}

/// The tile that the loops are at.
Sizes tile_at(const Sizes& whole, const std::vector<models::TileLoop>& loops, const Sizes& at) {
    auto tile = whole;
    for (std::size_t l = 0; l < loops.size(); ++l)
        tile[loops[l].dim] = std::min(loops[l].tile, whole[loops[l].dim] - at[l] * loops[l].tile);
    return tile;
}

/// False after the last tile.
bool advance(Sizes& at, const std::vector<models::TileLoop>& loops) {
    for (auto l = loops.size(); l-- > 0;) {
        if (++at[l] < loops[l].trips) return true;
        at[l] = 0;
    }
    return false;
}

}  // namespace

std::vector<TileSample> tile_samples(const models::LoopNest& nest, const models::TileOrder& order, bool jump) {
    Sizes whole;
    for (const auto& dim : nest.dims) whole.push_back(dim.size);
    std::vector<TileSample> samples;
    std::map<Sizes, std::size_t> between;  // sample of each shape
    Sizes at(order.loops.size());
    for (bool more = true; more;) {
        auto tile = tile_at(whole, order.loops, at);
        more = advance(at, order.loops);
        const auto known = between.find(tile);
        if (jump && more && known != between.end()) {
            ++samples[known->second].count;
            continue;
        }
        if (!samples.empty()) between.emplace(tile, samples.size());
        samples.push_back({std::move(tile)});
    }
    return samples;
}

Channels products_of(const models::LoopNest& nest, const std::vector<std::uint64_t>& tile, const Slicing& slicing,
                     const Draw& draw) {
    const models::mapper::NestByRole roles(nest);
    auto one = tile;  // the part of one group
    std::uint64_t groups = 1;
    for (const auto d : roles.dims[index(Role::groups)]) groups *= std::exchange(one[d], 1);
    Product shape;
    const auto table = [&](Role role, Operand operand) {
        return offsets(roles.dims[index(role)], one, strides(nest, one, operand));
    };
    shape.input_of_pixel = table(Role::pixels, Operand::inputs);
    shape.input_of_window = table(Role::window, Operand::inputs);
    shape.weight_of_window = table(Role::window, Operand::weights);
    shape.weight_of_filter = table(Role::filters, Operand::weights);
    shape.input_slices = static_cast<unsigned>(core::ceil_div(slicing.input_bits, slicing.engine_bits));
    shape.weight_slices = static_cast<unsigned>(core::ceil_div(slicing.weight_bits, slicing.engine_bits));
    shape.slice_bits = slicing.engine_bits;
    shape.line_words = line_words(nest, one, shape);
    core::Stream random(draw.seed, "cycle operands", draw.kernel, draw.tile);
    Channels products;
    for (std::uint64_t g = 0; g < groups; ++g) {
        auto product = std::make_shared<Product>(shape);
        product->inputs = draw_words(words(nest, one, Operand::inputs), slicing.input_bits, random);
        product->weights = draw_words(words(nest, one, Operand::weights), slicing.weight_bits, random);
        product->outputs.resize(product->pixels() * product->filters());
        product->apart = false;
        products.push_back(std::move(product));
    }
    return products;
}

}  // namespace dyad::sim
