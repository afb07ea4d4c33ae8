// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "models/schedule/precedence.hpp"

namespace dyad::models::chain {

/// The residence buffer of a schedule: what of it is left for a chain made of some of its steps.
class Room {
public:
    explicit Room(const Schedule& schedule);
    /// For the chain of these steps, in order: the buffer less all other tensors that stay while one of them runs (the
    /// chain's inputs and outputs too, where they stay) and less the tiles of what runs beside.
    [[nodiscard]] core::Bytes left_for(const std::vector<std::size_t>& steps) const;

private:
    const Schedule& schedule_;
    const Precedence precedence_;
    std::vector<std::vector<std::size_t>> live_;  ///< by step: resident tensors
};

}  // namespace dyad::models::chain
