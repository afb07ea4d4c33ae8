// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <vector>

#include "arch_space/network.hpp"
#include "codesign/experiment/experiment.hpp"
#include "hw_space/accelerator.hpp"

namespace dyad::codesign {

// From genes to designs, without parsing any text again. Each throws core::Error with all errors of the candidate;
// files are named without their folders, so that the message does not depend on where they are.

[[nodiscard]] std::vector<arch_space::Network> decode_networks(const Experiment& experiment,
                                                               const core::Genome& genome);
[[nodiscard]] std::shared_ptr<const hw_space::Accelerator> decode_accelerator(const Experiment& experiment,
                                                                              const core::Genome& genome);

}  // namespace dyad::codesign
