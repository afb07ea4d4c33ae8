// SPDX-License-Identifier: Apache-2.0
// What a chain takes of the buffer in which tensors stay.
#include <algorithm>

#include "models/chain/builder.hpp"
#include "models/schedule/residence.hpp"

namespace dyad::models::chain {
namespace {

constexpr auto w = static_cast<std::size_t>(Operand::weights), i = static_cast<std::size_t>(Operand::inputs),
               o = static_cast<std::size_t>(Operand::outputs);

std::uint64_t longest(const Cuts& cuts, std::size_t member) {
    std::uint64_t most = 0;
    for (const auto& parts : cuts) most = std::max(most, parts[member].length());
    return most;
}

/// Bytes of so many rows and columns of a nest's inputs, all channels of one image.
core::Bytes input_bytes(const Member& member, std::uint64_t rows, std::uint64_t cols) {
    const auto& nest = *member.kernel->nest;
    std::uint64_t channels = 1;
    const auto& axes = nest.projections[i];
    for (std::size_t a = 1; a < 3; ++a)
        for (const auto& term : axes[a]) channels *= nest.dims[term.dim].size;
    return core::bytes_of(core::Words(channels * rows * cols), member.kernel->input_precision);
}

template <class Axis>
std::vector<AxisShape> axes(const std::vector<Member>& members, Axis axis) {
    std::vector<AxisShape> result;
    for (const auto& member : members) result.push_back(member.*axis);
    return result;
}

}  // namespace

core::Bytes Space::total(bool inputs_resident, bool outputs_resident) const {
    return held + operands[w] + (inputs_resident ? core::Bytes() : operands[i]) +
           (outputs_resident ? core::Bytes() : operands[o]);
}

Space space(const std::vector<Member>& members, const Shape& shape, const hw_space::Accelerator& chip) {
    const auto& home = chip.buffers.at(residence(chip).value());
    const std::uint64_t copies = home.double_buffered ? 2 : 1;
    const auto row_axes = axes(members, &Member::rows), col_axes = axes(members, &Member::cols);
    const auto rows = cut(row_axes, shape.rows, shape.cached), cols = cut(col_axes, shape.cols, false);
    const auto room = rooms(members);
    Space result;
    for (std::size_t m = 0; m + 1 < members.size(); ++m)
        result.held += shape.cached ? members[m].bytes(rows_alive(rows, row_axes, m + 1, room[m], members[m].images),
                                                       members[m].cols.size)
                                    : room[m] * members[m].bytes(longest(rows, m), longest(cols, m));
    if (home.keeps.weights && weight_buffer(chip) == residence(chip))
        for (const auto& member : members) result.operands[w] += member.kernel->weight_bytes;
    const auto& first = members.front();
    const auto input_cols = inputs_of(first.cols, {0, longest(cols, 0)}).length();
    const auto tile_rows = inputs_of(first.rows, {0, longest(rows, 0)}).length();
    result.operands[i] = shape.cached ? input_bytes(first, input_rows_alive(rows, first.rows, copies), input_cols)
                                      : copies * input_bytes(first, tile_rows, input_cols);
    result.operands[o] = copies * members.back().bytes(std::min(shape.rows, members.back().rows.size),
                                                       std::min(shape.cols, members.back().cols.size));
    return result;
}

}  // namespace dyad::models::chain
