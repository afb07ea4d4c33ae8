// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "arch_space/network.hpp"

namespace dyad::arch_space::torch {

/// Writes the network as TorchScript, so that any PyTorch runs it (scripts/profile_torch.py): weights as drawn by
/// default and inputs `input0`, `input1`, ... of `batch` samples, all as buffers, which `to` moves and converts. The
/// sizes are those of this batch. Throws core::Error where the file cannot be written.
void save_script(const Network& network, std::uint64_t batch, const std::string& file);

}  // namespace dyad::arch_space::torch
