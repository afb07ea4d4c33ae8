// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "arch_space/operators.hpp"
#include "core/precision.hpp"
#include "models/dataflow.hpp"

namespace dyad::core {
class Value;
struct Document;
}  // namespace dyad::core

namespace dyad::arch_space {

/// Fractions of non-zeros of a layer's weights and of what it puts out, and where they are from.
struct Densities {
    double weights = 1, activations = 1;
    std::string source;
};

/// One operator of a network, with its shapes worked out. Batch is not part of a shape.
struct Layer {
    std::string name;
    std::string block;  ///< the block it came from ("layer4[1].inverted_residual"), "" at top level
    Operator op;
    std::vector<std::size_t> inputs;       ///< layers
    std::vector<Shape> outputs;            ///< usually one; split has several
    std::vector<std::size_t> input_slots;  ///< which output of each input layer
    core::Precision weights = core::Precision::int8, activations = core::Precision::int8;
    Densities density{};
    std::uint64_t parameters = 0;
    std::uint64_t macs = 0;  ///< per sample
    std::string shares;      ///< layer whose weights it uses (tied weights), "" = its own
};

/// A network as a list of layers in topological order. Immutable, and valid once parsed.
struct Network {
    std::string name;
    std::string source;  ///< variant and where it is from
    std::vector<Layer> layers;
    [[nodiscard]] std::uint64_t parameters() const;  ///< learned values, tied weights once
    [[nodiscard]] std::uint64_t macs() const;        ///< per sample
};

/// Reads a network (interfaces.md, "Network file"). Records every error in value.errors(); returns nothing then.
[[nodiscard]] std::optional<Network> parse_network(const core::Value& value);
/// Reads a file without choices. Throws core::Error with all its errors.
[[nodiscard]] Network read_network(const core::Document& document);

struct LowerOptions {
    std::uint64_t batch = 1;
    bool fusion = true;  ///< normalisation, activation and residual addition ride on the kernel before them
};

/// Lowers to kernels. Throws core::Error naming all operators that cannot be costed.
[[nodiscard]] models::Dataflow lower(const Network& network, const LowerOptions& options);

}  // namespace dyad::arch_space
