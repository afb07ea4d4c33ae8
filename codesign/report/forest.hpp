// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "core/random.hpp"

namespace dyad::codesign {

/// What a forest is grown from: rows of level numbers, and a target each.
struct Samples {
    static constexpr unsigned most_levels = 64;
    std::vector<std::vector<std::uint8_t>> rows;  ///< by sample, then feature; levels below most_levels
    std::vector<double> targets;
    std::vector<bool> ordered;  ///< by feature: neighbouring levels stay together; otherwise any may
};

/// Regression trees, each grown on a bootstrap sample (Breiman, "Random forests", 2001): seven of ten features are
/// tried at each split, leaves hold five samples or more. The same samples and seed give the same forest.
class Forest {
public:
    Forest(const Samples& samples, std::size_t trees, std::uint64_t seed);
    [[nodiscard]] std::size_t trees() const { return roots_.size(); }
    [[nodiscard]] double predict(std::size_t tree, const std::vector<std::uint8_t>& row) const;
    /// Share of the targets' variance that trees explain of samples they were not grown on; below 0 when they are worse
    /// than the mean.
    [[nodiscard]] double explained() const { return explained_; }

private:
    struct Node {
        double value = 0;                      ///< of a leaf
        std::uint64_t left = 0;                ///< levels that go left; 0 = a leaf
        std::uint32_t feature = 0, right = 0;  ///< the left child follows its parent
    };
    struct Split {
        std::uint32_t feature = 0;
        std::uint64_t left = 0;
        double gain = 0;
    };
    using Members = std::vector<std::uint32_t>;

    void grow(const Samples& samples, Members& members, core::Stream& random);
    [[nodiscard]] static Split best_split(const Samples& samples, const Members& members, core::Stream& random);
    static void try_feature(const Samples& samples, const Members& members, std::uint32_t feature, Split& best);
    void measure(const Samples& samples, const std::vector<std::vector<bool>>& seen);

    std::vector<Node> nodes_;
    std::vector<std::uint32_t> roots_;
    double explained_ = 0;
};

}  // namespace dyad::codesign
