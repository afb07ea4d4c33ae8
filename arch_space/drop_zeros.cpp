// SPDX-License-Identifier: Apache-2.0
#include "arch_space/drop_zeros.hpp"

#include <algorithm>

namespace dyad::arch_space {
namespace {

template <class Op>
bool passes_zero(const Op&) {
    return false;
}
bool passes_zero(const Conv& conv) { return !conv.bias; }
bool passes_zero(const Linear& linear) { return !linear.bias; }
bool passes_zero(const Pool&) { return true; }
bool passes_zero(const Normalisation& norm) { return norm.kind == Normalisation::Kind::batch; }
bool passes_zero(const Activation& activation) {
    using Kind = Activation::Kind;
    constexpr Kind others[] = {Kind::sigmoid, Kind::hardsigmoid, Kind::softplus, Kind::exp,
                               Kind::log,     Kind::reciprocal,  Kind::sine};
    return std::ranges::find(others, activation.kind) == std::end(others);
}
bool passes_zero(const Elementwise& join) { return join.kind != Elementwise::Kind::compare; }
bool passes_zero(const Table& table) { return table.kind == Table::Kind::scale; }
bool passes_zero(const Concat&) { return true; }
bool passes_zero(const Reshape&) { return true; }
bool passes_zero(const Transpose&) { return true; }
bool passes_zero(const Resize&) { return true; }

/// Whether two layers come from one entry of the file's layers.
bool same_block(const Layer& a, const Layer& b) {
    return a.block.substr(0, a.block.find('.')) == b.block.substr(0, b.block.find('.'));
}

bool is_sum(const Layer& layer) {
    const auto* join = std::get_if<Elementwise>(&layer.op);
    return join != nullptr && join->kind == Elementwise::Kind::add;
}

class Pruning {
public:
    explicit Pruning(Network network)
        : network_(std::move(network)),
          zero_(network_.layers.size()),
          needed_(network_.layers.size()),
          place_(network_.layers.size()) {}

    Network run() {
        for (std::size_t i = 0; i < zero_.size(); ++i) zero_[i] = is_zero(network_.layers[i]);
        drop_terms();
        mark_outputs();
        for (std::size_t i = needed_.size(); i-- > 0;)
            if (needed_[i]) require_inputs(network_.layers[i]);
        return rebuild();
    }

private:
    [[nodiscard]] bool is_zero(const Layer& layer) const {
        const auto zero = [&](std::size_t input) { return zero_[input] && same_block(layer, network_.layers[input]); };
        return std::holds_alternative<Zero>(layer.op) ||
               (!layer.inputs.empty() && std::ranges::all_of(layer.inputs, zero) &&
                std::visit([](const auto& op) { return passes_zero(op); }, layer.op));
    }

    [[nodiscard]] auto zero_at() const {
        return [this](std::size_t input) { return zero_[input]; };
    }

    /// What nobody reads is an output, as before zeros were dropped.
    void mark_outputs() {
        for (std::size_t i = 0; i < needed_.size(); ++i)
            needed_[i] = !read_[i] || std::holds_alternative<Input>(network_.layers[i].op);
    }

    void drop_terms() {
        read_.assign(network_.layers.size(), false);
        for (auto& layer : network_.layers) {
            for (const auto input : layer.inputs) read_[input] = true;
            if (is_sum(layer) && !std::ranges::all_of(layer.inputs, zero_at())) drop_terms_of(layer);
        }
    }

    void drop_terms_of(Layer& layer) const {
        std::vector<std::size_t> inputs, slots;
        for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
            if (zero_[layer.inputs[k]]) continue;
            inputs.push_back(layer.inputs[k]);
            slots.push_back(layer.input_slots[k]);
        }
        layer.inputs = std::move(inputs);
        layer.input_slots = std::move(slots);
    }

    /// Zeros that something reads are zero times what they come from.
    void require_inputs(Layer& layer) {
        if (is_zero(layer)) {
            auto from = layer.inputs[0], slot = layer.input_slots[0];
            for (; is_zero(network_.layers[from]); from = network_.layers[from].inputs[0])
                slot = network_.layers[from].input_slots[0];
            layer.op = Zero{};
            layer.inputs = {from};
            layer.input_slots = {slot};
            layer.parameters = layer.macs = 0;
        }
        for (const auto input : layer.inputs) needed_[input] = true;
        if (layer.shares.empty()) return;
        const auto owner = std::ranges::find(network_.layers, layer.shares, &Layer::name);
        needed_[static_cast<std::size_t>(owner - network_.layers.begin())] = true;
    }

    /// A sum of one term is that term, unless it spreads it.
    [[nodiscard]] bool alias(const Layer& layer) const {
        return is_sum(layer) && layer.inputs.size() == 1 &&
               network_.layers[layer.inputs[0]].outputs[layer.input_slots[0]] == layer.outputs[0];
    }

    Network rebuild() {
        Network result{network_.name, network_.source, {}};
        for (std::size_t i = 0; i < network_.layers.size(); ++i) {
            if (!needed_[i]) continue;
            auto& layer = network_.layers[i];
            if (alias(layer)) {
                const auto& from = place_[layer.inputs[0]];
                place_[i] = {from.first, from.second + layer.input_slots[0]};
                continue;
            }
            place_[i] = {result.layers.size(), 0};
            for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
                const auto& from = place_[layer.inputs[k]];
                layer.input_slots[k] += from.second;
                layer.inputs[k] = from.first;
            }
            result.layers.push_back(layer);
        }
        return result;
    }

    Network network_;
    std::vector<bool> zero_, needed_, read_;
    std::vector<std::pair<std::size_t, std::size_t>> place_;  ///< layer and slot in the result
};

}  // namespace

Network drop_zeros(Network network) {
    const auto zero = [](const Layer& layer) { return std::holds_alternative<Zero>(layer.op); };
    return std::ranges::any_of(network.layers, zero) ? Pruning(std::move(network)).run() : network;
}

}  // namespace dyad::arch_space
