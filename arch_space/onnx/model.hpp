// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "arch_space/shape.hpp"
#include "core/precision.hpp"

namespace dyad::arch_space::onnx {

/// A tensor that the file holds: its shape, and its values where they are few enough to be part of a shape.
struct Stored {
    Shape shape;
    core::Precision precision = core::Precision::fp32;
    bool whole = false;  ///< whole numbers
    std::optional<std::vector<double>> values;
    std::string turned_from{};  ///< the table of which it is a copy with its axes swapped
};

/// What a node is told besides its inputs. Absent keys give the fallback; a value of another type is a fault.
struct Attribute {
    enum class Kind { integer, number, text, integers, numbers, tensor, other };
    Kind kind = Kind::other;
    std::vector<std::int64_t> integers{};
    std::vector<double> numbers{};
    std::string text{};
    std::optional<Stored> tensor{};
};

struct Node {
    std::string name, op;
    std::vector<std::string> inputs, outputs;  ///< "" = left out
    std::map<std::string, Attribute> attributes{};
    std::string guard{};  ///< of a branch of an If: the value that decides whether it is taken
    bool when = false;    ///< what that has to be

    [[nodiscard]] bool has(const std::string& key) const { return attributes.contains(key); }
    [[nodiscard]] std::int64_t integer(const std::string& key, std::int64_t fallback) const;
    [[nodiscard]] double number(const std::string& key, double fallback) const;
    [[nodiscard]] std::string text(const std::string& key, const std::string& fallback) const;
    [[nodiscard]] std::vector<std::int64_t> integers(const std::string& key) const;

private:
    [[nodiscard]] const Attribute* find(const std::string& key, Attribute::Kind kind, const char* expected) const;
};

/// A size that is not a number has a name, or none.
struct Axis {
    std::optional<std::int64_t> size;
    std::string symbol;
};

struct ModelInput {
    std::string name;
    std::optional<std::vector<Axis>> axes;
    core::Precision precision = core::Precision::fp32;
};

/// The graph, nodes in topological order.
struct Model {
    std::string name, producer;
    std::int64_t opset = 0;
    std::vector<ModelInput> inputs;
    std::vector<std::string> outputs;
    std::vector<Node> nodes;
    std::map<std::string, Stored> stored;
};

/// The name of an operator: as it is in the standard's own domain and ONNX Runtime's; one name for those that people
/// have exported operators on point sets under, in any domain; otherwise DOMAIN::NAME.
[[nodiscard]] std::string operator_name(const std::string& domain, const std::string& type);

/// What is wrong with one node; becomes a core::Error that names it.
struct Fault : std::runtime_error {
    using std::runtime_error::runtime_error;
};

inline constexpr std::uint64_t most_values = 1u << 14;  ///< of a tensor whose values are kept

/// Reads a file. Throws core::Error.
[[nodiscard]] Model read_model(const std::filesystem::path& file);
/// Sorts the nodes topologically. Throws core::Error that names a cycle, or a value that nothing produces.
void sort_nodes(Model& model);

}  // namespace dyad::arch_space::onnx
