// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "arch_space/network.hpp"

namespace dyad::arch_space {

/// A text that two networks share when they compute alike from weights of their own: the same operators in the same
/// precisions joined in the same way, whatever their names and the order of the terms of a sum. Members of a space that
/// differ in what is never read have one fingerprint.
[[nodiscard]] std::string fingerprint(const Network& network);

}  // namespace dyad::arch_space
