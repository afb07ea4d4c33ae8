// SPDX-License-Identifier: Apache-2.0
#include "models/mapper/room_memo.hpp"

#include <algorithm>
#include <ranges>

#include "models/mapper/search.hpp"

namespace dyad::models::mapper {
namespace {

std::vector<std::uint64_t> room_of(const Problem& problem) {
    std::vector<std::uint64_t> bytes;
    for (const auto& buffer : problem.buffers) bytes.push_back(buffer.bytes);
    return bytes;
}

bool fits(const KernelPlan& plan, const Problem& problem) {
    for (std::size_t b = 0; b < plan.space.size(); ++b) {
        const auto& buffer = problem.buffers[b];
        if (plan.space[b][0] + plan.space[b][1] + plan.space[b][2] > core::Bytes(buffer.copies * buffer.bytes))
            return false;
    }
    return true;
}

}  // namespace

bool RoomMemo::orders_rooms(const Problem& problem) {
    return problem.nest && !problem.engine.passes && problem.evaluations == 0 &&
           std::ranges::none_of(problem.buffers, &BufferView::accumulator);
}

RoomMemo::Plan RoomMemo::best_of(const Plans& plans, const Problem& problem, RoleMemo& role_memo) {
    const auto room = room_of(problem);
    for (const auto& known : plans | std::views::reverse) {
        if (!std::ranges::equal(room, known.bytes, std::ranges::less_equal())) continue;
        auto plan = known.plan.lock();
        if (plan && fits(*plan, problem)) return same_limit(problem, role_memo) ? plan : nullptr;
    }
    return nullptr;
}

/// The limit only grows as buffers shrink: where it is the lowest here, it was in all larger ones.
bool RoomMemo::same_limit(const Problem& problem, RoleMemo& role_memo) {
    return problem.objective == Objective::energy ||
           tile_limit(problem, NestByRole(*problem.nest), role_memo) == usual_tiles;
}

void RoomMemo::add(Plans& plans, const Problem& problem, const Plan& plan) {
    constexpr std::size_t most_rooms = 8;
    std::erase_if(plans, [](const InRoom& known) { return known.plan.expired(); });
    if (plans.size() == most_rooms) plans.erase(plans.begin());
    plans.push_back({room_of(problem), plan});
}

}  // namespace dyad::models::mapper
