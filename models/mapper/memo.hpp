// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <deque>
#include <unordered_map>

#include "models/mapper.hpp"
#include "models/mapper/problem.hpp"

namespace dyad::models {

/// Plans by full key: what a plan depends on is compared, never its hash alone. A null plan (no tile fits) is
/// remembered too.
struct MapperMemo::Impl {
public:
    using Plan = std::shared_ptr<const KernelPlan>;
    explicit Impl(std::size_t max_entries) : max_entries_(max_entries) {}
    /// Null when the key is not known.
    [[nodiscard]] const Plan* find(const mapper::Key& key) const;
    /// Forgets the oldest when it is full.
    void keep(mapper::Key key, Plan plan);
    [[nodiscard]] std::size_t size() const { return plans_.size(); }

private:
    struct Hash {
        std::size_t operator()(const mapper::Key& key) const;
    };
    std::size_t max_entries_;
    std::unordered_map<mapper::Key, Plan, Hash> plans_;
    std::deque<const mapper::Key*> order_;  ///< oldest first; the map does not move its keys
};

}  // namespace dyad::models
