// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "codesign/unit/present.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;

Json optional(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json to_json(const Figures& f) {
    return {{"latency_s", f.latency}, {"energy_j", f.energy}, {"edp_js", f.edp()}, {"area_mm2", f.area}};
}

Json to_json(const Gains& g) { return {{"latency", g.latency}, {"energy", g.energy}, {"edp", g.edp}}; }

Json to_json(const Size& s) { return {{"rows", s.rows}, {"cols", s.cols}, {"buffer_bytes", s.buffer.count()}}; }

Json to_json(const NetworkStudy& n) {
    Json json{{"network", n.network},
              {"without", to_json(n.without)},
              {"with", to_json(n.with)},
              {"gain", to_json(gains_of({n.without}, {n.with}))},
              {"without_in_chains", to_json(n.chained_without)},
              {"with_in_chains", to_json(n.chained_with)},
              {"kernels", n.kernels},
              {"accepted", n.accepted},
              {"moved", Json::array()},
              {"time_share", n.time_share},
              {"macs_share", n.macs_share},
              {"acceleration", n.acceleration},
              {"amdahl_limit", n.limit},
              {"infinitely_fast", n.infinitely_fast},
              {"module_against_file", optional(n.module_gap)},
              {"break_even_time_share", optional(n.break_even)},
              {"break_even_macs_share", optional(n.break_even_macs)},
              {"break_even_time_share_against_larger_chip", optional(n.break_even_array)},
              {"rest", Json::array()}};
    for (const auto& k : n.moved)
        json["moved"].push_back({{"kernel", k.name},
                                 {"op", k.op},
                                 {"from", k.from},
                                 {"macs", k.macs},
                                 {"without_s", k.before},
                                 {"with_s", k.after}});
    for (const auto& b : n.rest)
        json["rest"].push_back({{"engine", b.engine}, {"bound_by", b.by}, {"time_share", b.share}});
    return json;
}

Json to_json(const Study& study, const SizedChip& chip) {
    Json json{{"chip", chip.what},
              {"unit", chip.unit},
              {"budget_mm2", chip.budget},
              {"area_mm2", chip.area},
              {"size", to_json(chip.size)},
              {"sizes_looked_at", chip.looked_at},
              {"gain", to_json(study.gain_of(chip))},
              {"networks", Json::array()}};
    for (std::size_t n = 0; n < study.networks.size(); ++n) {
        auto row = to_json(chip.figures[n]);
        row["network"] = study.networks[n].network;
        json["networks"].push_back(std::move(row));
    }
    return json;
}

Json to_json(const Sensitivity& s) {
    return {{"of", s.what},
            {"factor", s.factor},
            {"area_mm2", s.area},
            {"gain", to_json(s.gains)},
            {"gain_at_equal_area", s.equal_area ? to_json(*s.equal_area) : Json()}};
}

}  // namespace

Json to_json(const Study& study, const core::Manifest& manifest) {
    Json json{{"schema", "dyad/unit/1"},
              {"unit", study.unit},
              {"source", study.source},
              {"accelerator", study.accelerator},
              {"fidelity", study.fidelity},
              {"batch", study.batch},
              {"objective", objective_name(study.objective)},
              {"verdict", study.verdict},
              {"used", study.used()},
              {"area_without_mm2", study.area_without},
              {"area_unit_mm2", study.area_unit},
              {"size", to_json(study.size)},
              {"gain", to_json(study.gains)},
              {"gain_in_chains", to_json(study.chained_gains)},
              {"networks", Json::array()},
              {"equal_area", Json::array()},
              {"sensitivity", Json::array()}};
    for (const auto& network : study.networks) json["networks"].push_back(to_json(network));
    for (const auto& chip : study.sized) json["equal_area"].push_back(to_json(study, chip));
    for (const auto& row : study.sensitivity) json["sensitivity"].push_back(to_json(row));
    json["manifest"] = core::to_json(manifest);
    return json;
}

}  // namespace dyad::codesign
