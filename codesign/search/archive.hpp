// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "codesign/search/fitness.hpp"

namespace dyad::codesign {

/// The best pairs seen so far: all feasible pairs that no other dominates; while none is feasible, those with the
/// least violation. Equal points are kept side by side.
class Archive {
public:
    struct Member {
        std::uint64_t id;
        Fitness fitness;
    };
    /// False when the candidate is worse than a member, or could not be evaluated.
    bool insert(std::uint64_t id, const Fitness& fitness);
    /// Whether insert() would take it.
    [[nodiscard]] bool accepts(const Fitness& fitness) const;
    /// In the order of their ids when inserted so.
    [[nodiscard]] const std::vector<Member>& members() const { return members_; }
    [[nodiscard]] bool feasible() const { return !members_.empty() && members_.front().fitness.feasible(); }

private:
    std::vector<Member> members_;
};

/// How the hypervolume of the feasible archive grew, candidate by candidate.
class Convergence {
public:
    struct Sample {
        std::uint64_t evaluations;
        double hypervolume;
    };
    /// Volumes are measured in units of the reference point: every objective is divided by the size of its bound.
    explicit Convergence(Point reference);
    /// Candidates must come in the order of their creation.
    void add(const Fitness& fitness) { add(fitness, evaluations_ + 1); }
    /// Where some are left out: `number` is how many there were with this one; ascending.
    void add(const Fitness& fitness, std::uint64_t number);
    /// One sample wherever the volume grew, and the first and the last candidate.
    [[nodiscard]] std::vector<Sample> samples() const;
    [[nodiscard]] double hypervolume() const { return volume_; }
    [[nodiscard]] const Point& reference() const { return reference_; }

private:
    Point reference_;
    Archive archive_;
    std::vector<Sample> grown_;
    std::uint64_t evaluations_ = 0;
    double volume_ = 0;
};

}  // namespace dyad::codesign
