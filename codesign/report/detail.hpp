// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "arch_space/accuracy/surrogate.hpp"
#include "codesign/run/run.hpp"
#include "models/energy_events.hpp"

namespace dyad::codesign {

/// A pair of the front as its figures came about, so that other constants can be tried on it.
struct PlayedPair {
    std::size_t pair = 0;  ///< into Run::pairs
    std::shared_ptr<const hw_space::Accelerator> chip;
    std::vector<models::Report> reports;       ///< one a network, without kernels
    std::vector<models::EnergyEvents> events;  ///< one a network
    double timing = 0;                         ///< relative difference of the closed forms' latency from the run's own
};

/// Pairs of the front with their layers and chips, and in words how far their figures can be trusted.
struct FrontDetails {
    nlohmann::ordered_json pairs;     ///< array, by id
    nlohmann::ordered_json trust;     ///< array of sentences
    nlohmann::ordered_json strings;   ///< what the numbers in kernel rows stand for
    nlohmann::ordered_json sources;   ///< of the accuracy table
    std::vector<PlayedPair> figures;  ///< of the same pairs, in the same order
};
/// Of at most `most` pairs: those to look at first, and others evenly over the front.
[[nodiscard]] FrontDetails front_details(const Run& run, std::size_t most);

}  // namespace dyad::codesign
