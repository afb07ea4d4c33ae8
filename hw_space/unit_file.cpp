// SPDX-License-Identifier: Apache-2.0
#include "hw_space/unit_file.hpp"

#include <algorithm>
#include <filesystem>
#include <mutex>

#include "core/files.hpp"
#include "hw_space/parse.hpp"

namespace dyad::hw_space {
namespace {

using core::Node;

const Node::Entry* find(const Node& map, const std::string& key) {
    const auto found = std::ranges::find(map.entries, key, &Node::Entry::key);
    return found == map.entries.end() ? nullptr : &*found;
}

std::string text_of(const Node& map, const std::string& key, const std::string& otherwise) {
    const auto* entry = find(map, key);
    return entry != nullptr && entry->value.kind == Node::Kind::scalar ? entry->value.text : otherwise;
}

/// What the engine's own parser reads: `unit` is its name, and what only the file has is left out.
Node engine_node(const Node& root, bool custom) {
    Node node = root;
    std::erase_if(node.entries, [&](const Node::Entry& entry) {
        return entry.key == "kind" || entry.key == "note" || (entry.key == "source" && !custom);
    });
    if (auto name = std::ranges::find(node.entries, "unit", &Node::Entry::key); name != node.entries.end())
        name->key = "name";
    return node;
}

/// The library that a unit's file names lies beside that file, wherever the unit is used.
void locate_plugin(Node& node, const std::string& file) {
    const auto plugin = std::ranges::find(node.entries, "plugin", &Node::Entry::key);
    if (plugin == node.entries.end() || plugin->value.kind != Node::Kind::scalar) return;
    auto& text = plugin->value.text;
    text = (std::filesystem::absolute(file).parent_path() / text).string();
}

/// What the file says stands, for messages, where it is included.
Node placed(Node node, const Node& at) {
    node.line = at.line;
    node.column = at.column;
    for (auto& item : node.items) item = placed(std::move(item), at);
    for (auto& entry : node.entries) {
        entry.line = at.line;
        entry.column = at.column;
        entry.value = placed(std::move(entry.value), at);
    }
    return node;
}

/// `over` laid over `base`, map by map.
Node merged(Node base, const Node& over) {
    base.line = over.line;
    base.column = over.column;
    for (const auto& entry : over.entries) {
        const auto same = std::ranges::find(base.entries, entry.key, &Node::Entry::key);
        if (same == base.entries.end()) {
            base.entries.push_back(entry);
        } else if (same->value.kind == Node::Kind::map && entry.value.kind == Node::Kind::map) {
            same->value = merged(std::move(same->value), entry.value);
        } else {
            *same = entry;
        }
    }
    return base;
}

std::shared_ptr<const core::Document> unit_document(const std::filesystem::path& file) {
    static std::mutex lock;
    static std::vector<std::pair<std::filesystem::path, std::shared_ptr<const core::Document>>> loaded;
    const std::lock_guard guard(lock);
    for (const auto& [path, document] : loaded)
        if (path == file) return document;
    auto document = core::read_document(file);
    (void)read_unit(*document);  // its own errors, at their places
    loaded.emplace_back(file, std::move(document));
    return loaded.back().second;
}

void add_texts(const Node& node, std::vector<std::string>& texts) {
    if (node.kind == Node::Kind::scalar && std::ranges::find(texts, node.text) == texts.end())
        texts.push_back(node.text);
    for (const auto& option : node.items) add_texts(option, texts);
}

/// What stands for `custom_unit` may be a choice of maps.
void add_used(const Node& unit, std::vector<std::string>& names) {
    if (const auto* use = find(unit, "use")) add_texts(use->value, names);
    for (const auto& option : unit.items) add_used(option, names);
}

void walk(const Node& node, std::vector<std::string>& names) {
    for (const auto& item : node.items) walk(item, names);
    for (const auto& entry : node.entries) {
        if (entry.key == "custom_unit") add_used(entry.value, names);
        walk(entry.value, names);
    }
}

}  // namespace

std::vector<std::string> used_units(const Node& root) {
    std::vector<std::string> names;
    walk(root, names);
    return names;
}

Unit read_unit(const core::Document& document) {
    core::Errors errors;
    Unit unit;
    const core::Value root(document, nullptr, errors);
    unit.kind = text_of(document.root, "kind", "custom_unit");
    {
        auto object = root.map();
        (void)object.entries();  // the engine's parser knows the rest
        unit.name = object.require("unit", "the name of the unit").text();
        unit.source = object.require("source", "where the numbers are from").text();
        if (const auto note = object.find("note")) unit.note = note->text();
    }
    const auto node = engine_node(document.root, unit.kind == "custom_unit");
    if (auto engine = parse_engine(unit.kind, root.view(node, ""), root)) unit.engine = std::move(*engine);
    errors.throw_if_any();
    return unit;
}

std::optional<Engine> parse_used_unit(const core::Value& body) {
    const auto over = body.resolved();
    const auto* use = find(over, "use");
    if (use == nullptr || use->value.kind != Node::Kind::scalar) {
        body.fail("use: expected the name of a unit");
        return std::nullopt;
    }
    try {
        const auto document = unit_document(core::find_config(use->value.text, "units", body.document().file));
        const auto kind = text_of(document->root, "kind", "custom_unit");
        auto described = engine_node(document->root, kind == "custom_unit");
        locate_plugin(described, document->file);
        auto node = merged(placed(std::move(described), over), over);
        std::erase_if(node.entries, [](const Node::Entry& entry) { return entry.key == "use"; });
        return parse_engine(kind, body.view(node, body.path()), body);
    } catch (const core::Error& error) {
        body.fail(error.what());
        return std::nullopt;
    }
}

}  // namespace dyad::hw_space
