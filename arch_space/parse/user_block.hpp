// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "arch_space/parse/layers.hpp"

namespace dyad::arch_space {

/// A block that a file defines under `blocks:`:
///   ghost:
///     inputs: [input]               # names its layers read it by; `input` alone if absent
///     parameters: {out: , ratio: 2}  # without a value: must be given
///     layers: [...]                 # `$out` stands for an argument; the last layer is the output
struct UserBlock {
    std::string name;
    std::vector<std::string> inputs;
    std::map<std::string, std::optional<core::Node>> parameters;
    std::optional<core::Value> layers;
    core::Node resolved;  ///< the layers, choices resolved

    [[nodiscard]] static UserBlock parse(const std::string& name, const core::Value& value);
    /// Every parameter with the value given in `object`, or its default. Misses one that has neither, an error by then.
    [[nodiscard]] std::map<std::string, core::Node> arguments(core::Object& object) const;
    [[nodiscard]] core::Node body(const std::map<std::string, core::Node>& arguments) const;
};

/// One use of it, arguments filled in.
struct UserBlockCall {
    std::vector<std::string> inputs;
    std::vector<Item> items;
    Ref build(Builder& builder, const Refs& refs) const;
};

}  // namespace dyad::arch_space
