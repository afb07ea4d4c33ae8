// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "hw_space/engine.hpp"

namespace dyad::core {
struct Document;
struct Node;
}  // namespace dyad::core

namespace dyad::hw_space {

/// A unit file (configs/units/NAME.yaml): the keys of an engine, beside its name, kind (custom_unit unless it says
/// otherwise), source and note.
struct Unit {
    std::string name, kind, source, note;
    Engine engine;
};

/// Reads a file without choices. Throws core::Error with all its errors.
[[nodiscard]] Unit read_unit(const core::Document& document);

/// Names or paths of the unit files that a document names by `use`, in any of its choices; each once, in file order.
[[nodiscard]] std::vector<std::string> used_units(const core::Node& root);

}  // namespace dyad::hw_space
