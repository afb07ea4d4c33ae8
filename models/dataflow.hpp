// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "models/kernel.hpp"

namespace dyad::models {

/// A tensor that travels between kernels. Whole batch.
struct TensorInfo {
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    std::string name;
    core::Words words;
    core::Precision precision = core::Precision::int8;
    std::size_t producer = none;           ///< kernel; none = input of the network
    std::vector<std::size_t> consumers{};  ///< kernels; empty = output of the network
    double density = 1;                    ///< fraction of non-zeros
    [[nodiscard]] core::Bytes bytes() const { return core::bytes_of(words, precision); }
};

/// One use of a tensor by a kernel.
struct Use {
    /// Which operand of the nest it feeds. A product of two activations reads its right one as `weights`; the residual
    /// of a fused addition and the inputs of vector kernels are `inputs` beside the first (`side` true for the
    /// residual).
    Operand operand = Operand::inputs;
    std::size_t tensor = 0;
    bool side = false;
};

struct Node {
    Kernel kernel;
    std::vector<Use> reads;
    std::vector<std::size_t> writes;  ///< tensors; usually one
};

/// A lowered network: a directed acyclic graph of kernels and the tensors between them (Boost.Graph inside). Immutable.
/// Nodes are in topological order, the order of the network file among equals.
class Dataflow {
public:
    /// Sorts `nodes` topologically (renumbering producers and consumers). Throws core::Error naming the cycle.
    Dataflow(std::string name, std::uint64_t batch, std::vector<Node> nodes, std::vector<TensorInfo> tensors);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::uint64_t batch() const { return batch_; }
    [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }
    [[nodiscard]] const std::vector<TensorInfo>& tensors() const { return tensors_; }
    [[nodiscard]] std::vector<std::size_t> predecessors(std::size_t node) const;
    [[nodiscard]] std::uint64_t macs() const;
    [[nodiscard]] std::uint64_t parameters() const { return parameters_; }
    [[nodiscard]] core::Bytes weight_bytes() const;
    /// Largest sum of live activation tensors over the order of nodes(); views and in-place work are not assumed.
    [[nodiscard]] core::Bytes peak_activation_bytes() const;
    /// Learned values of the network (tied weights once); set by the lowering when it differs from the kernels' sum.
    [[nodiscard]] Dataflow with_parameters(std::uint64_t parameters) const&;
    [[nodiscard]] Dataflow with_parameters(std::uint64_t parameters) &&;

private:
    std::string name_;
    std::uint64_t batch_ = 1;
    std::vector<Node> nodes_;
    std::vector<TensorInfo> tensors_;
    std::uint64_t parameters_ = 0;
};

}  // namespace dyad::models
