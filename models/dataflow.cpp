// SPDX-License-Identifier: Apache-2.0
#include "models/dataflow.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/depth_first_search.hpp>
#include <stdexcept>
#include <utility>

#include "core/error.hpp"

namespace dyad::models {
namespace {

/// An edge from each kernel to every kernel whose output it reads: a search finishes producers before consumers.
using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;

/// Who writes a tensor follows from the nodes alone.
void set_producers(const std::vector<Node>& nodes, std::vector<TensorInfo>& tensors) {
    for (auto& tensor : tensors) tensor.producer = TensorInfo::none;
    for (std::size_t n = 0; n < nodes.size(); ++n) {
        for (const auto t : nodes[n].writes) {
            if (t >= tensors.size())
                throw std::logic_error(nodes[n].kernel.name + " writes a tensor that is not there");
            if (tensors[t].producer != TensorInfo::none) throw std::logic_error(tensors[t].name + " is written twice");
            tensors[t].producer = n;
        }
    }
}

/// Consumers in ascending order, each once.
void set_consumers(const std::vector<Node>& nodes, std::vector<TensorInfo>& tensors) {
    for (auto& tensor : tensors) tensor.consumers.clear();
    for (std::size_t n = 0; n < nodes.size(); ++n) {
        for (const auto& use : nodes[n].reads) {
            auto& consumers = tensors[use.tensor].consumers;
            if (consumers.empty() || consumers.back() != n) consumers.push_back(n);
        }
    }
}

/// What a vector kernel moves follows from its tensors, a residual apart.
void set_vector_words(Node& node, const std::vector<TensorInfo>& tensors) {
    if (node.kernel.nest) return;
    node.kernel.vector_inputs = node.kernel.vector_outputs = core::Words();
    for (const auto& use : node.reads)
        if (!use.side) node.kernel.vector_inputs += tensors[use.tensor].words;
    for (const auto t : node.writes) node.kernel.vector_outputs += tensors[t].words;
}

/// Operands that are tensors are as dense as those together; others as the kernel says.
void set_densities(Node& node, const std::vector<TensorInfo>& tensors) {
    std::array<double, 3> words{}, nonzeros{};
    const auto add = [&](Operand operand, std::size_t tensor) {
        const auto count = static_cast<double>(tensors[tensor].words.count());
        words[static_cast<std::size_t>(operand)] += count;
        nonzeros[static_cast<std::size_t>(operand)] += count * tensors[tensor].density;
    };
    for (const auto& use : node.reads)
        if (!use.side) add(use.operand, use.tensor);
    for (const auto t : node.writes) add(Operand::outputs, t);
    for (std::size_t at = 0; at < words.size(); ++at)
        if (nonzeros[at] < words[at]) node.kernel.density[at] = nonzeros[at] / words[at];
}

std::vector<std::size_t> producers_of(const Node& node, const std::vector<TensorInfo>& tensors) {
    std::vector<std::size_t> producers;
    for (const auto& use : node.reads) {
        if (use.tensor >= tensors.size())
            throw std::logic_error(node.kernel.name + " reads a tensor that is not there");
        const auto producer = tensors[use.tensor].producer;
        if (producer != TensorInfo::none && std::ranges::find(producers, producer) == producers.end())
            producers.push_back(producer);
    }
    return producers;
}

Graph graph_of(const std::vector<Node>& nodes, const std::vector<TensorInfo>& tensors) {
    Graph graph(nodes.size());
    for (std::size_t n = 0; n < nodes.size(); ++n)
        for (const auto producer : producers_of(nodes[n], tensors)) boost::add_edge(n, producer, graph);
    return graph;
}

/// Depth-first search in file order: nodes finish after all they read, so a file that is already sorted keeps its
/// order. Stops at the first cycle, which it leaves in `cycle` in the direction of the data.
class SortVisitor : public boost::default_dfs_visitor {
public:
    struct Result {
        std::vector<std::size_t> order, cycle;
    };
    SortVisitor(std::size_t nodes, Result& result) : reached_from_(nodes), result_(&result) {}

    void tree_edge(Graph::edge_descriptor edge, const Graph&) { reached_from_[edge.m_target] = edge.m_source; }
    void finish_vertex(std::size_t node, const Graph&) { result_->order.push_back(node); }
    void back_edge(Graph::edge_descriptor edge, const Graph&) {
        if (!result_->cycle.empty()) return;
        for (auto node = edge.m_source; node != edge.m_target; node = reached_from_[node])
            result_->cycle.push_back(node);
        result_->cycle.push_back(edge.m_target);
    }

private:
    std::vector<std::size_t> reached_from_;
    Result* result_;
};

/// "a -> b -> a", from the cycle's first node in the file.
std::string text_of(std::vector<std::size_t> cycle, const std::vector<Node>& nodes) {
    std::ranges::rotate(cycle, std::ranges::min_element(cycle));
    std::string text;
    for (const auto node : cycle) text += nodes[node].kernel.name + " -> ";
    return text + nodes[cycle.front()].kernel.name;
}

std::vector<std::size_t> topological_order(const std::string& name, const std::vector<Node>& nodes,
                                           const std::vector<TensorInfo>& tensors) {
    const auto graph = graph_of(nodes, tensors);
    SortVisitor::Result result;
    boost::depth_first_search(graph, boost::visitor(SortVisitor(nodes.size(), result)));
    if (!result.cycle.empty())
        throw core::Error("network '" + name + "': the graph has a cycle: " + text_of(result.cycle, nodes));
    return result.order;
}

}  // namespace

Dataflow::Dataflow(std::string name, std::uint64_t batch, std::vector<Node> nodes, std::vector<TensorInfo> tensors)
    : name_(std::move(name)), batch_(batch), tensors_(std::move(tensors)) {
    set_producers(nodes, tensors_);
    const auto order = topological_order(name_, nodes, tensors_);
    nodes_.reserve(nodes.size());
    for (const auto node : order) nodes_.push_back(std::move(nodes[node]));
    set_producers(nodes_, tensors_);
    set_consumers(nodes_, tensors_);
    for (auto& node : nodes_) {
        set_vector_words(node, tensors_);
        set_densities(node, tensors_);
    }
    for (const auto& node : nodes_) parameters_ += node.kernel.parameters;
}

std::vector<std::size_t> Dataflow::predecessors(std::size_t node) const {
    auto result = producers_of(nodes_.at(node), tensors_);
    std::ranges::sort(result);
    return result;
}

std::uint64_t Dataflow::macs() const {
    std::uint64_t sum = 0;
    for (const auto& node : nodes_) sum += node.kernel.macs();
    return sum;
}

core::Bytes Dataflow::weight_bytes() const {
    core::Bytes sum;
    for (const auto& node : nodes_) sum += node.kernel.weight_bytes;
    return sum;
}

core::Bytes Dataflow::peak_activation_bytes() const {
    // Bytes that come to life when a node starts, and those that die when it has finished.
    std::vector<core::Bytes> born(nodes_.size() + 1), dead(nodes_.size() + 1);
    for (const auto& tensor : tensors_) {
        born[tensor.producer == TensorInfo::none ? 0 : tensor.producer] += tensor.bytes();
        dead[tensor.consumers.empty() ? nodes_.size() : tensor.consumers.back()] += tensor.bytes();
    }
    core::Bytes live, peak;
    for (std::size_t node = 0; node <= nodes_.size(); ++node) {
        live += born[node];
        peak = std::max(peak, live + (node < nodes_.size() ? nodes_[node].kernel.held : core::Bytes()));
        live -= dead[node];
    }
    return peak;
}

Dataflow Dataflow::with_parameters(std::uint64_t parameters) const& {
    return Dataflow(*this).with_parameters(parameters);
}

Dataflow Dataflow::with_parameters(std::uint64_t parameters) && {
    parameters_ = parameters;
    return std::move(*this);
}

}  // namespace dyad::models
