// SPDX-License-Identifier: Apache-2.0
#include "arch_space/parse/fields.hpp"

#include <fmt/format.h>

namespace dyad::arch_space {
namespace {

using core::Precision;
constexpr auto largest = static_cast<std::int64_t>(max_dimension);

std::uint64_t whole(const core::Value& value, std::int64_t min) {
    return static_cast<std::uint64_t>(value.integer(min, largest));
}

Precision layer_precision(const core::Value& value) {
    return value.one_of<Precision>({{"int4", Precision::int4},
                                    {"int8", Precision::int8},
                                    {"int16", Precision::int16},
                                    {"fp16", Precision::fp16},
                                    {"bf16", Precision::bf16},
                                    {"fp32", Precision::fp32}});
}

}  // namespace

std::uint64_t size(core::Object& object, const std::string& key, std::uint64_t fallback, std::int64_t min) {
    const auto value = object.find(key);
    return value ? whole(*value, min) : fallback;
}

std::uint64_t required_size(core::Object& object, const std::string& key) {
    return required_size(object, key, "a whole number");
}

std::uint64_t required_size(core::Object& object, const std::string& key, const std::string& expected) {
    const auto value = object.require(key, expected);
    return value.is_null() ? 1 : whole(value, 1);
}

double number(core::Object& object, const std::string& key, double fallback, double min, double max) {
    const auto value = object.find(key);
    return value ? value->number(min, max) : fallback;
}

bool flag(core::Object& object, const std::string& key, bool fallback) {
    const auto value = object.find(key);
    return value ? value->flag() : fallback;
}

std::vector<std::uint64_t> sizes(const core::Value& value, std::int64_t min) {
    std::vector<std::uint64_t> all;
    for (const auto& item : value.list()) all.push_back(whole(item, min));
    return all;
}

Pair pair(core::Object& object, const std::string& key, Pair fallback, std::int64_t min) {
    const auto value = object.find(key);
    if (!value) return fallback;
    if (!value->is_list()) {
        const auto side = whole(*value, min);
        return {side, side};
    }
    const auto both = sizes(*value, min);
    if (both.size() == 2) return {both[0], both[1]};
    value->fail(fmt::format("expected a number or [height, width], got {} numbers", both.size()));
    return fallback;
}

Padding padding(core::Object& object, Padding fallback) {
    const auto value = object.find("pad");
    if (!value) return fallback;
    if (value->is_scalar() && value->node().text == "same") return {.same = true};
    if (!value->is_list()) {
        const auto all = whole(*value, 0);
        return {all, all, all, all};
    }
    const auto sides = sizes(*value, 0);
    if (sides.size() == 2) return {sides[0], sides[0], sides[1], sides[1]};
    if (sides.size() == 4) return {sides[0], sides[1], sides[2], sides[3]};
    value->fail("expected a number, [rows, columns], [top, bottom, left, right] or same");
    return fallback;
}

std::optional<Activation> activation(core::Object& object, std::optional<Activation::Kind> fallback) {
    using Kind = Activation::Kind;
    const auto value = object.find("activation");
    const auto chosen = !value ? fallback
                               : value->one_of<std::optional<Kind>>({{"none", std::nullopt},
                                                                     {"relu", Kind::relu},
                                                                     {"relu6", Kind::relu6},
                                                                     {"leaky_relu", Kind::leaky_relu},
                                                                     {"hardswish", Kind::hardswish},
                                                                     {"hardsigmoid", Kind::hardsigmoid},
                                                                     {"swish", Kind::swish},
                                                                     {"gelu", Kind::gelu},
                                                                     {"gelu_tanh", Kind::gelu_tanh},
                                                                     {"elu", Kind::elu},
                                                                     {"selu", Kind::selu},
                                                                     {"mish", Kind::mish},
                                                                     {"sigmoid", Kind::sigmoid},
                                                                     {"tanh", Kind::tanh}});
    if (!chosen) return std::nullopt;
    return Activation{*chosen};
}

Normalisation parse_group_norm(core::Object& object) {
    return {Normalisation::Kind::group, required_size(object, "groups")};
}

std::optional<Normalisation> norm(core::Object& object, std::optional<Normalisation> fallback) {
    using Kind = Normalisation::Kind;
    const auto value = object.find("norm");
    if (!value) return fallback;
    if (value->is_map()) {
        const auto [kind, arguments] = value->single();
        if (kind != "group_norm") value->fail("expected batch_norm, layer_norm, {group_norm: {groups: ...}} or none");
        auto map = arguments.map();
        return parse_group_norm(map);
    }
    return value->one_of<std::optional<Normalisation>>({{"none", std::nullopt},
                                                        {"batch_norm", Normalisation{Kind::batch}},
                                                        {"layer_norm", Normalisation{Kind::layer}}});
}

Densities density(core::Object& object, Densities outer) {
    const auto value = object.find("density");
    if (!value) return outer;
    auto map = value->map();
    outer.weights = number(map, "weights", outer.weights, 0, 1);
    outer.activations = number(map, "activations", outer.activations, 0, 1);
    if (const auto source = map.find("source")) outer.source = source->text();
    if (value->is_map() && outer.source.empty())
        value->fail("expected a source, which says where the densities are from");
    return outer;
}

Precisions precision(core::Object& object, Precisions outer) {
    outer.density = density(object, std::move(outer.density));
    const auto value = object.find("precision");
    if (!value) return outer;
    if (!value->is_map()) {
        outer.weights = outer.activations = layer_precision(*value);
        return outer;
    }
    auto map = value->map();
    if (const auto weights = map.find("weights")) outer.weights = layer_precision(*weights);
    if (const auto activations = map.find("activations")) outer.activations = layer_precision(*activations);
    return outer;
}

Precision any_precision(const core::Value& value) {
    if (value.is_scalar() && value.node().text == "int32") return Precision::int32;
    return layer_precision(value);
}

}  // namespace dyad::arch_space
