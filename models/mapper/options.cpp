// SPDX-License-Identifier: Apache-2.0
#include "models/mapper/options.hpp"

#include <algorithm>
#include <utility>

namespace dyad::models::mapper {
namespace {

using core::ceil_div;

/// The tiles of a role's dimensions come in two sizes each, full ones and a last one: at most 2^n kinds in all.
template <class Visit>
void for_each_kind(const NestByRole& nest, const std::vector<std::size_t>& dims, const Extents& full, Extents& tile,
                   double count, std::size_t at, const Visit& visit) {
    if (at == dims.size()) return visit(tile, count);
    const auto d = dims[at];
    const auto trips = ceil_div(nest.size[d], full[d]);
    const auto last = nest.size[d] - (trips - 1) * full[d];
    const auto fulls = last == full[d] ? trips : trips - 1;
    tile[d] = full[d];
    if (fulls > 0) for_each_kind(nest, dims, full, tile, count * static_cast<double>(fulls), at + 1, visit);
    if (fulls == trips) return;
    tile[d] = last;
    for_each_kind(nest, dims, full, tile, count, at + 1, visit);
}

/// Cuts the dimensions of one role.
class Builder {
public:
    Builder(const NestByRole& nest, Role role, const Walk& walk)
        : nest_(nest), role_(role), walk_(walk), dims_(nest.dims[index(role)]), full_(nest.size), kind_(nest.size) {
        for (std::size_t i = 0; i < dims_.size(); ++i) {
            const auto size = nest.size[dims_[i]];
            sizes_.push_back(nest.whole[dims_[i]] ? Extents{size} : tile_sizes(size));
            others_.push_back(dims_);
            others_.back().erase(others_.back().begin() + static_cast<std::ptrdiff_t>(i));
        }
    }

    RoleOption of(const Extents& tile) {
        for (const auto d : dims_) full_[d] = tile[d];
        return build();
    }

    /// Every split of the dimensions from `at` on into at most `most_tiles` tiles.
    void split(std::size_t at, std::uint64_t most_tiles, std::vector<RoleOption>& result) {
        if (at == dims_.size()) return result.push_back(build());
        const auto d = dims_[at];
        for (const auto size : sizes_[at]) {
            const auto trips = ceil_div(nest_.size[d], size);
            if (trips > most_tiles) break;
            full_[d] = size;
            split(at + 1, most_tiles / trips, result);
        }
        full_[d] = nest_.size[d];
    }

private:
    RoleOption build() {
        RoleOption option;
        option.slide = dims_.empty() ? 0 : dims_.size() - 1;
        option.tile.reserve(dims_.size());
        for (std::size_t i = 0; i < dims_.size(); ++i) {
            option.tile.push_back(full_[dims_[i]]);
            option.tiles *= trips(i);
        }
        for (const auto operand : operands)
            option.words[index(operand)] = static_cast<double>(nest_.words(role_, operand, full_));
        sum_over_tiles(option);
        slide(option);
        return option;
    }

    [[nodiscard]] double trips(std::size_t i) const {
        return static_cast<double>(ceil_div(nest_.size[dims_[i]], full_[dims_[i]]));
    }

    void sum_over_tiles(RoleOption& option) {
        const auto of_full = walk_.count(dims_, full_);
        option.tile_cycles = static_cast<double>(of_full.cycles);
        option.partial = role_ == Role::window && (option.tiles > 1 || of_full.passes > 1);
        option.inputs_apart = option.cycles = option.passes = 0;
        kind_ = full_;
        for_each_kind(nest_, dims_, full_, kind_, 1.0, 0, [&](const Extents& tile, double count) {
            const auto of_kind = walk_.count(dims_, tile);
            option.cycles += count * static_cast<double>(of_kind.cycles);
            option.passes += count * static_cast<double>(of_kind.passes);
            option.inputs_apart += count * static_cast<double>(nest_.words(role_, Operand::inputs, tile));
        });
    }

    /// The dimension that saves most when it runs innermost.
    void slide(RoleOption& option) {
        option.inputs_sliding = option.inputs_apart;
        if (role_ != Role::pixels) return;
        for (std::size_t i = 0; i < dims_.size(); ++i) {
            const auto words = option.inputs_apart - saved(i);
            if (words >= option.inputs_sliding) continue;
            option.inputs_sliding = words;
            option.slide = i;
        }
    }

    /// Words that need not be loaded again when dimension `i` runs innermost.
    [[nodiscard]] double saved(std::size_t i) {
        if (trips(i) == 1) return 0;
        kind_ = full_;
        double sum = 0;
        for_each_kind(nest_, others_[i], full_, kind_, trips(i) - 1, 0, [&](const Extents& tile, double count) {
            sum +=
                count * static_cast<double>(overlap(nest_.axes[index(role_)][index(Operand::inputs)], dims_[i], tile));
        });
        return sum;
    }

    const NestByRole& nest_;
    const Role role_;
    const Walk& walk_;
    const std::vector<std::size_t>& dims_;
    Extents full_, kind_;                           ///< of a whole tile; of one among its kinds
    std::vector<Extents> sizes_;                    ///< of tiles, by dimension
    std::vector<std::vector<std::size_t>> others_;  ///< dimensions without the one
};

bool no_worse(const RoleOption& a, const RoleOption& b) {
    return a.tiles <= b.tiles && a.words[0] <= b.words[0] && a.words[1] <= b.words[1] && a.words[2] <= b.words[2] &&
           a.inputs_apart <= b.inputs_apart && a.inputs_sliding <= b.inputs_sliding && a.cycles <= b.cycles &&
           a.tile_cycles <= b.tile_cycles && a.passes <= b.passes && a.partial <= b.partial;
}

}  // namespace

std::vector<std::uint64_t> tile_sizes(std::uint64_t size) {
    std::vector<std::uint64_t> result;
    for (std::uint64_t trips = 1; trips <= size;) {
        const auto tile = ceil_div(size, trips);
        result.push_back(tile);
        trips = tile == 1 ? size + 1 : ceil_div(size, tile - 1);
    }
    return result;
}

std::vector<RoleOption> role_options(const NestByRole& nest, Role role, const Walk& walk, std::uint64_t most_tiles) {
    std::vector<RoleOption> result;
    Builder(nest, role, walk).split(0, most_tiles, result);
    std::ranges::stable_sort(result, {}, &RoleOption::tiles);
    return result;
}

RoleOption role_option(const NestByRole& nest, Role role, const Walk& walk, const Extents& tile) {
    return Builder(nest, role, walk).of(tile);
}

std::vector<RoleOption> undominated(std::vector<RoleOption> options) {
    std::vector<RoleOption> result;
    for (auto& option : options)
        if (std::ranges::none_of(result, [&](const RoleOption& kept) { return no_worse(kept, option); }))
            result.push_back(std::move(option));
    result.shrink_to_fit();
    return result;
}

RoleOption ideal(const std::vector<RoleOption>& options) {
    auto best = options.front();
    for (const auto& o : options) {
        for (std::size_t w = 0; w < best.words.size(); ++w) best.words[w] = std::min(best.words[w], o.words[w]);
        best.tiles = std::min(best.tiles, o.tiles);
        best.inputs_apart = std::min(best.inputs_apart, o.inputs_apart);
        best.inputs_sliding = std::min(best.inputs_sliding, o.inputs_sliding);
        best.cycles = std::min(best.cycles, o.cycles);
        best.tile_cycles = std::min(best.tile_cycles, o.tile_cycles);
        best.passes = std::min(best.passes, o.passes);
        best.partial = best.partial && o.partial;
    }
    return best;
}

}  // namespace dyad::models::mapper
