// SPDX-License-Identifier: Apache-2.0
#include "codesign/report/same_macs.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "codesign/evaluation/decode.hpp"
#include "codesign/run/targets.hpp"
#include "core/statistics.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;
constexpr double alike = 0.02;  ///< MACs of a pair differ by no more than this share of the fewer

struct Row {
    std::uint64_t pair = 0;
    double macs = 0, measured = 0, predicted = 0;
};

/// The networks that were both measured and predicted on one target.
std::vector<Row> rows_of(const Run& run, std::size_t target, const std::vector<double>& macs) {
    const auto& experiment = *run.experiment;
    const auto places = by_genome(run.pairs);
    std::vector<Row> rows;
    for (std::size_t i = 0; i < experiment.measured.size(); ++i) {
        const auto& measurement = experiment.measured[i];
        const auto place = places.find(moved(experiment, measurement.genome, target));
        if (std::isnan(measurement.target_seconds[target]) || place == places.end()) continue;
        const auto& pair = run.pairs[place->second];
        if (pair.evaluation.failed()) continue;
        rows.push_back({pair.id, macs[i], measurement.target_seconds[target],
                        pair.evaluation.metrics[static_cast<std::size_t>(Metric::latency)]});
    }
    return rows;
}

Json network_json(const Row& row) {
    return {{"pair", row.pair}, {"macs", row.macs}, {"measured_s", row.measured}, {"predicted_s", row.predicted}};
}

/// The pair with the largest ratio of measured times, the slower first; null when no two have like MACs.
Json widest(const std::vector<Row>& rows) {
    const Row *slow = nullptr, *fast = nullptr;
    for (const auto& a : rows)
        for (const auto& b : rows)
            if (std::abs(a.macs - b.macs) <= alike * std::min(a.macs, b.macs) && a.measured > b.measured &&
                (slow == nullptr || a.measured / b.measured > slow->measured / fast->measured)) {
                slow = &a;
                fast = &b;
            }
    if (slow == nullptr) return nullptr;
    return {{"slower", network_json(*slow)},
            {"faster", network_json(*fast)},
            {"measured_ratio", slow->measured / fast->measured},
            {"predicted_ratio", slow->predicted / fast->predicted}};
}

template <class Get>
std::vector<double> column(const std::vector<Row>& rows, const Get& get) {
    std::vector<double> values;
    for (const auto& row : rows) values.push_back(get(row));
    return values;
}

Json target_json(const std::string& name, const std::vector<Row>& rows) {
    const auto measured = column(rows, [](const Row& r) { return r.measured; });
    return {{"target", name},
            {"networks", rows.size()},
            {"spearman_macs", core::spearman(column(rows, [](const Row& r) { return r.macs; }), measured)},
            {"spearman_predicted", core::spearman(column(rows, [](const Row& r) { return r.predicted; }), measured)},
            {"widest", widest(rows)}};
}

}  // namespace

Json same_macs_json(const Run& run) {
    const auto& experiment = *run.experiment;
    if (experiment.measured.empty() || !has_targets(experiment)) return nullptr;
    std::vector<double> macs;
    for (const auto& measurement : experiment.measured) {
        macs.push_back(0);
        for (const auto& network : decode_networks(experiment, measurement.genome))
            macs.back() += static_cast<double>(network.macs());
    }
    Json list = Json::array();
    for (std::size_t t = 0; t < experiment.targets.size(); ++t) {
        const auto rows = rows_of(run, t, macs);
        if (rows.size() > 2) list.push_back(target_json(experiment.targets[t].name, rows));
    }
    return list;
}

std::string same_macs_markdown(const Json& same_macs) {
    if (same_macs.is_null()) return "";
    std::string text =
        "## Equal MACs, unequal time\n\nThe two networks with MACs within 2 % whose measured times differ most, and "
        "the "
        "rank correlation of MACs and of the prediction with the measured times over all networks.\n\n"
        "| target | MMACs | measured, ms | ratio | predicted, ms | ratio | networks | rank by MACs | rank by "
        "prediction |\n"
        "| --- | --- | --- | ---: | --- | ---: | ---: | ---: | ---: |\n";
    const auto both = [](const Json& widest, const char* key, double scale) {
        return fmt::format("{:.3g}, {:.3g}", scale * widest["slower"][key].get<double>(),
                           scale * widest["faster"][key].get<double>());
    };
    for (const auto& t : same_macs) {
        const auto& w = t["widest"];
        const auto pair = w.is_null() ? std::string("- | - | - | - | -")
                                      : fmt::format("{} | {} | {:.2f} | {} | {:.2f}", both(w, "macs", 1e-6),
                                                    both(w, "measured_s", 1e3), w["measured_ratio"].get<double>(),
                                                    both(w, "predicted_s", 1e3), w["predicted_ratio"].get<double>());
        text += fmt::format("| {} | {} | {} | {:.3f} | {:.3f} |\n", t["target"].get<std::string>(), pair,
                            t["networks"].get<std::size_t>(), t["spearman_macs"].get<double>(),
                            t["spearman_predicted"].get<double>());
    }
    return text + "\n";
}

}  // namespace dyad::codesign
