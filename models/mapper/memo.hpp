// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "models/chain/memo.hpp"
#include "models/mapper.hpp"
#include "models/mapper/role_memo.hpp"
#include "models/mapper/room_memo.hpp"

namespace dyad::models {

struct MapperMemo::Impl {
    using Plan = std::shared_ptr<const KernelPlan>;
    explicit Impl(std::size_t most) : plans(most), rooms(most), roles(most / 2), chains(most) {}
    mapper::Remembered<Plan> plans;  ///< null (no tile fits) is remembered too
    mapper::RoomMemo rooms;
    mapper::RoleMemo roles;
    chain::Memo chains;
};

}  // namespace dyad::models
