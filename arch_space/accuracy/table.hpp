// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "arch_space/accuracy/features.hpp"

namespace dyad::core {
struct Document;
}

namespace dyad::arch_space {

/// One published network.
struct Published {
    std::string name, family, source;
    double top1 = 0;             ///< %
    std::optional<double> int8;  ///< % with 8-bit weights and activations
    Features features;
};

/// A table of published accuracies (configs/accuracy/NAME.yaml).
struct AccuracyTable {
    std::string name, unit;
    double classes = 0;
    double exponent = 0, ridge = 0;         ///< of the model
    double int4_drop = 0, int4_spread = 0;  ///< % below float
    std::vector<Published> rows;
};

/// Throws core::Error with all errors of the file.
[[nodiscard]] AccuracyTable read_accuracy_table(const core::Document& document);

}  // namespace dyad::arch_space
