// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dyad::core {

/// One node of a parsed file. Built once, never changed; a candidate of a search is a view on it (core/value.hpp).
///
/// Choice tags become kinds of their own, each of which is one gene of the space:
///   choice    `!choice [a, b]`            items = the options
///   range     `!range {from, to[, step]}` from, to, step (0 = continuous)
///   optional  `!optional X`               items = {X}; absent (gene 0) it vanishes from the list or map around it
///   repeat    `!repeat {times: T, of: X}` T a number, choice or range; the copies of X are spliced into the list
///             around it, each copy with genes of its own, active only while the count reaches it. items = the
///             copies (as many as the largest count), entries = {times}; a copy that is a list is spliced in itself
struct Node {
    enum class Kind { null, scalar, list, map, choice, range, optional, repeat };
    struct Entry;

    Kind kind = Kind::null;
    std::string text;                   ///< of a scalar
    bool quoted = false;                ///< '"1"' is text, 1 is a number
    std::vector<Node> items;            ///< list items, choice options, copies
    std::vector<Entry> entries;         ///< of a map, in file order
    double from = 0, to = 0, step = 0;  ///< of a range, in the unit `text` ("" for plain numbers)
    int gene = -1;                      ///< index into ChoiceSpace::genes() of the own gene (of `times` for repeat)
    int line = 0, column = 0;
};
struct Node::Entry {
    std::string key;
    int line = 0, column = 0;
    Node value;
};

/// A file, parsed. `sha256` is that of its bytes, for the manifest.
struct Document {
    std::string file;
    std::string sha256;
    Node root;
};

/// Reads a YAML file. Throws Error with place on: unreadable file, YAML syntax, duplicate keys, alias cycles, documents
/// that expand beyond 100,000 nodes, malformed choice tags (empty choice, from > to, step that is not positive),
/// unknown tags, more than one document.
[[nodiscard]] std::shared_ptr<const Document> read_document(const std::filesystem::path& file);
[[nodiscard]] std::shared_ptr<const Document> parse_document(std::string_view text, const std::string& file);

/// Writes a node without choices back as YAML text (for resolved candidates and imported files).
[[nodiscard]] std::string to_yaml(const Node& node);

[[nodiscard]] std::string sha256(std::string_view bytes);

}  // namespace dyad::core
