// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "codesign/commands/output.hpp"
#include "core/document.hpp"

namespace dyad::codesign {

/// What `describe` tells of a file: facts by name, then lists whose rows share their columns. Numbers stay numbers,
/// with the unit in the name.
struct Description {
    using Json = nlohmann::ordered_json;
    struct Section {
        std::string title;
        std::vector<std::string> columns;
        std::vector<std::vector<Json>> rows;
    };
    std::string kind, name;
    Json facts = Json::object();
    std::vector<Section> sections;

    [[nodiscard]] std::string text() const;
    [[nodiscard]] Json json() const;
    /// The first section.
    [[nodiscard]] std::string csv() const;
};

/// Recognised by its top-level keys. Throws core::Error when it is none of ours, or wrong.
[[nodiscard]] Description describe(const std::shared_ptr<const core::Document>& document);

}  // namespace dyad::codesign
