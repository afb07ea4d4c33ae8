// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "codesign/evaluation/pool.hpp"

namespace dyad::codesign {

/// Where this process stands among those that one mpirun started; alone when there is no mpirun.
struct Place {
    int rank = 0, ranks = 1;
};
[[nodiscard]] Place place_under_mpirun();

/// For rank 0: the other ranks evaluate, each one candidate at a time. They are released when the pool goes. Throws
/// core::Error with what a rank says when it could not get ready.
[[nodiscard]] std::unique_ptr<EvaluatorPool> rank_pool(int ranks);

/// For every other rank: evaluates what rank 0 sends, until released by it. The evaluator lives in a process forked
/// before MPI starts, and that process forks the one that evaluates; so a crash, or an evaluation beyond the time
/// limit, costs the candidate alone. What `prepare` throws goes to rank 0. Between `stop` and the release it no longer
/// minds when those processes end.
void serve_rank(const std::function<std::unique_ptr<Evaluator>()>& prepare, std::chrono::milliseconds time_limit,
                const EvaluatorPool::Stop& stop);

}  // namespace dyad::codesign
