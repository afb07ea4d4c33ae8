// SPDX-License-Identifier: Apache-2.0
#include "arch_space/fingerprint.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "arch_space/network_json.hpp"
#include "core/document.hpp"

namespace dyad::arch_space {
namespace {

using Texts = std::vector<std::string>;

std::string digest(const Texts& parts) {
    std::string all;
    for (const auto& part : parts) all += part + '\n';
    return core::sha256(all).substr(0, 32);
}

bool commutes(const Layer& layer) {
    const auto* join = std::get_if<Elementwise>(&layer.op);
    return join != nullptr && join->kind != Elementwise::Kind::div && join->kind < Elementwise::Kind::compare;
}
/// A sum of which one term is left hands it on.
bool hands_on(const Layer& layer) { return commutes(layer) && layer.inputs.size() == 1; }

/// What each layer is, without its name and inputs.
Texts kinds(const Network& network) {
    const auto json = to_json(network);
    Texts all;
    auto next = json["layers"].begin();
    for (const auto& layer : network.layers) {
        if (std::holds_alternative<Input>(layer.op)) {
            all.push_back("input " + to_text(layer.outputs[0]) + std::string(core::name(layer.activations)));
            continue;
        }
        auto entry = *next++;
        auto& keys = entry.begin().value();
        keys.erase("name");
        keys.erase("from");
        keys.erase("tied");
        all.push_back(entry.dump());
    }
    return all;
}

/// A layer is told by what it computes from and by what is made of it; the network by its layers.
class Fingerprint {
public:
    explicit Fingerprint(const Network& network)
        : network_(network), kinds_(kinds(network)), from_(kinds_.size()), uses_(kinds_.size()), into_(kinds_.size()) {}

    std::string run() {
        for (std::size_t i = 0; i < kinds_.size(); ++i) from_[i] = origin(i);
        Texts all;
        for (std::size_t i = kinds_.size(); i-- > 0;) {
            std::ranges::sort(uses_[i]);
            into_[i] = digest(uses_[i]);
            tell_inputs(i);
            if (!hands_on(network_.layers[i])) all.push_back(digest({from_[i], into_[i]}));
        }
        std::ranges::sort(all);
        return digest(all);
    }

private:
    [[nodiscard]] std::string origin(std::size_t i) const {
        const auto& layer = network_.layers[i];
        if (hands_on(layer)) return from_[layer.inputs[0]];
        Texts parts;
        for (std::size_t k = 0; k < layer.inputs.size(); ++k)
            parts.push_back(from_[layer.inputs[k]] + "." + std::to_string(layer.input_slots[k]));
        if (commutes(layer)) std::ranges::sort(parts);
        parts.push_back(kinds_[i]);
        if (!layer.shares.empty()) parts.push_back("tied");
        return digest(parts);
    }
    void tell_inputs(std::size_t i) {
        const auto& layer = network_.layers[i];
        for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
            auto& uses = uses_[layer.inputs[k]];
            if (hands_on(layer))
                uses.insert(uses.end(), uses_[i].begin(), uses_[i].end());
            else
                uses.push_back(digest({kinds_[i], into_[i], std::to_string(commutes(layer) ? 0 : k),
                                       std::to_string(layer.input_slots[k])}));
        }
    }

    const Network& network_;
    Texts kinds_, from_;
    std::vector<Texts> uses_;
    Texts into_;
};

}  // namespace

std::string fingerprint(const Network& network) { return Fingerprint(network).run(); }

}  // namespace dyad::arch_space
