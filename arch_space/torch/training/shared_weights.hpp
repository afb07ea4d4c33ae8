// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>

#include "arch_space/torch/model.hpp"

namespace dyad::arch_space::torch {

/// Weights that the members of a space share. The largest tensor seen of a layer holds the smaller ones: their channels
/// are its first, their window is its middle (Cai et al. 2020, "Once-for-All"); a member with fewer copies of a layer
/// leaves out the last. Layers share by name, if they are of one kind and so is the layer that they read: weights of a
/// separable and of a dense form, or of 1 x 1 and wider windows, are kept apart.
class SharedWeights {
public:
    struct Entry {
        at::Tensor value, velocity;  ///< of one shape; the velocity is the optimiser's
    };
    /// A learned tensor of a member, as parts of the shared ones.
    struct Slice {
        std::size_t layer;
        bool bias;
        at::Tensor value, velocity;
    };

    explicit SharedWeights(std::uint64_t seed) : seed_(seed) {}

    /// The member's learned tensors. What is new or larger than before is first initialised as Model does.
    [[nodiscard]] std::vector<Slice> slices(const Network& member);
    /// The same of weights that are all there. Throws core::Error that names the first that is not.
    [[nodiscard]] std::vector<Slice> trained_slices(const Network& member) const;

    [[nodiscard]] const std::map<std::string, Entry>& entries() const { return entries_; }
    void set(const std::string& key, Entry entry) { entries_[key] = std::move(entry); }

private:
    void grow(const Network& member, const std::vector<std::string>& keys);

    std::uint64_t seed_;
    std::map<std::string, Entry> entries_;
};

}  // namespace dyad::arch_space::torch
