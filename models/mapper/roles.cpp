// SPDX-License-Identifier: Apache-2.0
#include "models/mapper/roles.hpp"

#include <algorithm>

namespace dyad::models::mapper {
namespace {

bool indexes(const LoopNest& nest, Operand operand, std::size_t dim) {
    return std::ranges::any_of(nest.projections[index(operand)], [dim](const Axis& axis) {
        return std::ranges::any_of(axis, [dim](const Term& term) { return term.dim == dim; });
    });
}

Role role_of(const LoopNest& nest, std::size_t dim) {
    if (!indexes(nest, Operand::outputs, dim)) return Role::window;
    if (!indexes(nest, Operand::inputs, dim)) return Role::filters;
    return indexes(nest, Operand::weights, dim) ? Role::groups : Role::pixels;
}

/// The role that splits an axis: pixels where there are any.
Role owner(const Axis& axis, const std::vector<Role>& role) {
    Role result = axis.empty() ? Role::window : role[axis.front().dim];
    for (const auto& term : axis) result = std::max(result, role[term.dim]);
    return result;
}

}  // namespace

std::uint64_t extent(const Axis& axis, const Extents& tile) {
    std::uint64_t last = 0;
    for (const auto& term : axis) last += term.coefficient * (tile[term.dim] - 1);
    return last + 1;
}

std::uint64_t overlap(const std::vector<const Axis*>& axes, std::size_t dim, const Extents& tile) {
    std::uint64_t product = 1, moving = 0;
    for (const auto* axis : axes) {
        std::uint64_t step = 0;
        for (const auto& term : *axis)
            if (term.dim == dim) step += term.coefficient * tile[dim];
        const auto length = extent(*axis, tile);
        if (step > 0) ++moving;
        product *= length > step ? length - step : 0;
    }
    return moving == 1 ? product : 0;
}

NestByRole::NestByRole(const LoopNest& given) : nest(&given), whole(given.dims.size()) {
    for (std::size_t d = 0; d < given.dims.size(); ++d) {
        size.push_back(given.dims[d].size);
        role.push_back(role_of(given, d));
        dims[index(role[d])].push_back(d);
    }
    for (const auto operand : operands) {
        for (const auto& axis : given.projections[index(operand)]) {
            const auto role_of_axis = owner(axis, role);
            axes[index(role_of_axis)][index(operand)].push_back(&axis);
            for (const auto& term : axis)
                if (role[term.dim] != role_of_axis) whole[term.dim] = true;
        }
    }
}

std::uint64_t NestByRole::words(Role r, Operand operand, const Extents& tile) const {
    std::uint64_t product = 1;
    for (const auto* axis : axes[index(r)][index(operand)]) product *= extent(*axis, tile);
    return product;
}

}  // namespace dyad::models::mapper
