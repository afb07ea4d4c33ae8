// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "models/kernel.hpp"

namespace dyad::codesign {

/// What `dyad map` is asked for.
struct KernelArgument {
    std::vector<models::Kernel> kernels;
    std::string network;  ///< whose kernels they all are; "" for a single kernel
};

/// `conv:...`, `gemm:...`, `vector:...`, a kernel file, NETWORK (all its kernels) or NETWORK:KERNEL. Throws
/// core::Error.
[[nodiscard]] KernelArgument read_kernels(const std::string& argument);

}  // namespace dyad::codesign
