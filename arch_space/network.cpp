// SPDX-License-Identifier: Apache-2.0
#include "arch_space/network.hpp"

#include <fmt/format.h>

#include <list>
#include <numeric>

#include "arch_space/parse/fields.hpp"
#include "arch_space/parse/layers.hpp"
#include "arch_space/parse/substitute.hpp"
#include "core/document.hpp"
#include "core/error.hpp"
#include "core/value.hpp"

namespace dyad::arch_space {
namespace {

Shape input_shape(const core::Value& value) {
    const auto shape = sizes(value);
    if (shape.empty() || shape.size() > 3) value.fail(fmt::format("expected 1 to 3 sizes, got {}", shape.size()));
    return shape.empty() || shape.size() > 3 ? Shape{1} : shape;
}

/// `[3, 224, 224]`, `{channels: 3, size: 224}` (square) or `{shape: [...]}`, the latter two with a precision if need
/// be.
void add_input(Builder& builder, const core::Value& value, Builder::Entry entry, Names& names) {
    Input input;
    if (value.is_map()) {
        auto map = value.map();
        if (const auto shape = map.find("shape")) {
            input.shape = input_shape(*shape);
        } else {
            const auto channels = required_size(map, "channels"), side = required_size(map, "size");
            input.shape = {channels, side, side};
        }
        if (const auto format = map.find("precision")) entry.precision.activations = any_precision(*format);
        entry.precision.density = density(map, entry.precision.density);
    } else {
        input.shape = input_shape(value);
    }
    const auto name = entry.name;
    const Builder::Scope scope(builder, std::move(entry));
    names.emplace(name, builder.add(input, {}));
}

Names add_inputs(Builder& builder, const core::Value& value, Precisions precision, Ref& first) {
    Names names;
    auto map = value.map();
    for (const auto& [name, shape] : map.entries()) {
        add_input(builder, shape, {&shape, name, "", precision}, names);
        if (names.size() == 1) first = names.begin()->second;
    }
    if (value.is_map() && names.empty()) value.fail("expected at least one input, such as image: [3, 224, 224]");
    return names;
}

/// `parameters:` are values that several layers share: `$name` stands for one.
class Parameters {
public:
    explicit Parameters(core::Object& map) {
        const auto value = map.find("parameters");
        if (!value) return;
        auto entries = value->map();
        for (const auto& [name, argument] : entries.entries()) arguments_.emplace(name, argument.resolved());
    }
    /// `value` with the parameters filled in; lives as long as this.
    [[nodiscard]] core::Value fill(const core::Value& value) {
        if (arguments_.empty()) return value;
        filled_.push_back(substitute(
            value.resolved(), arguments_,
            [&](const core::Node& node, const std::string& what) { value.view(node, value.path()).fail(what); }));
        return value.view(filled_.back(), value.path());
    }

private:
    std::map<std::string, core::Node> arguments_;
    std::list<core::Node> filled_;
};

Network build(core::Object& map) {
    const auto name = map.require("network", "a name");
    const auto source = map.find("source");
    if (const auto note = map.find("note")) (void)note->text();
    if (const auto spelling = map.find("spelling")) (void)spelling->map().entries();
    const auto outer = precision(map, {});
    LayerReader reader;
    if (const auto blocks = map.find("blocks")) reader.define(*blocks);
    const auto input = map.require("input", "the shape of each input, such as {image: [3, 224, 224]}");
    const auto layers = map.require("layers", "a list of operators and blocks");
    Parameters parameters(map);
    Builder builder;
    Ref first;
    auto names = add_inputs(builder, input.is_null() ? input : parameters.fill(input), outer, first);
    const auto items = layers.is_null() ? std::vector<Item>{} : reader.read(parameters.fill(layers), outer);
    for (const auto& item : items)
        if (names.contains(item.name)) item.at.fail(fmt::format("the name '{}' is used twice", item.name));
    (void)build_items(builder, items, std::move(names), first, "");
    return std::move(builder).finish(name.is_null() ? "" : name.text(), source ? source->text() : "");
}

}  // namespace

std::uint64_t Network::parameters() const {
    return std::accumulate(layers.begin(), layers.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const Layer& layer) { return sum + layer.parameters; });
}

std::uint64_t Network::macs() const {
    return std::accumulate(layers.begin(), layers.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const Layer& layer) { return sum + layer.macs; });
}

std::optional<Network> parse_network(const core::Value& value) {
    const auto before = value.errors().messages().size();
    auto network = [&] {
        auto map = value.map();
        return build(map);
    }();
    if (value.errors().messages().size() > before) return std::nullopt;
    return network;
}

Network read_network(const core::Document& document) {
    core::Errors errors;
    auto network = parse_network(core::Value(document, nullptr, errors));
    errors.throw_if_any();
    return std::move(network).value();
}

}  // namespace dyad::arch_space
