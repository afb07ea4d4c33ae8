// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <vector>

#include "models/mapper/problem.hpp"
#include "models/mapper/role_memo.hpp"

namespace dyad::models::mapper {

/// Plans of a problem in buffers of several sizes, each found by a complete search. Where buffers shrink, the space of
/// mappings loses those that do not fit any more, and gains none as long as the limit on tiles stays (search.hpp): if
/// the best one of the larger buffers still fits, it is the best there too.
class RoomMemo {
public:
    using Plan = std::shared_ptr<const KernelPlan>;
    explicit RoomMemo(std::size_t most) : known_(most) {}
    /// The plan found in roomier buffers that is the best here too, or else what `make` returns.
    template <class Make>
    Plan get(const Problem& problem, RoleMemo& role_memo, const Make& make) {
        if (!orders_rooms(problem)) return make();
        const auto plans = known_.get(key_without_room(problem), [] { return std::make_shared<Plans>(); });
        if (auto plan = best_of(*plans, problem, role_memo)) return plan;
        auto plan = make();
        if (plan && plan->optimal) add(*plans, problem, plan);
        return plan;
    }

private:
    struct InRoom {
        std::vector<std::uint64_t> bytes;  ///< by buffer
        std::weak_ptr<const KernelPlan> plan;
    };
    using Plans = std::vector<InRoom>;
    /// Whether the space of mappings in smaller buffers is a part of that in larger ones.
    [[nodiscard]] static bool orders_rooms(const Problem& problem);
    [[nodiscard]] static Plan best_of(const Plans& plans, const Problem& problem, RoleMemo& role_memo);
    [[nodiscard]] static bool same_limit(const Problem& problem, RoleMemo& role_memo);
    static void add(Plans& plans, const Problem& problem, const Plan& plan);

    Remembered<std::shared_ptr<Plans>> known_;
};

}  // namespace dyad::models::mapper
