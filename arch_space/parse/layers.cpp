// SPDX-License-Identifier: Apache-2.0
#include "arch_space/parse/layers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "arch_space/blocks/common.hpp"
#include "arch_space/parse/operators.hpp"
#include "arch_space/parse/user_block.hpp"

namespace dyad::arch_space {
namespace {

constexpr std::size_t max_items = 20'000;
constexpr std::int64_t max_repeat = 1'000;

template <class Entry>
const Entry* find(std::span<const Entry> table, std::string_view name) {
    const auto found = std::ranges::find(table, name, &Entry::name);
    return found == table.end() ? nullptr : &*found;
}

bool good_name(const std::string& name) {
    return !name.empty() && name != "previous" && std::ranges::all_of(name, [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '/';
    });
}

/// Names in `from`: one or a list.
std::vector<std::pair<std::string, core::Value>> input_names(const core::Value& from) {
    if (!from.is_list()) return {{from.text(), from}};
    std::vector<std::pair<std::string, core::Value>> names;
    for (const auto& name : from.list()) names.emplace_back(name.text(), name);
    return names;
}

/// The operator of a repeated layer does not stride again.
Operator without_stride(Operator op) {
    if (auto* conv = std::get_if<Conv>(&op)) conv->stride = {1, 1};
    if (auto* pool = std::get_if<Pool>(&op)) pool->stride = {1, 1};
    return op;
}

Expansion operator_expansion(const OperatorEntry& entry, core::Object& object) {
    const auto op = entry.parse(object);
    const After after{norm(object), activation(object)};
    const auto tied_to = object.find("tied");
    const auto tied = tied_to ? tied_to->text() : std::string();
    return [=](Builder& builder, const Refs& inputs, bool first) {
        return add_with(builder, first ? op : without_stride(op), inputs, "", after, tied);
    };
}

/// Gives every item without a name one of its own: its kind and number.
void name_items(std::vector<Item>& items) {
    std::map<std::string, bool> taken;
    for (const auto& item : items) {
        const bool named = item.name.find('#') == std::string::npos;
        if (named && !taken.emplace(item.name, true).second)
            item.at.fail(fmt::format("the name '{}' is used twice", item.name));
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
        auto& name = items[i].name;
        if (name.find('#') == std::string::npos) continue;
        name = fmt::format("{}{}", name.substr(1), i);
        while (!taken.emplace(name, true).second) name += '_';
    }
}

}  // namespace

LayerReader::LayerReader() = default;
LayerReader::~LayerReader() = default;

std::vector<Item> LayerReader::read(const core::Value& layers, Precisions precision) {
    std::vector<Item> items;
    for (const auto& entry : layers.list())
        if (auto item = read_item(entry, precision)) items.push_back(std::move(*item));
    if (layers.is_list() && items.empty()) layers.fail("expected at least one layer");
    name_items(items);
    return items;
}

std::optional<Item> LayerReader::read_item(const core::Value& entry, Precisions outer) {
    if (++items_ > max_items) {
        if (items_ == max_items + 1) entry.fail(fmt::format("more than {} layers", max_items));
        return std::nullopt;
    }
    auto [kind, arguments] = entry.single();
    if (kind.empty()) return std::nullopt;
    Item item{.at = arguments, .name = {}, .precision = outer};
    if (arguments.is_list()) item.from = input_names(arguments);
    nodes_.push_back(std::make_unique<core::Node>());
    auto object = (arguments.is_list() ? arguments.view(*nodes_.back(), arguments.path()) : arguments).map();
    if (kind == "use") kind = object.require("layer", "the operator or block to use").text();
    item.name = "#" + kind;
    read_common(item, object);
    item.expansion = read_kind(item, kind, object);
    return item;
}

void LayerReader::read_common(Item& item, core::Object& object) const {
    if (const auto name = object.find("name")) {
        item.name = name->text();
        if (!good_name(item.name)) name->fail("expected a name of letters, digits, '_', '-' and '/'");
        if (!good_name(item.name)) item.name = "#unnamed";
    }
    if (const auto from = object.find("from")) item.from = input_names(*from);
    if (const auto repeat = object.find("repeat"))
        item.repeat = static_cast<std::uint64_t>(repeat->integer(1, max_repeat));
    item.precision = precision(object, item.precision);
}

Expansion LayerReader::read_kind(Item& item, const std::string& kind, core::Object& object) {
    if (const auto* op = find(operator_table(), kind)) return operator_expansion(*op, object);
    item.is_block = true;
    if (const auto* block = find(block_table(), kind)) return block->parse(object);
    if (const auto found = blocks_.find(kind); found != blocks_.end()) return read_call(found->second, item, object);
    item.at.fail(fmt::format("unknown operator or block '{}'{}", kind, core::did_you_mean(kind, known_kinds())));
    for (const auto& key : object.entries()) (void)key;  // its keys mean nothing, one error is enough
    return {};
}

std::vector<std::string> LayerReader::known_kinds() const {
    std::vector<std::string> kinds;
    for (const auto& entry : operator_table()) kinds.emplace_back(entry.name);
    for (const auto& entry : block_table()) kinds.emplace_back(entry.name);
    for (const auto& [name, block] : blocks_) kinds.push_back(name);
    return kinds;
}

void LayerReader::define(const core::Value& blocks) {
    auto map = blocks.map();
    const auto known = known_kinds();
    for (const auto& [name, value] : map.entries()) {
        if (std::ranges::find(known, name) != known.end())
            value.fail(fmt::format("'{}' is an operator or block already", name));
        else
            blocks_.emplace(name, UserBlock::parse(name, value));
    }
}

Expansion LayerReader::read_call(const UserBlock& block, const Item& item, core::Object& object) {
    auto arguments = block.arguments(object);
    if (std::ranges::find(active_, block.name) != active_.end()) {
        item.at.fail(fmt::format("block '{}' contains itself", block.name));
        return {};
    }
    if (arguments.size() != block.parameters.size()) return {};
    active_.push_back(block.name);
    const auto first = instantiate(block, item, arguments);
    auto later = first;
    if (const auto stride = arguments.find("stride"); item.repeat > 1 && stride != arguments.end()) {
        stride->second.text = "1";
        later = instantiate(block, item, arguments);
    }
    active_.pop_back();
    return [first, later](Builder& builder, const Refs& inputs, bool is_first) {
        return (is_first ? first : later)->build(builder, inputs);
    };
}

std::shared_ptr<const UserBlockCall> LayerReader::instantiate(const UserBlock& block, const Item& item,
                                                              const std::map<std::string, core::Node>& arguments) {
    nodes_.push_back(std::make_unique<core::Node>(block.body(arguments)));
    const auto layers = block.layers->view(*nodes_.back(), block.layers->path());
    return std::make_shared<const UserBlockCall>(UserBlockCall{block.inputs, read(layers, item.precision)});
}

}  // namespace dyad::arch_space
