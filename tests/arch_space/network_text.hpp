// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "arch_space/network.hpp"
#include "core/document.hpp"
#include "core/error.hpp"
#include "core/files.hpp"

namespace dyad::arch_space {

/// The network that `text` describes, as file `net.yaml`.
inline Network parse(const std::string& text) { return read_network(*core::parse_document(text, "net.yaml")); }

/// A network of the given layers on one input.
inline Network parse(const std::string& input, const std::string& layers) {
    return parse("network: net\ninput: {x: " + input + "}\nlayers: " + layers + "\n");
}

/// All messages that reading `text` ends with, a line each; "" when it is read without.
inline std::string errors_of(const std::string& text) {
    try {
        (void)parse(text);
    } catch (const core::Error& error) {
        return error.what();
    }
    return "";
}

inline std::string errors_of(const std::string& input, const std::string& layers) {
    return errors_of("network: net\ninput: {x: " + input + "}\nlayers: " + layers + "\n");
}

inline Network read_config(const std::string& name) {
    return read_network(*core::read_document(std::string(DYAD_SOURCE_DIR) + "/configs/networks/" + name + ".yaml"));
}

/// The layer called `name`.
inline const Layer& layer(const Network& network, const std::string& name) {
    const auto found = std::ranges::find(network.layers, name, &Layer::name);
    REQUIRE_MESSAGE(found != network.layers.end(), "no layer " << name);
    return *found;
}

/// How often an elementary operation occurs.
inline std::uint64_t count(const models::VectorWork& work, hw_space::VectorOp op) {
    return work.operations[static_cast<std::size_t>(op)];
}

}  // namespace dyad::arch_space
