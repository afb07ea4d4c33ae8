// SPDX-License-Identifier: Apache-2.0
#include "codesign/report/forest.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <stdexcept>

namespace dyad::codesign {
namespace {

constexpr std::size_t least_in_leaf = 5;

struct Level {
    std::uint64_t bit = 0;
    double count = 0, sum = 0;
    [[nodiscard]] double mean() const { return sum / count; }
};

/// The levels that occur, in the order in which a cut may part them.
std::vector<Level> levels_of(const Samples& samples, const std::vector<std::uint32_t>& members, std::uint32_t feature) {
    std::array<Level, Samples::most_levels> all{};
    for (const auto m : members) {
        auto& level = all[samples.rows[m][feature]];
        ++level.count;
        level.sum += samples.targets[m];
    }
    std::vector<Level> found;
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i].bit = std::uint64_t{1} << i;
        if (all[i].count > 0) found.push_back(all[i]);
    }
    // The best of all partitions is a cut through the levels sorted by their means (Breiman et al., "Classification and
    // regression trees", 1984, section 9.4).
    if (!samples.ordered[feature]) std::ranges::stable_sort(found, {}, [](const Level& level) { return level.mean(); });
    return found;
}

}  // namespace

void Forest::try_feature(const Samples& samples, const Members& members, std::uint32_t feature, Split& best) {
    const auto levels = levels_of(samples, members, feature);
    double sum = 0, before = 0, count = 0;
    for (const auto& level : levels) sum += level.sum;
    const auto all = static_cast<double>(members.size());
    std::uint64_t left = 0;
    for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
        left |= levels[i].bit;
        before += levels[i].sum;
        count += levels[i].count;
        if (count < least_in_leaf || all - count < least_in_leaf) continue;
        const double gain = before * before / count + (sum - before) * (sum - before) / (all - count) - sum * sum / all;
        if (gain > best.gain) best = {feature, left, gain};
    }
}

Forest::Split Forest::best_split(const Samples& samples, const Members& members, core::Stream& random) {
    const auto features = static_cast<std::uint32_t>(samples.ordered.size());
    std::vector<std::uint32_t> order(features);
    std::iota(order.begin(), order.end(), 0U);
    Split best;
    for (std::uint32_t tried = 0; tried < features; ++tried) {
        if (tried >= (7 * features + 9) / 10 && best.left != 0) break;
        std::swap(order[tried], order[tried + random.below(features - tried)]);
        try_feature(samples, members, order[tried], best);
    }
    return best;
}

void Forest::grow(const Samples& samples, Members& members, core::Stream& random) {
    const auto at = nodes_.size();
    nodes_.emplace_back();
    double sum = 0;
    for (const auto m : members) sum += samples.targets[m];
    nodes_[at].value = sum / static_cast<double>(members.size());
    if (members.size() < 2 * least_in_leaf) return;
    const auto split = best_split(samples, members, random);
    if (split.left == 0) return;
    const auto goes_left = [&](std::uint32_t m) { return (split.left >> samples.rows[m][split.feature] & 1) != 0; };
    const auto middle = std::stable_partition(members.begin(), members.end(), goes_left);
    Members right(middle, members.end());
    members.erase(middle, members.end());
    nodes_[at].left = split.left;
    nodes_[at].feature = split.feature;
    grow(samples, members, random);
    nodes_[at].right = static_cast<std::uint32_t>(nodes_.size());
    grow(samples, right, random);
}

Forest::Forest(const Samples& samples, std::size_t trees, std::uint64_t seed) {
    const auto count = samples.rows.size();
    if (count == 0 || samples.targets.size() != count) throw std::logic_error("a forest needs a target for each row");
    std::vector<std::vector<bool>> seen(trees, std::vector<bool>(count));
    for (std::size_t t = 0; t < trees; ++t) {
        core::Stream random(seed, "forest", t);
        Members members;
        for (std::size_t i = 0; i < count; ++i) {
            members.push_back(static_cast<std::uint32_t>(random.below(count)));
            seen[t][members.back()] = true;
        }
        roots_.push_back(static_cast<std::uint32_t>(nodes_.size()));
        grow(samples, members, random);
    }
    measure(samples, seen);
}

double Forest::predict(std::size_t tree, const std::vector<std::uint8_t>& row) const {
    auto at = roots_[tree];
    while (nodes_[at].left != 0) at = (nodes_[at].left >> row[nodes_[at].feature] & 1) != 0 ? at + 1 : nodes_[at].right;
    return nodes_[at].value;
}

void Forest::measure(const Samples& samples, const std::vector<std::vector<bool>>& seen) {
    const auto count = samples.rows.size();
    const double mean =
        std::accumulate(samples.targets.begin(), samples.targets.end(), 0.0) / static_cast<double>(count);
    double errors = 0, spread = 0;
    for (std::size_t i = 0; i < count; ++i) {
        double sum = 0, voters = 0;
        for (std::size_t t = 0; t < trees(); ++t) {
            if (seen[t][i]) continue;
            sum += predict(t, samples.rows[i]);
            ++voters;
        }
        if (voters == 0) continue;
        errors += (sum / voters - samples.targets[i]) * (sum / voters - samples.targets[i]);
        spread += (mean - samples.targets[i]) * (mean - samples.targets[i]);
    }
    explained_ = spread > 0 ? 1 - errors / spread : 0;
}

}  // namespace dyad::codesign
