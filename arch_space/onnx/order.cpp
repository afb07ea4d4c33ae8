// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <queue>
#include <set>

#include "arch_space/onnx/model.hpp"
#include "core/error.hpp"

namespace dyad::arch_space::onnx {
namespace {

class Sorter {
public:
    explicit Sorter(const Model& model) : model_(model), waits_(model.nodes.size()), readers_(model.nodes.size()) {
        for (const auto& [name, stored] : model.stored) given_.insert(name);
        for (const auto& input : model.inputs) given_.insert(input.name);
        for (std::size_t i = 0; i < model.nodes.size(); ++i) add_outputs(i);
        for (std::size_t i = 0; i < model.nodes.size(); ++i) add_inputs(i);
        for (const auto& name : model.outputs)
            if (!given_.contains(name) && !makers_.contains(name))
                errors_.add(fmt::format("the output '{}' is made by no node", core::shortened(name)));
        errors_.throw_if_any();
    }

    std::vector<std::size_t> sorted() {
        std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
        for (std::size_t i = 0; i < waits_.size(); ++i)
            if (waits_[i] == 0) ready.push(i);
        std::vector<std::size_t> order;
        while (!ready.empty()) {
            order.push_back(ready.top());
            ready.pop();
            for (const auto reader : readers_[order.back()])
                if (--waits_[reader] == 0) ready.push(reader);
        }
        if (order.size() < waits_.size()) throw core::Error("the nodes form a cycle: " + cycle());
        return order;
    }

private:
    void add_outputs(std::size_t i) {
        for (const auto& name : model_.nodes[i].outputs)
            if (!name.empty() && (given_.contains(name) || !makers_.emplace(name, i).second))
                errors_.add(fmt::format("the value '{}' is made twice", core::shortened(name)));
    }
    /// What a node needs: its inputs, and what decides whether it is there at all.
    std::vector<std::string> awaited(std::size_t i) const {
        auto names = model_.nodes[i].inputs;
        names.push_back(model_.nodes[i].guard);
        return names;
    }
    void add_inputs(std::size_t i) {
        for (const auto& name : awaited(i)) {
            if (name.empty() || given_.contains(name)) continue;
            const auto maker = makers_.find(name);
            if (maker == makers_.end()) {
                errors_.add(fmt::format("node '{}' ({}) reads '{}', which nothing makes", model_.nodes[i].name,
                                        model_.nodes[i].op, core::shortened(name)));
                continue;
            }
            readers_[maker->second].push_back(i);
            ++waits_[i];
        }
    }
    /// The nodes that are left wait for one another: walk back until one comes again.
    std::string cycle() const {
        std::vector<std::size_t> path;
        auto at = static_cast<std::size_t>(
            std::find_if(waits_.begin(), waits_.end(), [](std::size_t n) { return n > 0; }) - waits_.begin());
        while (std::find(path.begin(), path.end(), at) == path.end()) {
            path.push_back(at);
            at = waited_for(at);
        }
        std::string text = model_.nodes[at].name;
        for (auto i = path.rbegin(); i != path.rend(); ++i) {
            text += " -> " + model_.nodes[*i].name;
            if (*i == at) break;
        }
        return text;
    }
    std::size_t waited_for(std::size_t i) const {
        for (const auto& name : awaited(i)) {
            const auto maker = makers_.find(name);
            if (maker != makers_.end() && waits_[maker->second] > 0) return maker->second;
        }
        throw std::logic_error("a node that waits for none");
    }

    const Model& model_;
    core::Errors errors_;
    std::set<std::string> given_;
    std::map<std::string, std::size_t> makers_;
    std::vector<std::size_t> waits_;
    std::vector<std::vector<std::size_t>> readers_;
};

/// What needs no input of the graph comes before everything else, so that biases are known where they are added.
void constants_first(Model& model) {
    std::set<std::string> varying;
    for (const auto& input : model.inputs) varying.insert(input.name);
    std::vector<Node> constant, rest;
    for (auto& node : model.nodes) {
        const bool varies = varying.contains(node.guard) ||
                            std::ranges::any_of(node.inputs, [&](const auto& name) { return varying.contains(name); });
        if (varies) varying.insert(node.outputs.begin(), node.outputs.end());
        varying.erase("");  // an output that is left out
        (varies ? rest : constant).push_back(std::move(node));
    }
    constant.insert(constant.end(), std::make_move_iterator(rest.begin()), std::make_move_iterator(rest.end()));
    model.nodes = std::move(constant);
}

}  // namespace

void sort_nodes(Model& model) {
    const auto order = Sorter(model).sorted();
    std::vector<Node> nodes;
    for (const auto i : order) nodes.push_back(std::move(model.nodes[i]));
    model.nodes = std::move(nodes);
    constants_first(model);
}

const Attribute* Node::find(const std::string& key, Attribute::Kind kind, const char* expected) const {
    const auto found = attributes.find(key);
    if (found == attributes.end()) return nullptr;
    if (found->second.kind != kind)
        throw Fault(fmt::format("attribute '{}' is not {}", core::shortened(key), expected));
    return &found->second;
}

std::int64_t Node::integer(const std::string& key, std::int64_t fallback) const {
    const auto* found = find(key, Attribute::Kind::integer, "a whole number");
    return found ? found->integers[0] : fallback;
}

double Node::number(const std::string& key, double fallback) const {
    const auto* found = find(key, Attribute::Kind::number, "a number");
    return found ? found->numbers[0] : fallback;
}

std::string Node::text(const std::string& key, const std::string& fallback) const {
    const auto* found = find(key, Attribute::Kind::text, "a text");
    return found ? found->text : fallback;
}

std::vector<std::int64_t> Node::integers(const std::string& key) const {
    const auto* found = find(key, Attribute::Kind::integers, "a list of whole numbers");
    return found ? found->integers : std::vector<std::int64_t>{};
}

}  // namespace dyad::arch_space::onnx
