// SPDX-License-Identifier: Apache-2.0
#include "models/mapper/role_memo.hpp"

#include <algorithm>

namespace dyad::models::mapper {
namespace {

/// An axis by the place of each dimension in the role; others (of a window that slides) keep their whole size.
void add_axis(const NestByRole& nest, const std::vector<std::size_t>& dims, const Axis& axis, Key& key) {
    key.push_back(axis.size());
    for (const auto& term : axis) {
        const auto place = std::ranges::find(dims, term.dim) - dims.begin();
        key.insert(key.end(), {static_cast<std::uint64_t>(place), nest.size[term.dim], term.coefficient});
    }
}

/// All that role_options() reads.
Key key_of(const NestByRole& nest, Role role, const Walk& walk, std::uint64_t most_tiles) {
    const auto& dims = nest.dims[index(role)];
    Key key;
    key.reserve(64);
    key.insert(key.end(), {index(role), most_tiles, walk.side, walk.depth, std::uint64_t{walk.streamed}, walk.longest,
                           walk.at_least, walk.extra, dims.size()});
    for (const auto d : dims)
        key.insert(key.end(), {nest.size[d], std::uint64_t{nest.whole[d]}, walk.unroll.empty() ? 1 : walk.unroll[d]});
    for (const auto& axes : nest.axes[index(role)]) {
        key.push_back(axes.size());
        for (const auto* axis : axes) add_axis(nest, dims, *axis, key);
    }
    return key;
}

}  // namespace

std::shared_ptr<const RoleChoices> RoleMemo::choices(const NestByRole& nest, Role role, const Walk& walk,
                                                     std::uint64_t most_tiles) {
    return known_.get(key_of(nest, role, walk, most_tiles), [&] {
        RoleChoices made{undominated(role_options(nest, role, walk, most_tiles)), {}};
        made.ideal = ideal(made.options);
        return std::make_shared<const RoleChoices>(std::move(made));
    });
}

}  // namespace dyad::models::mapper
