// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "codesign/commands/mapped.hpp"
#include "codesign/commands/mapped_plan.hpp"
#include "models/mapping_file.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;

Json kernel_json(const models::Kernel& kernel) {
    Json dims = Json::object();
    if (kernel.nest)
        for (const auto& dim : kernel.nest->dims) dims[dim.name] = dim.size;
    return {{"name", kernel.name}, {"op", kernel.op}, {"dimensions", dims}, {"macs", kernel.macs()}};
}

Json mapping_json(const Mapped& all) {
    if (!all.mapping) return Json::object();
    Json levels = Json::array();
    for (std::size_t l = 0; l < all.hierarchy.levels.size(); ++l) {
        const auto& level = all.mapping->levels[l];
        Json keeps = Json::array(), loops = Json::array();
        for (const auto operand : models::operands)
            if (level.keeps[static_cast<std::size_t>(operand)]) keeps.push_back(name(operand));
        for (const auto& loop : level.loops)
            loops.push_back({{"dim", all.kernel.nest->dims[loop.dim].name},
                             {"factor", loop.factor},
                             {"axis", loop.axis == models::LoopAxis::temporal ? "time"
                                      : loop.axis == models::LoopAxis::rows   ? "rows"
                                                                              : "cols"}});
        levels.push_back({{"level", all.hierarchy.levels[l].name}, {"keeps", keeps}, {"loops", loops}});
    }
    return {{"levels", levels}};
}

/// Calls `visit(level, operand, counts)` for every level that holds something.
template <class Visit>
void each_level(const Mapped& all, const Visit& visit) {
    for (std::size_t l = 0; l < all.counts.levels.size(); ++l)
        for (const auto operand : models::operands)
            if (const auto& c = all.counts.levels[l][static_cast<std::size_t>(operand)]; c.instances > 0)
                visit(all.hierarchy.levels[l].name, name(operand), c);
}

Table traffic_table(const Mapped& all) {
    Table table({"level", "tensor", "bytes read", "bytes written"});
    for (const auto& row : all.traffic)
        table.add({row.level, name(row.operand), std::to_string(row.read.count()), std::to_string(row.write.count())});
    return table;
}

}  // namespace

Json to_json(const Mapped& all) {
    Json levels = Json::array(), traffic = Json::array();
    each_level(all, [&](const std::string& level, const char* tensor, const models::LevelCounts& c) {
        levels.push_back({{"level", level},
                          {"tensor", tensor},
                          {"instances", c.instances},
                          {"tile_words", c.tile_words},
                          {"reads", c.reads},
                          {"fills", c.fills},
                          {"updates", c.updates}});
    });
    for (const auto& row : all.traffic)
        traffic.push_back({{"level", row.level},
                           {"tensor", name(row.operand)},
                           {"read_bytes", row.read.count()},
                           {"write_bytes", row.write.count()}});
    Json json = {{"schema", "dyad/mapping/1"},
                 {"kernel", kernel_json(all.kernel)},
                 {"engine", all.engine},
                 {"optimal", all.optimal},
                 {"gap", all.gap},
                 {"evaluated", all.evaluated},
                 {"pruned", all.pruned},
                 {"seconds", all.seconds},
                 {"cost",
                  {{"cycles", all.cycles},
                   {"steady_cycles", all.steady},
                   {"energy_j", all.energy.count()},
                   {"edp_js", all.edp()},
                   {"steady_edp_js", all.steady_edp()},
                   {"utilization", all.utilization()}}},
                 {"levels", levels},
                 {"mapping", mapping_json(all)}};
    if (!traffic.empty()) json["traffic"] = traffic;
    if (!all.remarks.empty()) json["remarks"] = all.remarks;
    if (all.plan) json.update({{"plan", plan_json(all)}, {"layout", layout_json(all)}});
    return json;
}

Table levels_table(const Mapped& all) {
    if (!all.kernel.nest) return traffic_table(all);
    Table table({"level", "tensor", "instances", "tile words", "reads", "fills", "updates"});
    each_level(all, [&](const std::string& level, const char* tensor, const models::LevelCounts& c) {
        table.add({level, tensor, std::to_string(c.instances), std::to_string(c.tile_words), std::to_string(c.reads),
                   std::to_string(c.fills), std::to_string(c.updates)});
    });
    return table;
}

std::string to_text(const Mapped& all) {
    auto text =
        fmt::format("{} on {}: {} cycles ({} in steady state), {}, {:.1f} % of the multipliers\n", all.kernel.name,
                    all.engine, all.cycles, all.steady, core::to_text(all.energy), 100 * all.utilization());
    if (!all.optimal && all.evaluated > 1)
        text += all.gap > 0 ? fmt::format("the search was cut short: a mapping up to {:.3g} % better may exist\n",
                                          100 * all.gap)
                            : "the search was cut short: a better mapping may exist\n";
    if (all.optimal)
        text +=
            fmt::format("the best of its space: {} mappings costed, {} ruled out unseen\n", all.evaluated, all.pruned);
    for (const auto& remark : all.remarks) text += "remark: " + remark + "\n";
    text += "\n" + levels_table(all).text();
    if (all.plan) text += "\n" + plan_text(all);
    if (!all.mapping) return text;
    std::vector<std::string> levels;
    for (const auto& level : all.hierarchy.levels) levels.push_back(level.name);
    return text + "\n" + models::mapping_yaml(*all.mapping, *all.kernel.nest, levels);
}

}  // namespace dyad::codesign
