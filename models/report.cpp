// SPDX-License-Identifier: Apache-2.0
#include "models/report.hpp"

#include <nlohmann/json.hpp>

namespace dyad::models {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const EnergyParts& energy) {
    return {{"mac", energy.mac.count()},   {"register", energy.reg.count()},    {"buffer", energy.buffer.count()},
            {"dram", energy.dram.count()}, {"network", energy.network.count()}, {"leakage", energy.leakage.count()}};
}

Json to_json(const Traffic& row) {
    return {{"level", row.level},
            {"tensor", name(row.operand)},
            {"read_bytes", row.read.count()},
            {"write_bytes", row.write.count()}};
}

Json to_json(const Stalls& stalls) {
    return {{"prefetch", stalls.prefetch.count()}, {"loads", stalls.loads.count()}, {"stores", stalls.stores.count()},
            {"ports", stalls.ports.count()},       {"drain", stalls.drain.count()}, {"row_misses", stalls.row_misses}};
}

Json to_json(const ChainReport& chain) {
    return {{"engines", chain.engines},
            {"tiles", chain.tiles},
            {"rows", chain.rows},
            {"cols", chain.cols},
            {"halo", chain.cached ? "cached" : "recomputed"},
            {"recomputed_macs", chain.recomputed_macs},
            {"held_bytes", chain.held.count()}};
}

Json to_json(const KernelReport& kernel) {
    auto traffic = Json::array();
    for (const auto& row : kernel.traffic) traffic.push_back(to_json(row));
    Json json = {{"name", kernel.name},
                 {"op", kernel.op},
                 {"engine", kernel.engine},
                 {"start_s", kernel.start.count()},
                 {"latency_s", kernel.latency.count()},
                 {"cycles", kernel.cycles.count()},
                 {"stall_cycles", kernel.stall_cycles.count()},
                 {"macs", kernel.macs},
                 {"utilization", kernel.utilization},
                 {"energy_j", kernel.energy.total().count()},
                 {"energy", to_json(kernel.energy)},
                 {"traffic", traffic},
                 {"members", kernel.members},
                 {"bound_by", kernel.bound_by}};
    if (kernel.density != std::array{1.0, 1.0, 1.0})
        for (const auto operand : operands)
            json["density"][name(operand)] = kernel.density[static_cast<std::size_t>(operand)];
    if (kernel.stalls) json["stalls"] = to_json(*kernel.stalls);
    if (kernel.chain) json["chain"] = to_json(*kernel.chain);
    return json;
}

Json totals_json(const Report& report) {
    return {{"latency_s", report.latency.count()},
            {"cycles", report.cycles.count()},
            {"energy_j", report.energy.count()},
            {"power_w", report.power.count()},
            {"area_mm2", report.area.count()},
            {"macs", report.macs},
            {"parameters", report.parameters},
            {"utilization", report.utilization},
            {"weight_bytes", report.weight_bytes.count()},
            {"peak_activation_bytes", report.peak_activation_bytes.count()},
            {"dram_read_bytes", report.dram_read.count()},
            {"dram_write_bytes", report.dram_write.count()}};
}

/// A device that we do not design has neither an energy nor an area that we know.
void forget_energy_and_area(Json& json) {
    for (const auto* key : {"energy_j", "power_w", "area_mm2"}) json["totals"][key] = nullptr;
    for (auto& kernel : json["kernels"]) kernel["energy_j"] = kernel["energy"] = nullptr;
}

}  // namespace

std::string_view name(Fidelity fidelity) {
    switch (fidelity) {
        case Fidelity::analytic:
            return "analytic";
        case Fidelity::systemc:
            return "systemc";
        case Fidelity::cycle:
            return "cycle";
        case Fidelity::calibrated:
            break;
    }
    return "calibrated";
}

nlohmann::ordered_json to_json(const Report& report, const core::Manifest& manifest) {
    auto kernels = Json::array();
    for (const auto& kernel : report.kernels) kernels.push_back(to_json(kernel));
    Json json{{"schema", "dyad/simulation/1"},
              {"network", report.network},
              {"accelerator", report.accelerator},
              {"fidelity", name(report.fidelity)},
              {"batch", report.batch},
              {"totals", totals_json(report)},
              {"kernels", kernels},
              {"manifest", core::to_json(manifest)}};
    for (const auto& unit : report.plugins)
        json["plugins"].push_back({{"unit", unit.unit},
                                   {"file_cycles", unit.file.count()},
                                   {"module_cycles", unit.module.count()},
                                   {"gap", unit.relative()}});
    if (report.fidelity == Fidelity::calibrated) forget_energy_and_area(json);
    return json;
}

}  // namespace dyad::models
