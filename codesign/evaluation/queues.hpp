// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <deque>
#include <optional>
#include <vector>

#include "codesign/evaluation/pool.hpp"

namespace dyad::codesign {

/// Jobs by the worker that prefers them. A worker without one takes the last of the longest queue.
class Queues {
public:
    Queues(const std::vector<Job>& jobs, std::size_t workers) : queues_(workers) {
        for (std::size_t i = 0; i < jobs.size(); ++i) queues_[jobs[i].affinity % workers].push_back(i);
    }
    void again(std::size_t worker, std::size_t job) { queues_[worker].push_front(job); }
    [[nodiscard]] std::optional<std::size_t> next(std::size_t worker) {
        auto& own = queues_[worker];
        if (!own.empty()) {
            const auto job = own.front();
            own.pop_front();
            return job;
        }
        auto& longest = *std::max_element(queues_.begin(), queues_.end(),
                                          [](const auto& a, const auto& b) { return a.size() < b.size(); });
        if (longest.empty()) return std::nullopt;
        const auto job = longest.back();
        longest.pop_back();
        return job;
    }

private:
    std::vector<std::deque<std::size_t>> queues_;
};

}  // namespace dyad::codesign
