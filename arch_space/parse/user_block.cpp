// SPDX-License-Identifier: Apache-2.0
#include "arch_space/parse/user_block.hpp"

#include <fmt/format.h>

#include "arch_space/parse/substitute.hpp"

namespace dyad::arch_space {

UserBlock UserBlock::parse(const std::string& name, const core::Value& value) {
    UserBlock block;
    block.name = name;
    auto map = value.map();
    block.inputs = {"input"};
    if (const auto inputs = map.find("inputs")) {
        block.inputs.clear();
        for (const auto& input : inputs->list()) block.inputs.push_back(input.text());
        if (block.inputs.empty()) inputs->fail("expected at least one input");
    }
    if (const auto parameters = map.find("parameters")) {
        auto entries = parameters->map();
        for (const auto& [key, node] : entries.entries())
            block.parameters.emplace(key, node.is_null() ? std::nullopt : std::optional(node.resolved()));
    }
    block.layers = map.require("layers", "the layers of the block");
    block.resolved = block.layers->resolved();
    return block;
}

std::map<std::string, core::Node> UserBlock::arguments(core::Object& object) const {
    std::map<std::string, core::Node> result;
    for (const auto& [key, fallback] : parameters) {
        const auto given = object.find(key);
        if (given)
            result.emplace(key, given->resolved());
        else if (fallback)
            result.emplace(key, *fallback);
        else
            object.fail(fmt::format("missing key '{}' (a parameter of block '{}')", key, name));
    }
    return result;
}

core::Node UserBlock::body(const std::map<std::string, core::Node>& arguments) const {
    const auto fail = [&](const core::Node& node, const std::string& what) {
        layers->view(node, layers->path()).fail(what);
    };
    return substitute(resolved, arguments, fail);
}

Ref UserBlockCall::build(Builder& builder, const Refs& refs) const {
    if (refs.size() != inputs.size())
        return builder.fail(
            fmt::format("takes {} input{}, found {}", inputs.size(), inputs.size() == 1 ? "" : "s", refs.size()));
    Names names;
    for (std::size_t i = 0; i < refs.size(); ++i) names.emplace(inputs[i], refs[i]);
    return build_items(builder, items, std::move(names), refs.front(), builder.entry().name + ".");
}

}  // namespace dyad::arch_space
