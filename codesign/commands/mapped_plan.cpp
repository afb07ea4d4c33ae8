// SPDX-License-Identifier: Apache-2.0
#include "codesign/commands/mapped_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/document.hpp"
#include "models/plan_file.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;
using models::mapper::Role;
using models::mapper::RoleLayout;

const char* name(Role role) {
    return role == Role::groups    ? "groups"
           : role == Role::window  ? "window"
           : role == Role::filters ? "filters"
                                   : "pixels";
}

const char* name(models::LoopAxis axis) { return axis == models::LoopAxis::rows ? "rows" : "columns"; }

Json sizes_json(const RoleLayout::Sizes& sizes) {
    Json all = Json::object();
    for (const auto& [dim, size] : sizes) all[dim] = size;
    return all;
}

std::string sizes_text(const RoleLayout::Sizes& sizes) {
    std::vector<std::string> all;
    for (const auto& [dim, size] : sizes) all.push_back(fmt::format("{} {}", dim, size));
    return fmt::format("{}", fmt::join(all, ", "));
}

std::string side_by_side(const RoleLayout& role) {
    auto text = sizes_text(role.unrolled);
    if (role.together == 1) return text;
    if (!text.empty()) text += ", ";
    text += std::to_string(role.together);
    return role.axis == models::LoopAxis::temporal ? text : text + " " + name(role.axis);
}

std::string roles_text(const Mapped& all) {
    Table table({"role", "in a tile", "side by side", "in an element", "one after another"});
    for (const auto& role : all.layout)
        if (!role.tile.empty())
            table.add({name(role.role), sizes_text(role.tile), side_by_side(role), std::to_string(role.kept),
                       fmt::format("{} {}", role.steps, role.streamed ? "streamed" : "folds")});
    return table.text();
}

Json roles_json(const Mapped& all) {
    Json roles = Json::array();
    for (const auto& role : all.layout) {
        roles.push_back({{"role", name(role.role)},
                         {"tile", sizes_json(role.tile)},
                         {"unrolled", sizes_json(role.unrolled)},
                         {"side_by_side", role.together}});
        if (role.axis != models::LoopAxis::temporal) roles.back()["axis"] = name(role.axis);
        roles.back().update({{"in_an_element", role.kept}, {role.streamed ? "streamed" : "folds", role.steps}});
    }
    return {{"roles", roles}};
}

/// Letter, value and meaning (Chen et al., JSSC 2017, table I).
std::vector<std::tuple<std::string, std::uint64_t, const char*>> letters(const models::PassMapping& passes) {
    return {{"m", passes.m, "filters whose sums the buffer holds"},
            {"n", passes.n, "images at a time"},
            {"e", passes.e, "rows of outputs in a strip"},
            {"p", passes.p, "filters in an element"},
            {"q", passes.q, "channels in an element"},
            {"r", passes.r, "sets side by side for other channels"},
            {"t", passes.t, "sets side by side for other filters"},
            {"folds", passes.folds, "of a filter with more rows than the array"}};
}

std::uint64_t elements(const models::Kernel& kernel) {
    return std::max(kernel.vector_inputs.count(), kernel.vector_outputs.count());
}

}  // namespace

Json plan_json(const Mapped& all) {
    const auto& plan = *all.plan;
    Json json = {{"engine", all.engine}};
    if (plan.passes) {
        for (const auto& [letter, value, meaning] : letters(*plan.passes))
            if (letter != "folds") json["passes"][letter] = value;
    } else if (all.kernel.nest) {
        json["loops"] = Json::array();
        for (const auto& loop : plan.order.loops)
            json["loops"].push_back({{all.kernel.nest->dims[loop.dim].name, loop.trips}});
    } else {
        json["chunks"] = models::totals(plan.tiles).tiles;
    }
    return json;
}

Json layout_json(const Mapped& all) {
    const auto& plan = *all.plan;
    Json json;
    if (plan.passes)
        json = {{"folds", plan.passes->folds}, {"active_elements", plan.used_macs_per_cycle}};
    else if (all.kernel.nest)
        json = roles_json(all);
    else
        json = {{"elements_in_a_chunk", core::ceil_div(elements(all.kernel), models::totals(plan.tiles).tiles)}};
    return json;
}

std::string plan_text(const Mapped& all) {
    const auto& plan = *all.plan;
    const auto decided = models::plan_yaml(plan, all.kernel, all.engine);
    if (plan.passes) {
        Table table({"passes", "", ""});
        for (const auto& [letter, value, meaning] : letters(*plan.passes))
            table.add({letter, std::to_string(value), meaning});
        return table.text() + "\n" + decided;
    }
    if (all.kernel.nest) return roles_text(all) + "\n" + decided;
    return decided;
}

}  // namespace dyad::codesign
