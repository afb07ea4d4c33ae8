// SPDX-License-Identifier: Apache-2.0
#include "arch_space/accuracy/network_features.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace dyad::arch_space {
namespace {

constexpr std::size_t most_ways = 256;

/// Ways and how many there are of each, as operators one behind the other.
using Ways = std::map<std::string, double>;

std::string word(const Conv& conv) {
    const bool depthwise = conv.groups > 1 && conv.groups == conv.out;
    return fmt::format("{}{}", conv.transposed ? 't' : depthwise ? 'd' : conv.groups > 1 ? 'g' : 'c', conv.kernel.h);
}
std::string word(const Pool& pool) {
    const char kind = pool.kind == Pool::Kind::max ? 'm' : 'p';
    return pool.global ? std::string(1, kind) : fmt::format("{}{}", kind, pool.kernel.h);
}
std::string word(const Linear&) { return "l"; }
std::string word(const MatMul&) { return "l2"; }
std::string word(const Attention& attention) {
    return fmt::format("a{}{}", attention.window != 0 ? "w" : "", attention.stride != 0 ? "s" : "");
}
std::string word(const Activation& activation) {
    using Kind = Activation::Kind;
    return activation.kind == Kind::relu || activation.kind == Kind::relu6
               ? ""
               : std::string(name(Operator(activation), {}));
}
std::string word(const Elementwise& sum) { return sum.kind == Elementwise::Kind::mul ? "x" : ""; }
std::string word(const Normalisation&) { return ""; }
std::string word(const Input&) { return ""; }
template <class Op>
std::string word(const Op& op) {
    return std::string(name(Operator(op), {}));
}

/// What the layer is on a way; "" for what is left out.
std::string word(const Layer& layer) {
    auto text = std::visit([&](const auto& op) { return word(op); }, layer.op);
    const auto weights = core::bits(layer.weights), activations = core::bits(layer.activations);
    if (layer.macs > 0 && (weights != 8 || activations != 8)) text += fmt::format("@{}/{}", weights, activations);
    return text;
}

/// "stage1[0]" of "stage1[0].edge20.conv0", and "stage1".
std::string copy_of(const std::string& layer) { return layer.substr(0, layer.find('.')); }
std::string block_of(const std::string& copy) { return copy.substr(0, copy.find('[')); }

void add(Ways& to, const Ways& from, const std::string& word) {
    for (const auto& [way, count] : from) {
        auto longer = way.empty() || word.empty() ? way + word : way + " " + word;
        if (to.size() < most_ways || to.contains(longer)) to[std::move(longer)] += count;
    }
}

/// The ways through each copy of each block.
std::map<std::string, Ways> ways_of(const Network& network) {
    std::vector<Ways> ways(network.layers.size());
    std::vector<bool> read_inside(network.layers.size());
    const auto same = [&](std::size_t a, std::size_t b) {
        return copy_of(network.layers[a].name) == copy_of(network.layers[b].name);
    };
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const auto& layer = network.layers[i];
        const auto own = word(layer);
        for (const auto input : layer.inputs) {
            add(ways[i], same(input, i) ? ways[input] : Ways{{"", 1}}, own);
            if (same(input, i)) read_inside[input] = true;
        }
    }
    std::map<std::string, Ways> all;
    for (std::size_t i = 0; i < network.layers.size(); ++i)
        if (!read_inside[i] && !network.layers[i].inputs.empty())
            add(all[copy_of(network.layers[i].name)], ways[i], "");
    return all;
}

struct Counts {
    double convolutions = 0, wide = 0, pools = 0;
};
/// Of a way's words.
Counts count(const std::string& way) {
    Counts counts;
    bool start = true;
    for (std::size_t i = 0; i < way.size(); ++i) {
        const bool kernel = start && i + 1 < way.size() && way[i + 1] >= '0' && way[i + 1] <= '9';
        if (kernel && std::string_view("cdgt").find(way[i]) != std::string_view::npos) {
            ++counts.convolutions;
            if (way[i + 1] != '1') ++counts.wide;
        }
        if (kernel && (way[i] == 'p' || way[i] == 'm')) ++counts.pools;
        start = way[i] == ' ';
    }
    return counts;
}

void add_extents(const std::string& block, const Ways& ways, double share, std::map<std::string, double>& extents) {
    const std::pair<const char*, double Counts::*> kinds[] = {
        {"convolutions", &Counts::convolutions}, {"wide", &Counts::wide}, {"pools", &Counts::pools}};
    double all = 0;
    for (const auto& [way, number] : ways) all += number;
    extents[block + ":ways"] += share * all;
    for (const auto& [kind, member] : kinds) {
        double most = 0, least = 1e9, sum = 0;
        for (const auto& [way, number] : ways) {
            const double here = count(way).*member;
            most = std::max(most, here);
            least = std::min(least, here);
            sum += number * here;
        }
        extents[fmt::format("{}:most {}", block, kind)] += share * (1 + most);  // 0 is a block that is not there
        extents[fmt::format("{}:least {}", block, kind)] += share * (1 + least);
        extents[fmt::format("{}:sum of {}", block, kind)] += share * sum;
    }
}

void add_sizes(const Network& network, std::map<std::string, double>& sizes) {
    sizes["macs"] = std::log(1 + static_cast<double>(network.macs()));
    sizes["parameters"] = std::log(1 + static_cast<double>(network.parameters()));
    for (const auto& layer : network.layers) {
        const auto& shape = layer.outputs.front();
        if (std::holds_alternative<Input>(layer.op)) {
            double elements = 1;
            for (const auto size : shape) elements *= static_cast<double>(size);
            sizes[layer.name + ":elements"] = std::log(elements);
        } else {
            const auto width = shape.size() == 3 ? shape.front() : shape.back();
            sizes[block_of(copy_of(layer.name)) + ":width"] = std::log(static_cast<double>(width));  // the last one's
        }
    }
}

}  // namespace

NetworkFeatures network_features(const Network& network) {
    NetworkFeatures features;
    const auto ways = ways_of(network);
    std::map<std::string, double> copies;
    for (const auto& [copy, all] : ways) ++copies[block_of(copy)];
    for (const auto& [copy, all] : ways) {
        const auto block = block_of(copy);
        const double share = 1 / copies.at(block);
        for (const auto& [way, number] : all)
            features.values[NetworkFeatures::paths][block + ":" + way] += share * number;
        add_extents(block, all, share, features.values[NetworkFeatures::extents]);
    }
    add_sizes(network, features.values[NetworkFeatures::sizes]);
    for (const auto& [block, number] : copies) features.values[NetworkFeatures::sizes][block + ":copies"] = number;
    return features;
}

}  // namespace dyad::arch_space
