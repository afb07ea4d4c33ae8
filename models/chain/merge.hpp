// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <vector>

#include "models/schedule/candidates.hpp"

namespace dyad::models::chain {

/// Nodes that run as one, in order, and how.
struct Choice {
    std::vector<std::size_t> nodes;
    Candidate candidate;
};

/// The kernels to be issued with those of each chain made one; the tensors between its members are gone.
[[nodiscard]] Candidates merge(const Candidates& found, const std::vector<Choice>& chains);

}  // namespace dyad::models::chain
