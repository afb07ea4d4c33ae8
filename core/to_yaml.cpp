// SPDX-License-Identifier: Apache-2.0
#include <yaml-cpp/emitter.h>

#include <algorithm>
#include <stdexcept>

#include "core/document.hpp"

namespace dyad::core {
namespace {

bool is_leaf(const Node& node) { return node.kind == Node::Kind::null || node.kind == Node::Kind::scalar; }

/// Lists and maps of plain values stand on one line.
bool fits_one_line(const Node& node) {
    return std::all_of(node.items.begin(), node.items.end(), is_leaf) &&
           std::all_of(node.entries.begin(), node.entries.end(),
                       [](const Node::Entry& entry) { return is_leaf(entry.value); });
}

void emit(YAML::Emitter& out, const Node& node, bool top) {
    switch (node.kind) {
        case Node::Kind::null:
            out << YAML::Null;
            return;
        case Node::Kind::scalar:
            if (node.quoted) out << YAML::DoubleQuoted;
            out << node.text;
            return;
        case Node::Kind::list:
            if (fits_one_line(node)) out << YAML::Flow;
            out << YAML::BeginSeq;
            for (const Node& item : node.items) emit(out, item, false);
            out << YAML::EndSeq;
            return;
        case Node::Kind::map:
            if (!top && fits_one_line(node)) out << YAML::Flow;
            out << YAML::BeginMap;
            for (const auto& entry : node.entries) {
                out << YAML::Key << entry.key << YAML::Value;
                emit(out, entry.value, false);
            }
            out << YAML::EndMap;
            return;
        default:
            throw std::logic_error("to_yaml: the node has a choice left in it");
    }
}

}  // namespace

std::string to_yaml(const Node& node) {
    YAML::Emitter out;
    emit(out, node, true);
    return std::string(out.c_str(), out.size()) + "\n";
}

}  // namespace dyad::core
