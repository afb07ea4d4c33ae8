// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json.hpp>

#include "codesign/run/run.hpp"

namespace dyad::codesign {

/// The pairs of the front with their layers and chips, and in words how far their figures can be trusted.
struct FrontDetails {
    nlohmann::ordered_json pairs;    ///< array, by id
    nlohmann::ordered_json trust;    ///< array of sentences
    nlohmann::ordered_json strings;  ///< what the numbers in kernel rows stand for
    nlohmann::ordered_json sources;  ///< of the accuracy table
};
[[nodiscard]] FrontDetails front_details(const Run& run);

}  // namespace dyad::codesign
