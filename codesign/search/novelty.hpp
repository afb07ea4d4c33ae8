// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <set>
#include <vector>

#include "core/choice_space.hpp"
#include "core/random.hpp"

namespace dyad::codesign {

/// What was asked for already, so that nothing is evaluated twice.
class Novelty {
public:
    explicit Novelty(const core::ChoiceSpace& space) : space_(space), room_(space.size_estimate()) {}
    /// True when `genome` (canonical) is new; it is known from then on.
    [[nodiscard]] bool add(const core::Genome& genome) { return seen_.insert(genome).second; }
    [[nodiscard]] bool used_up() const { return static_cast<double>(seen_.size()) >= room_; }
    /// A new genome from all over the space; nothing when hundreds of draws were all known.
    [[nodiscard]] std::optional<core::Genome> draw(core::Stream& random) {
        constexpr int attempts = 200;
        for (int attempt = 0; attempt < attempts && !used_up(); ++attempt)
            if (auto genome = space_.sample(random); add(genome)) return genome;
        return std::nullopt;
    }

private:
    const core::ChoiceSpace& space_;
    double room_;  ///< distinct genomes of the space
    std::set<core::Genome> seen_;
};

}  // namespace dyad::codesign
