// SPDX-License-Identifier: Apache-2.0
#include "core/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace dyad::core {
namespace {

/// Stands for what is missing; the absence was reported once, so reading it reports nothing more.
const Node& missing_node() {
    static const Node node;
    return node;
}

std::string describe(const Node& node) {
    switch (node.kind) {
        case Node::Kind::null:
            return "nothing";
        case Node::Kind::scalar:
            return "'" + shortened(node.text) + "'";
        case Node::Kind::map:
            return "a map";
        default:
            return "a list";
    }
}

template <class Number>
std::optional<Number> parse_number(const Node& node) {
    Number value{};
    const char* last = node.text.data() + node.text.size();
    if (node.kind != Node::Kind::scalar || node.quoted) return std::nullopt;
    const auto [end, error] = std::from_chars(node.text.data(), last, value);
    if (error != std::errc{} || end != last) return std::nullopt;
    return value;
}

/// "between 1 and 64", "of at least 1", "of at most 64" or "".
template <class Number>
std::string limits(Number min, Number max, const std::string& min_text, const std::string& max_text) {
    const bool from_below = min <= std::numeric_limits<Number>::lowest();
    const bool to_above = max >= std::numeric_limits<Number>::max();
    if (from_below && to_above) return "";
    if (to_above) return " of at least " + min_text;
    if (from_below) return " of at most " + max_text;
    return " between " + min_text + " and " + max_text;
}

/// A null node that stands where `node` does.
Node empty_node(const Node& node) {
    Node empty;
    empty.line = node.line;
    empty.column = node.column;
    return empty;
}

std::string join(const std::string& path, const std::string& key) { return path.empty() ? key : path + "." + key; }

const Node* find_entry(const Node& node, const std::string& key) {
    for (const auto& entry : node.entries)
        if (entry.key == key) return &entry.value;
    return nullptr;
}

}  // namespace

Value::Value(const Document& document, const Genome* genome, Errors& errors)
    : Value(document, genome, errors, missing_node(), "") {
    *this = child(document.root, "").value_or(*this);
}

Value::Value(const Document& document, const Genome* genome, Errors& errors, const Node& node, std::string path)
    : document_(&document), genome_(genome), errors_(&errors), node_(&node), path_(std::move(path)) {}

bool Value::is_null() const { return node_->kind == Node::Kind::null; }
bool Value::is_scalar() const { return node_->kind == Node::Kind::scalar; }
bool Value::is_list() const { return node_->kind == Node::Kind::list || node_->kind == Node::Kind::repeat; }
bool Value::is_map() const { return node_->kind == Node::Kind::map; }

Place Value::place() const { return {document_->file, node_->line, node_->column}; }

void Value::fail(const std::string& what) const {
    if (node_ != &missing_node()) errors_->add(place(), path_, what);
}

double Value::gene(const Node& node, const std::string& path) const {
    if (genome_ != nullptr) return genome_->at(static_cast<std::size_t>(node.gene));
    errors_->add({document_->file, node.line, node.column}, path,
                 "this is a space, not one design: the choice is open");
    return node.kind == Node::Kind::range ? node.from : 0;
}

std::optional<Value> Value::child(const Node& node, std::string path) const {
    const Node* at = &node;
    while (true) {
        if (at->kind == Node::Kind::choice) {
            at = &at->items.at(static_cast<std::size_t>(gene(*at, path)));
        } else if (at->kind == Node::Kind::optional) {
            if (gene(*at, path) < 0.5) return std::nullopt;
            at = &at->items.front();
        } else {
            break;
        }
    }
    Value value(*document_, genome_, *errors_, *at, std::move(path));
    if (at->kind != Node::Kind::range) return value;
    const double drawn = gene(*at, value.path_);
    Node scalar = empty_node(*at);
    scalar.kind = Node::Kind::scalar;
    scalar.text = range_text(drawn, at->text);
    return value.with_node(std::move(scalar));
}

Value Value::with_node(Node node) const {
    Value value = *this;
    value.owned_ = std::make_shared<const Node>(std::move(node));
    value.node_ = value.owned_.get();
    return value;
}

std::string Value::text() const {
    if (!is_scalar()) fail("expected text, got " + describe(*node_));
    return is_scalar() ? node_->text : "";
}

std::int64_t Value::integer(std::int64_t min, std::int64_t max) const {
    const auto value = parse_number<std::int64_t>(*node_);
    if (value && *value >= min && *value <= max) return *value;
    fail(fmt::format("expected a whole number{}, got {}", limits(min, max, std::to_string(min), std::to_string(max)),
                     describe(*node_)));
    return min;
}

double Value::number(double min, double max) const {
    const auto value = parse_number<double>(*node_);
    if (value && std::isfinite(*value) && *value >= min && *value <= max) return *value;
    fail(fmt::format("expected a number{}, got {}", limits(min, max, fmt::format("{}", min), fmt::format("{}", max)),
                     describe(*node_)));
    return std::clamp(0.0, min, max);
}

bool Value::flag() const {
    const bool plain = is_scalar() && !node_->quoted;
    if (plain && (node_->text == "true" || node_->text == "on")) return true;
    if (!plain || (node_->text != "false" && node_->text != "off"))
        fail("expected true or false, got " + describe(*node_));
    return false;
}

template <class Q>
Q Value::quantity(Q min, Q max) const {
    const auto value = is_scalar() ? try_quantity<Q>(node_->text) : std::nullopt;
    const std::string_view expected = expected_quantity<Q>();
    if (!value) {
        fail(fmt::format("expected {}, got {}", expected, describe(*node_)));
        return min;
    }
    if (*value >= min && *value <= max) return *value;
    const std::string noun(expected.substr(0, expected.find(" such as")));
    fail(fmt::format("expected {}{}, got {}", noun, limits(min.count(), max.count(), to_text(min), to_text(max)),
                     describe(*node_)));
    return min;
}

template Bytes Value::quantity(Bytes, Bytes) const;
template Words Value::quantity(Words, Words) const;
template Cycles Value::quantity(Cycles, Cycles) const;
template Seconds Value::quantity(Seconds, Seconds) const;
template Joules Value::quantity(Joules, Joules) const;
template Watts Value::quantity(Watts, Watts) const;
template Volts Value::quantity(Volts, Volts) const;
template Hertz Value::quantity(Hertz, Hertz) const;
template SquareMillimetres Value::quantity(SquareMillimetres, SquareMillimetres) const;
template BytesPerSecond Value::quantity(BytesPerSecond, BytesPerSecond) const;
template OpsPerSecond Value::quantity(OpsPerSecond, OpsPerSecond) const;

std::size_t Value::find_name(const std::vector<std::string_view>& names) const {
    const auto found = is_scalar() ? std::find(names.begin(), names.end(), node_->text) : names.end();
    if (found == names.end()) {
        const std::vector<std::string> known(names.begin(), names.end());
        fail(fmt::format("expected {}{}, got {}{}", known.size() > 1 ? "one of " : "", fmt::join(known, ", "),
                         describe(*node_), is_scalar() ? did_you_mean(node_->text, known) : ""));
    }
    return static_cast<std::size_t>(found - names.begin());
}

void Value::collect(const Node& item, const std::string& path, bool splice, std::vector<Value>& out) const {
    const auto value = child(item, path);
    if (!value) return;
    const Node& node = *value->node_;
    if (node.kind == Node::Kind::repeat) {
        const std::size_t copies = value->copies();
        for (std::size_t i = 0; i < copies; ++i)
            collect(node.items.at(i), fmt::format("{}.repeat[{}]", path, i), true, out);
    } else if (splice && node.kind == Node::Kind::list) {
        for (std::size_t i = 0; i < node.items.size(); ++i)
            collect(node.items[i], fmt::format("{}[{}]", path, i), false, out);
    } else {
        out.push_back(*value);
    }
}

std::size_t Value::copies() const {
    const auto times = node_->entries.empty() ? std::nullopt : child(node_->entries.front().value, path_ + ".times");
    return times ? static_cast<std::size_t>(parse_number<std::uint64_t>(*times->node_).value_or(0)) : 0;
}

std::vector<Value> Value::list() const {
    std::vector<Value> values;
    if (node_->kind == Node::Kind::repeat)
        collect(*node_, path_, false, values);
    else if (node_->kind == Node::Kind::list)
        for (std::size_t i = 0; i < node_->items.size(); ++i)
            collect(node_->items[i], path_ + "[" + std::to_string(i) + "]", false, values);
    else
        fail("expected a list, got " + describe(*node_));
    return values;
}

Object Value::map() const { return Object(*this); }

std::pair<std::string, Value> Value::single() const {
    if (is_scalar()) return {node_->text, with_node(empty_node(*node_)).renamed(join(path_, node_->text))};
    if (is_map() && node_->entries.size() == 1) {
        const auto& entry = node_->entries.front();
        if (auto value = child(entry.value, join(path_, entry.key))) return {entry.key, *value};
    }
    fail("expected a map with one key, got " +
         (is_map() ? fmt::format("{} keys", node_->entries.size()) : describe(*node_)));
    return {"", *this};
}

Value Value::renamed(std::string path) const {
    Value value = *this;
    value.path_ = std::move(path);
    return value;
}

Node Value::resolved() const {
    Node node = empty_node(*node_);
    if (is_list()) {
        node.kind = Node::Kind::list;
        for (const Value& item : list()) node.items.push_back(item.resolved());
    } else if (is_map()) {
        node.kind = Node::Kind::map;
        for (const auto& entry : node_->entries)
            if (const auto value = child(entry.value, join(path_, entry.key)))
                node.entries.push_back({entry.key, entry.line, entry.column, value->resolved()});
    } else {
        node.kind = node_->kind;
        node.text = node_->text;
        node.quoted = node_->quoted;
    }
    return node;
}

Object::Object(const Value& value) : value_(value) {
    if (!value.is_map() && !value.is_null()) value.fail("expected a map, got " + describe(*value.node_));
    if (!value.is_map()) readable_ = value.is_null() && value.node_ != &missing_node();
}

Object::~Object() {
    const Node& node = *value_.node_;
    if (!value_.is_map()) return;
    for (const auto& entry : node.entries) {
        if (std::find(asked_.begin(), asked_.end(), entry.key) != asked_.end()) continue;
        value_.errors_->add({value_.document_->file, entry.line, entry.column}, value_.path_,
                            fmt::format("unknown key '{}'{}", shortened(entry.key), did_you_mean(entry.key, asked_)));
    }
}

std::optional<Value> Object::find(const std::string& key) {
    asked_.push_back(key);
    const Node* node = find_entry(*value_.node_, key);
    if (node == nullptr || !value_.is_map()) return std::nullopt;
    return value_.child(*node, join(value_.path_, key));
}

Value Object::require(const std::string& key, const std::string& expected) {
    if (auto value = find(key)) return *value;
    if (readable_) value_.fail(fmt::format("missing key '{}' ({})", key, expected));
    return {*value_.document_, value_.genome_, *value_.errors_, missing_node(), value_.path_};
}

std::vector<std::pair<std::string, Value>> Object::entries() {
    std::vector<std::pair<std::string, Value>> all;
    if (!value_.is_map()) return all;
    for (const auto& entry : value_.node_->entries)
        if (auto value = find(entry.key)) all.emplace_back(entry.key, std::move(*value));
    return all;
}

}  // namespace dyad::core
