// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "codesign/experiment/experiment.hpp"

namespace dyad::core {
class Value;
}  // namespace dyad::core

namespace dyad::codesign {

/// Whether a file is of a measured device rather than of a chip.
[[nodiscard]] bool is_device(const core::Document& document);

/// The hardware `name` of a file: a device with its calibration, or one chip. Records in `mention` what is wrong.
[[nodiscard]] Target read_target(const core::Value& mention, std::shared_ptr<const core::Document> document);

/// What the networks of this genome run on; null when the hardware is a space of chips.
[[nodiscard]] const Target* target_of(const Experiment& experiment, const core::Genome& genome);
/// `calibrated` on a device, else the experiment's.
[[nodiscard]] models::Fidelity fidelity_of(const Experiment& experiment, const core::Genome& genome);
/// The fidelity of the pairs in words: "systemc", or "systemc on edge_npu; calibrated on pixel_1" where targets differ.
[[nodiscard]] std::string fidelity_text(const Experiment& experiment);
/// The target's gene and nothing else makes up the hardware of such an experiment.
[[nodiscard]] core::Gene target_gene(const std::vector<Target>& targets);

/// Records an error for each metric in a list of objectives or budgets that no device tells.
void refuse_unmeasured(const core::Value& list, const std::vector<Target>& targets);

}  // namespace dyad::codesign
