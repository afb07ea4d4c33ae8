// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/choice_space.hpp"
#include "core/document.hpp"
#include "core/error.hpp"
#include "core/quantity.hpp"

namespace dyad::core {

class Object;

/// A view of one node with its choices resolved by a genome: what `parse_*` functions read. Cheap to copy; never copies
/// YAML. Reading with a wrong type or range records an error in the shared Errors and returns a harmless value, so that
/// all errors of a file are found in one go; call Errors::throw_if_any() before using what was read.
class Value {
public:
    /// `genome` may be null for a document without choices (a choice is then an error: "is a space, not one design").
    Value(const Document& document, const Genome* genome, Errors& errors);

    [[nodiscard]] bool is_null() const;
    [[nodiscard]] bool is_scalar() const;
    [[nodiscard]] bool is_list() const;
    [[nodiscard]] bool is_map() const;

    [[nodiscard]] std::string text() const;
    /// A whole number within [min, max].
    [[nodiscard]] std::int64_t integer(std::int64_t min, std::int64_t max) const;
    /// A finite number within [min, max].
    [[nodiscard]] double number(double min, double max) const;
    [[nodiscard]] bool flag() const;
    /// A quantity with its unit, within [min, max].
    template <class Q>
    [[nodiscard]] Q quantity(Q min, Q max) const;
    /// One of the named values; a misspelt one gets the nearest name.
    template <class E>
    [[nodiscard]] E one_of(std::initializer_list<std::pair<std::string_view, E>> names) const;
    /// Items of a list; absent optionals are left out and copies of !repeat spliced in.
    [[nodiscard]] std::vector<Value> list() const;
    [[nodiscard]] Object map() const;
    /// For `- conv: {...}`: the one key and its value. An error unless the map has exactly one key; then {"", *this}.
    /// A bare scalar `- conv` reads as {"conv", null value}.
    [[nodiscard]] std::pair<std::string, Value> single() const;

    /// Records `place: path: what`.
    void fail(const std::string& what) const;
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] Place place() const;
    [[nodiscard]] Errors& errors() const { return *errors_; }
    [[nodiscard]] const Document& document() const { return *document_; }
    [[nodiscard]] const Node& node() const { return *node_; }
    /// The resolved subtree as a node of its own, without choices.
    [[nodiscard]] Node resolved() const;
    /// A view of another node without choices, which must outlive it, with the same errors.
    [[nodiscard]] Value view(const Node& node, std::string path) const {
        return {*document_, genome_, *errors_, node, std::move(path)};
    }

private:
    friend class Object;
    Value(const Document&, const Genome*, Errors&, const Node&, std::string path);
    /// The value that `node` has under the genome; nothing for an absent optional.
    [[nodiscard]] std::optional<Value> child(const Node& node, std::string path) const;
    [[nodiscard]] double gene(const Node& node, const std::string& path) const;
    [[nodiscard]] Value with_node(Node node) const;
    [[nodiscard]] Value renamed(std::string path) const;
    [[nodiscard]] std::size_t copies() const;
    void collect(const Node& item, const std::string& path, bool splice, std::vector<Value>& out) const;
    [[nodiscard]] std::size_t find_name(const std::vector<std::string_view>& names) const;

    const Document* document_;
    const Genome* genome_;
    Errors* errors_;
    const Node* node_;
    std::string path_;
    std::shared_ptr<const Node> owned_;  ///< keeps a node alive that is not in the document (the value of a range)
};

/// A map being read. Remembers the keys it was asked for; keys nobody read are recorded as errors when it goes out of
/// scope.
class Object {
public:
    explicit Object(const Value& value);
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;
    ~Object();

    /// The value of `key`, if present (and not an absent optional).
    [[nodiscard]] std::optional<Value> find(const std::string& key);
    /// The value of `key`; when missing records "missing key 'key' (expected)" and returns a null value.
    [[nodiscard]] Value require(const std::string& key, const std::string& expected);
    /// All keys of the map in file order (for user-named entries); counts all as read.
    [[nodiscard]] std::vector<std::pair<std::string, Value>> entries();
    void fail(const std::string& what) const { value_.fail(what); }
    [[nodiscard]] const Value& value() const { return value_; }

private:
    Value value_;
    std::vector<std::string> asked_;
    bool readable_ = true;
};

template <class E>
E Value::one_of(std::initializer_list<std::pair<std::string_view, E>> names) const {
    std::vector<std::string_view> keys;
    for (const auto& [name, value] : names) keys.push_back(name);
    const auto found = find_name(keys);
    return found < names.size() ? (names.begin() + found)->second : names.begin()->second;
}

}  // namespace dyad::core
