// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dyad::models {

/// A sum of boosted regression trees. Immutable.
class Trees {
public:
    Trees() = default;
    /// Fits `targets` (logarithms) from rows of features so that exp(prediction) has a small mean relative error:
    /// gradient-boosted trees (XGBoost, exact, one thread) on a smoothed |exp(p - t) - 1|. The same input gives the
    /// same trees.
    [[nodiscard]] static Trees fit(const std::vector<std::vector<float>>& rows, const std::vector<double>& targets);
    [[nodiscard]] double predict(std::span<const float> features) const;
    [[nodiscard]] bool empty() const { return roots_.empty(); }
    [[nodiscard]] std::size_t features() const { return features_; }

    /// Nodes in prefix order, five bytes each: feature (255 = leaf) and threshold or value (little-endian float).
    [[nodiscard]] std::string bytes() const;
    /// Throws core::Error naming `file` when the bytes are no such trees.
    [[nodiscard]] static Trees read(std::string_view bytes, const std::string& file);

private:
    friend class TreeReader;
    static constexpr std::uint8_t leaf = 255;
    /// A leaf leads to itself, so that all trees are walked alike: to their greatest depth.
    struct Node {
        float number = 0;  ///< threshold; of a leaf, its value
        std::uint8_t feature = 0;
        std::array<std::uint16_t, 2> steps{};  ///< to the right child and to the left one, which follows its parent
        [[nodiscard]] bool is_leaf() const { return steps[1] == 0; }
    };
    struct Root {
        std::uint32_t node = 0;
        int depth = 0;
    };
    std::vector<Node> nodes_;
    std::vector<Root> roots_;
    std::size_t features_ = 0;
};

}  // namespace dyad::models
