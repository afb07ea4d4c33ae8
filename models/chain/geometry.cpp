// SPDX-License-Identifier: Apache-2.0
#include "models/chain/geometry.hpp"

#include <algorithm>

namespace dyad::models::chain {
namespace {

/// The outputs of the member before that `needed` outputs of `member` read, of `size` there are.
Interval read_by(const AxisShape& member, const Interval& needed, std::uint64_t size) {
    if (needed.length() == 0)
        return {std::min(needed.begin * member.stride, size), std::min(needed.begin * member.stride, size)};
    const auto inputs = inputs_of(member, needed);
    const auto unpadded = [&](std::uint64_t at) { return std::min(at - std::min(at, member.pad), size); };
    return {unpadded(inputs.begin), unpadded(inputs.end)};
}

}  // namespace

Interval inputs_of(const AxisShape& member, const Interval& outputs) {
    if (outputs.length() == 0) return {outputs.begin * member.stride, outputs.begin * member.stride};
    return {outputs.begin * member.stride, (outputs.end - 1) * member.stride + member.window};
}

Cuts cut(const std::vector<AxisShape>& members, std::uint64_t tile, bool cached) {
    const auto last = members.size() - 1;
    Cuts cuts;
    std::vector<std::uint64_t> computed(members.size());  // so far, by member
    for (std::uint64_t begin = 0; begin < members[last].size; begin += tile) {
        const auto end = std::min(begin + tile, members[last].size);
        std::vector<Interval> parts(members.size());
        parts[last] = {begin, end};
        for (auto m = last; m > 0; --m) {
            auto& part = parts[m - 1];
            part = read_by(members[m], parts[m], members[m - 1].size);
            if (end == members[last].size) part.end = members[m - 1].size;  // what nobody reads is computed too
            part.begin = cached ? computed[m - 1] : std::min(part.begin, computed[m - 1]);
            part.end = std::max(part.end, part.begin);
        }
        for (std::size_t m = 0; m < parts.size(); ++m) computed[m] = parts[m].end;
        cuts.push_back(std::move(parts));
    }
    return cuts;
}

std::uint64_t rows_alive(const Cuts& cuts, const std::vector<AxisShape>& members, std::size_t m, std::uint64_t room,
                         std::uint64_t images) {
    const auto& member = members[m];
    const auto size = members[m - 1].size;
    std::uint64_t most = 0;
    for (std::size_t t = 0; t < cuts.size(); ++t) {
        const auto ahead = images > 1 ? t + room - 1 : std::min<std::uint64_t>(t + room - 1, cuts.size() - 1);
        const auto written = ahead / cuts.size() * size + cuts[ahead % cuts.size()][m - 1].end;
        const auto from = cuts[t][m].begin * member.stride;
        most = std::max(most, written - std::min(written, from - std::min(from, member.pad)));
    }
    return most;
}

std::uint64_t input_rows_alive(const Cuts& cuts, const AxisShape& first, std::uint64_t tiles) {
    std::uint64_t most = 0;
    for (std::size_t t = 0; t < cuts.size(); ++t) {
        const auto ahead = std::min<std::uint64_t>(t + tiles - 1, cuts.size() - 1);
        most = std::max(most, inputs_of(first, cuts[ahead][0]).end - inputs_of(first, cuts[t][0]).begin);
    }
    return most;
}

}  // namespace dyad::models::chain
