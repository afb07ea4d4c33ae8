// SPDX-License-Identifier: Apache-2.0
#include "codesign/commands/mapping_argument.hpp"

#include <algorithm>

#include "core/files.hpp"

namespace dyad::codesign {
namespace {

using core::Node;

/// The entry of a map; null where there is none.
const Node::Entry* entry(const Node& map, const std::string& key) {
    const auto found = std::ranges::find(map.entries, key, &Node::Entry::key);
    return found == map.entries.end() ? nullptr : &*found;
}

Node empty(Node::Kind kind, int line, int column) {
    Node node;
    node.kind = kind;
    node.line = line;
    node.column = column;
    return node;
}

Node::Entry& entry_of(Node& map, const std::string& key) {
    if (const auto* found = entry(map, key)) return map.entries[static_cast<std::size_t>(found - map.entries.data())];
    map.entries.push_back({key, map.line, map.column, empty(Node::Kind::list, map.line, map.column)});
    return map.entries.back();
}

/// `{dim: K, factor: 4, axis: rows}` among `loops` becomes `{K: 4}` among `rows`. What looks otherwise stays, for the
/// reader to complain of.
Node level_of(const Node& level) {
    auto made = level;
    const auto* loops = entry(level, "loops");
    if (loops == nullptr) return made;
    entry_of(made, "loops").value.items.clear();
    for (const auto& loop : loops->value.items) {
        const auto *dim = entry(loop, "dim"), *factor = entry(loop, "factor"), *axis = entry(loop, "axis");
        if (dim == nullptr || factor == nullptr || axis == nullptr) return level;
        auto one = empty(Node::Kind::map, loop.line, loop.column);
        one.entries.push_back({dim->value.text, dim->line, dim->column, factor->value});
        entry_of(made, axis->value.text == "time" ? "loops" : axis->value.text).value.items.push_back(std::move(one));
    }
    return made;
}

}  // namespace

std::shared_ptr<const core::Document> read_mapping(const std::string& argument) {
    auto file = core::read_document(core::find_config(argument, "mappings"));
    const auto *schema = entry(file->root, "schema"), *plan = entry(file->root, "plan");
    const auto* mapping = entry(file->root, "mapping");
    if (schema == nullptr || schema->value.text != "dyad/mapping/1" || (plan == nullptr && mapping == nullptr))
        return file;
    auto made = std::make_shared<core::Document>(*file);
    made->root.entries = {plan != nullptr ? *plan : *mapping};
    if (plan != nullptr) return made;
    auto& value = made->root.entries.front().value;
    const auto* levels = entry(mapping->value, "levels");
    if (levels == nullptr) return made;
    value = levels->value;
    for (auto& level : value.items) level = level_of(level);
    return made;
}

}  // namespace dyad::codesign
