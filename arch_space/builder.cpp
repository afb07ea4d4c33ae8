// SPDX-License-Identifier: Apache-2.0
#include "arch_space/builder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "arch_space/drop_zeros.hpp"

namespace dyad::arch_space {
namespace {

void check_size(const Shapes& outputs) {
    for (const auto& shape : outputs) {
        (void)elements(shape);
        for (const auto size : shape)
            if (size > max_dimension)
                throw BadShape(fmt::format("too large: {} has an axis beyond {}", to_text(shape), max_dimension));
    }
}

/// Bits of the weights table that operators of two kinds have in common: rows and columns, in either order.
bool same_table(const Layer& owner, const Layer& user) {
    const auto* embedding = std::get_if<Embedding>(&owner.op);
    const auto* linear = std::get_if<Linear>(&user.op);
    if (embedding != nullptr && linear != nullptr) return linear->out == embedding->entries && !linear->bias;
    return owner.op.index() == user.op.index();
}

}  // namespace

Builder::Entry Builder::part(const std::string& part) const {
    auto entry = entry_;
    entry.name += "." + part;
    return entry;
}

Ref Builder::fail(const std::string& what) const {
    fail(entry_.name, what);
    return {};
}

void Builder::fail(const std::string& layer, const std::string& what) const {
    const bool inner = layer.find_first_of(".[") != std::string::npos;
    entry_.at->fail(inner ? layer + ": " + what : what);
}

Ref Builder::add(Operator op, const Refs& inputs, std::string_view part, const std::string& tied) {
    if (full()) return fail(fmt::format("more than {} layers", max_layers));
    Layer layer;
    Shapes in;
    for (const auto& ref : inputs) {
        if (!ref.valid()) return {};
        layer.inputs.push_back(ref.layer);
        layer.input_slots.push_back(ref.slot);
        in.push_back(shape(ref));
    }
    layer.name = part.empty() ? entry_.name : fmt::format("{}.{}", entry_.name, part);
    layer.block = entry_.block;
    layer.weights = entry_.precision.weights;
    layer.activations = entry_.precision.activations;
    layer.density = entry_.precision.density;
    layer.op = resolve(std::move(op), in);
    if (!count(layer, in) || !tie(layer, tied)) return {};
    network_.layers.push_back(std::move(layer));
    return {network_.layers.size() - 1, 0};
}

bool Builder::count(Layer& layer, const Shapes& in) try {
    layer.outputs = infer(layer.op, in);
    check_size(layer.outputs);
    layer.parameters = arch_space::parameters(layer.op, in);
    layer.macs = arch_space::macs(layer.op, in);
    (void)work(layer.op, in, layer.outputs);
    if (layer.parameters > max_elements) throw BadShape(fmt::format("too large: {} parameters", layer.parameters));
    parameters_ += layer.parameters;
    macs_ += layer.macs;
    if (parameters_ > max_elements || macs_ > max_operations) throw BadShape("too large: the network up to here");
    return true;
} catch (const BadShape& bad) {
    fail(layer.name, bad.what());
    return false;
}

bool Builder::tie(Layer& layer, const std::string& tied) const {
    if (tied.empty()) return true;
    const auto owner = std::ranges::find(network_.layers, tied, &Layer::name);
    if (owner == network_.layers.end()) {
        fail(fmt::format("tied to '{}', which is no layer before it", tied));
    } else if (!same_table(*owner, layer) || owner->parameters != layer.parameters) {
        fail(fmt::format("tied to '{}', whose weights have another shape ({} values, expected {})", tied,
                         owner->parameters, layer.parameters));
    } else {
        layer.shares = owner->shares.empty() ? tied : owner->shares;
        layer.parameters = 0;
        return true;
    }
    return false;
}

Network Builder::finish(std::string name, std::string source) && {
    network_.name = std::move(name);
    network_.source = std::move(source);
    return drop_zeros(std::move(network_));
}

}  // namespace dyad::arch_space
