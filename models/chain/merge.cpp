// SPDX-License-Identifier: Apache-2.0
#include "models/chain/merge.hpp"

#include <algorithm>
#include <utility>

namespace dyad::models::chain {
namespace {

constexpr auto none = static_cast<std::size_t>(-1);

Kernel merged_kernel(const std::vector<const Kernel*>& members, core::Bytes held) {
    const auto& first = *members.front();
    const auto& most = **std::ranges::max_element(members, {}, [](const Kernel* k) { return k->macs(); });
    Kernel kernel;
    kernel.name = first.name + ".." + members.back()->name;
    kernel.op = most.op;
    kernel.weight_precision = most.weight_precision;
    kernel.input_precision = first.input_precision;
    kernel.output_precision = members.back()->output_precision;
    kernel.held = held;
    kernel.density = {most.density[0], first.density[1], members.back()->density[2]};
    for (const auto* member : members) {
        kernel.members.insert(kernel.members.end(), member->members.begin(), member->members.end());
        kernel.parameters += member->parameters;
        kernel.weight_bytes += member->weight_bytes;
        kernel.chain.push_back(*member);
    }
    return kernel;
}

Node merged_node(const Dataflow& dataflow, const Choice& choice) {
    const auto& nodes = dataflow.nodes();
    std::vector<const Kernel*> kernels;
    for (const auto n : choice.nodes) kernels.push_back(&nodes[n].kernel);
    Node node{merged_kernel(kernels, choice.candidate.plan->chain->held), nodes[choice.nodes.front()].reads,
              nodes[choice.nodes.back()].writes};
    for (const auto& use : nodes[choice.nodes.back()].reads)
        if (use.side) node.reads.push_back(use);
    return node;
}

/// Without the tensors that nobody makes or reads any more.
void drop_inner_tensors(std::vector<Node>& nodes, std::vector<TensorInfo>& tensors, const std::vector<bool>& inner) {
    std::vector<std::size_t> place(tensors.size(), none);
    std::vector<TensorInfo> kept;
    for (std::size_t t = 0; t < tensors.size(); ++t) {
        if (inner[t]) continue;
        place[t] = kept.size();
        kept.push_back(std::move(tensors[t]));
    }
    tensors = std::move(kept);
    for (auto& node : nodes) {
        for (auto& use : node.reads) use.tensor = place[use.tensor];
        for (auto& tensor : node.writes) tensor = place[tensor];
    }
}

}  // namespace

Candidates merge(const Candidates& found, const std::vector<Choice>& chains) {
    const auto& dataflow = *found.dataflow;
    std::vector<const Choice*> ends(dataflow.nodes().size());
    std::vector<bool> gone(dataflow.nodes().size()), inner(dataflow.tensors().size());
    for (const auto& chain : chains) {
        ends[chain.nodes.back()] = &chain;
        for (const auto n : chain.nodes) {
            gone[n] = n != chain.nodes.back();
            if (gone[n]) inner[dataflow.nodes()[n].writes.front()] = true;
        }
    }
    Candidates result;
    std::vector<Node> nodes;
    for (std::size_t n = 0; n < ends.size(); ++n) {
        if (gone[n]) continue;
        nodes.push_back(ends[n] ? merged_node(dataflow, *ends[n]) : dataflow.nodes()[n]);
        result.by_node.push_back(ends[n] ? std::vector{ends[n]->candidate} : found.by_node[n]);
    }
    auto tensors = dataflow.tensors();
    drop_inner_tensors(nodes, tensors, inner);
    Dataflow graph(dataflow.name(), dataflow.batch(), std::move(nodes), std::move(tensors));
    result.dataflow = std::make_shared<const Dataflow>(std::move(graph).with_parameters(dataflow.parameters()));
    return result;
}

}  // namespace dyad::models::chain
