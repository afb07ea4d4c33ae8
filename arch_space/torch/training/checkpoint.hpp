// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>

#include "arch_space/torch/training/trainer.hpp"

namespace dyad::arch_space::torch {

/// The weights that a space shares, and how far and how they are trained.
struct Checkpoint {
    std::string space, sha256;  ///< of the space's file
    std::string data;           ///< folder of the data set
    Recipe recipe;
    std::uint64_t step = 0, steps = 0;
    double loss = 0;  ///< what the steps of the last epoch, as far as they are done, add to its mean
    SharedWeights weights{0};
};

/// A line `dyad/supernet/1 SHA256`, a line of JSON, and the tensors' values and velocities as it names them, single
/// precision, the smallest byte first; SHA-256 of all after the first line. Never half-written. Throws core::Error.
void write_checkpoint(const std::filesystem::path& file, const Checkpoint& checkpoint);

/// Throws core::Error that names the file and what is wrong with it.
[[nodiscard]] Checkpoint read_checkpoint(const std::filesystem::path& file);

}  // namespace dyad::arch_space::torch
