// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dyad::core {

/// What stands in the text: tags unread, aliases shared, merge keys not merged. core/document.cpp makes Nodes of it.
struct RawNode {
    using Pointer = std::shared_ptr<const RawNode>;
    enum class Kind { null, scalar, list, map };
    Kind kind = Kind::null;
    std::string tag;  ///< "!choice"; empty for none
    std::string text;
    bool quoted = false;
    std::vector<Pointer> items;
    std::vector<std::pair<Pointer, Pointer>> entries;  ///< keys may be of any kind
    int line = 1, column = 1;
    std::size_t height = 0;  ///< levels below, aliases followed
};

/// Parses the one document of `text`. Throws Error with the place on syntax errors, alias cycles, nesting beyond
/// `max_depth` (aliases followed), more than `max_nodes` nodes, bytes that are no UTF-8 text, and more than one
/// document.
[[nodiscard]] RawNode::Pointer parse_yaml_text(std::string_view text, const std::string& file, std::size_t max_depth,
                                               std::size_t max_nodes);

}  // namespace dyad::core
