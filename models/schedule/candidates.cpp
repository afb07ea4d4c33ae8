// SPDX-License-Identifier: Apache-2.0
#include "models/schedule/candidates.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/error.hpp"
#include "models/schedule/cores.hpp"

namespace dyad::models {
namespace {

using Choices = std::vector<Candidate>;

bool has_fused_members(const Node& node) {
    return node.kernel.epilogue.total() > 0 || std::ranges::any_of(node.reads, &Use::side);
}

/// Whether what is fused into a kernel can ride on this engine: an array or depthwise unit needs an output path; a
/// vector or custom unit computes it like the rest, if it accepts the kernel at all.
bool carries_fused_members(const hw_space::Engine& engine) {
    if (const auto* array = std::get_if<hw_space::PeArray>(&engine)) return array->output_lanes > 0;
    if (const auto* unit = std::get_if<hw_space::DepthwiseUnit>(&engine)) return unit->output_lanes > 0;
    return true;
}

core::Bytes activation_bytes(const Node& node, const std::vector<TensorInfo>& tensors) {
    core::Bytes sum;
    for (const auto& use : node.reads) sum += tensors[use.tensor].bytes();
    for (const auto tensor : node.writes) sum += tensors[tensor].bytes();
    return sum;
}

core::Words words_of(const std::vector<std::size_t>& list, const std::vector<TensorInfo>& tensors) {
    core::Words sum;
    for (const auto tensor : list) sum += tensors[tensor].words;
    return sum;
}

/// Builds the graph that is issued, kernel by kernel, with the candidates of each.
class Splitter {
public:
    Splitter(const Dataflow& given, const hw_space::Accelerator& accelerator, const MapOptions& options,
             const EnergyTable& energy, MapperMemo& memo)
        : given_(given),
          chip_(accelerator),
          options_(options),
          energy_(energy),
          estimator_(accelerator, energy),
          memo_(memo),
          tensors_(given.tensors()) {}

    Candidates run(const std::shared_ptr<const Dataflow>& same) {
        for (const auto& node : given_.nodes()) add(node);
        check();
        if (!split_) return {same, std::move(by_node_)};
        Dataflow graph(given_.name(), given_.batch(), std::move(nodes_), std::move(tensors_));
        return {std::make_shared<const Dataflow>(std::move(graph).with_parameters(given_.parameters())),
                std::move(by_node_)};
    }

private:
    std::shared_ptr<const KernelPlan> map(const Kernel& kernel, std::size_t engine) const {
        if (!accepts(chip_.engines[engine], kernel)) return nullptr;
        return map_on_cores(kernel, chip_, engine, options_, memo_, energy_);
    }

    /// All engines that run the kernel, or only those that do (not) carry fused members.
    Choices choices(const Node& node, std::optional<bool> carrying = {}) const {
        Choices result;
        for (std::size_t e = 0; e < chip_.engines.size(); ++e) {
            if (carrying && carries_fused_members(chip_.engines[e]) != *carrying) continue;
            const auto plan = map(node.kernel, e);
            if (plan) result.push_back({e, plan, estimator_.on_engine(*plan, activation_bytes(node, tensors_))});
        }
        return result;
    }

    /// The cheapest choice, `tail` included; nothing of no choices.
    std::optional<Estimate> best(const Choices& choices, const Estimate& tail = {}) const {
        std::optional<Estimate> least;
        for (const auto& choice : choices) {
            const auto cost = choice.estimate + tail;
            if (!least || score(options_.objective, cost) < score(options_.objective, *least)) least = cost;
        }
        return least;
    }

    void add(const Node& node) {
        if (!has_fused_members(node) || !node.kernel.nest) return keep(node, choices(node));
        auto fused = choices(node, true);
        auto main = bare_of(node);
        const auto bare = choices(main, false);
        if (bare.empty()) return keep(node, std::move(fused));
        auto tail = tail_of(node);
        const auto tail_choices = choices(tail);
        if (tail_choices.empty() && !(chip_.host.rate.count() > 0)) return keep(node, std::move(fused));
        const auto on_host = estimator_.on_host(host_work(tail, tensors_));
        const auto apart = best(bare, best(tail_choices).value_or(on_host));
        const auto together = best(fused);
        if (together && score(options_.objective, *together) <= score(options_.objective, *apart))
            return keep(node, std::move(fused));
        split(std::move(main), std::move(tail), bare, tail_choices);
    }

    void keep(Node node, Choices choices) {
        nodes_.push_back(std::move(node));
        by_node_.push_back(std::move(choices));
    }

    /// The kernel without what is fused into it.
    static Node bare_of(Node node) {
        std::erase_if(node.reads, [](const Use& use) { return use.side; });
        node.kernel.epilogue = {};
        node.kernel.members.resize(std::min<std::size_t>(node.kernel.members.size(), 1));
        return node;
    }

    /// The fused members as a vector kernel that reads and writes the outputs of `node`.
    Node tail_of(const Node& node) const {
        Node tail;
        const auto& main = node.kernel;
        tail.kernel.members.assign(main.members.begin() + (main.members.empty() ? 0 : 1), main.members.end());
        tail.kernel.name = tail.kernel.members.empty() ? main.name + ".epilogue" : tail.kernel.members.front();
        tail.kernel.op = fused_apart;
        tail.kernel.vector = main.epilogue;
        tail.kernel.input_precision = tail.kernel.output_precision = main.output_precision;
        for (const auto tensor : node.writes) tail.reads.push_back({.operand = Operand::inputs, .tensor = tensor});
        for (const auto& use : node.reads)
            if (use.side) tail.reads.push_back(use);
        tail.writes = node.writes;
        tail.kernel.vector_inputs = tail.kernel.vector_outputs = words_of(node.writes, tensors_);
        return tail;
    }

    /// Gives the kernel raw outputs of its own, which the tail turns into the outputs that others read.
    void split(Node main, Node tail, const Choices& bare, const Choices& tail_choices) {
        for (std::size_t i = 0; i < main.writes.size(); ++i) {
            auto raw = tensors_[main.writes[i]];
            raw.name += ".raw";
            main.writes[i] = tail.reads[i].tensor = tensors_.size();
            tensors_.push_back(std::move(raw));
        }
        keep(std::move(main), bare);
        keep(std::move(tail), tail_choices);
        split_ = true;
    }

    void check() const {
        if (chip_.host.rate.count() > 0) return;
        std::string names;
        for (std::size_t n = 0; n < nodes_.size(); ++n) {
            if (!by_node_[n].empty()) continue;
            names += (names.empty() ? "" : ", ") + nodes_[n].kernel.name + " (" + nodes_[n].kernel.op + ")";
        }
        if (names.empty()) return;
        throw core::Error("network '" + given_.name() + "' on accelerator '" + chip_.name +
                          "': no engine accepts, or has a buffer for the smallest tile of, these kernels, and there is "
                          "no host to run them: " +
                          names);
    }

    const Dataflow& given_;
    const hw_space::Accelerator& chip_;
    const MapOptions& options_;
    const EnergyTable& energy_;
    const Estimator estimator_;
    MapperMemo& memo_;
    std::vector<Node> nodes_;
    std::vector<TensorInfo> tensors_;
    std::vector<Choices> by_node_;
    bool split_ = false;
};

}  // namespace

Candidates candidates(const std::shared_ptr<const Dataflow>& dataflow, const hw_space::Accelerator& accelerator,
                      const MapOptions& options, const EnergyTable& energy, MapperMemo& memo) {
    return Splitter(*dataflow, accelerator, options, energy, memo).run(dataflow);
}

}  // namespace dyad::models
