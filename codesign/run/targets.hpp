// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <vector>

#include "codesign/run/recorder.hpp"

namespace dyad::codesign {

/// Whether one network is sought for each of several targets, instead of pairs that compete with each other.
[[nodiscard]] bool has_targets(const Experiment& experiment);
/// The number of the target that a genome runs on; 0 where there is one hardware or a space of it.
[[nodiscard]] std::size_t target_index(const Experiment& experiment, const core::Genome& genome);
/// The same network on another target.
[[nodiscard]] core::Genome moved(const Experiment& experiment, core::Genome genome, std::size_t target);

/// Index into `pairs` by target: the fastest that keeps every budget; nothing where none does.
[[nodiscard]] std::vector<std::optional<std::size_t>> champions(const Experiment& experiment,
                                                                const std::vector<Pair>& pairs);
/// Index into `pairs` by genome.
[[nodiscard]] std::map<core::Genome, std::size_t> by_genome(const std::vector<Pair>& pairs);

/// Evaluates the champion of each target on all others, until no target has a faster one than its own.
void exchange_champions(const Experiment& experiment, Recorder& recorder, std::vector<Pair>& pairs);

}  // namespace dyad::codesign
