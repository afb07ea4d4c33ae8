// SPDX-License-Identifier: Apache-2.0
#include "models/schedule/precedence.hpp"

#include <algorithm>
#include <map>

namespace dyad::models {

std::vector<int> engines_of(const Step& step) {
    if (!step.plan || !step.plan->chain) return {step.engine};
    std::vector<int> engines;
    for (const auto& lane : step.plan->chain->lanes) engines.push_back(static_cast<int>(lane.engine));
    return engines;
}

std::size_t busiest_lane(const Chain& chain) {
    const auto cycles = [](const Lane& lane) { return totals(lane.tiles).compute_cycles; };
    return static_cast<std::size_t>(std::ranges::max_element(chain.lanes, {}, cycles) - chain.lanes.begin());
}

Precedence::Precedence(const std::vector<Step>& steps)
    : words_((steps.size() + 63) / 64), rows_(steps.size() * words_), overlapping_(steps.size()) {
    std::map<int, std::size_t> last_on;  // engine -> its last step so far
    for (std::size_t s = 0; s < steps.size(); ++s) {
        for (const auto p : steps[s].after) add_all_before(p, s);
        for (const auto engine : engines_of(steps[s])) {
            if (const auto last = last_on.find(engine); last != last_on.end()) add_all_before(last->second, s);
            last_on[engine] = s;
        }
        for (std::size_t earlier = 0; earlier < s; ++earlier) {
            if (before(earlier, s)) continue;
            overlapping_[s].push_back(earlier);
            overlapping_[earlier].push_back(s);
        }
    }
}

void Precedence::add_all_before(std::size_t earlier, std::size_t later) {
    for (std::size_t w = 0; w < words_; ++w) rows_[later * words_ + w] |= rows_[earlier * words_ + w];
    rows_[later * words_ + earlier / 64] |= std::uint64_t{1} << (earlier % 64);
}

}  // namespace dyad::models
