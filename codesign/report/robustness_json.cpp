// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "codesign/report/robustness.hpp"
#include "codesign/report/words.hpp"
#include "codesign/run/targets.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;

std::size_t count(const std::vector<bool>& kept) { return static_cast<std::size_t>(std::ranges::count(kept, true)); }

Json constant_json(const ConstantChange& constant) {
    return {{"name", constant.name},
            {"energy", shortened(constant.energy)},
            {"area", shortened(constant.area)},
            {"kept", {count(constant.kept_low), count(constant.kept_high)}}};
}

/// `, each network's accuracy and robustness within their 90 % intervals (...),`: what is told of networks, where any
/// pair has a spread.
std::string uncertain_figures(const Run& run, const std::vector<PlayedPair>& figures) {
    std::vector<std::string> names;
    for (const auto metric : run.experiment->objectives) {
        const auto spread = [&](const PlayedPair& f) {
            return run.pairs[f.pair].evaluation.spreads[static_cast<std::size_t>(metric)] > 0;
        };
        if (!told_of_network(metric) || std::ranges::none_of(figures, spread)) continue;
        names.emplace_back(info(metric).name);
        std::ranges::replace(names.back(), '_', ' ');
    }
    if (names.empty()) return "";
    const auto last = names.back();
    names.pop_back();
    return fmt::format(", each network's {}{}{} within {} (one error for a network, whatever chip it is on),",
                       fmt::join(names, ", "), names.empty() ? "" : " and ", last,
                       names.empty() ? "its 90 % interval" : "their 90 % intervals");
}

const char* examined_which(const Run& run, const std::vector<PlayedPair>& figures) {
    const auto& targets = run.experiment->targets;
    if (std::ranges::any_of(targets, [](const Target& t) { return t.device != nullptr; })) return ", on chips";
    return figures.size() < run.front.size() ? ", spread evenly over it" : "";
}

Json words(const Run& run, const std::vector<PlayedPair>& figures, const Robustness& robustness) {
    const auto changes = 2 * robustness.constants.size();
    const auto always = std::ranges::count(robustness.kept, changes);
    const auto likely = std::ranges::count_if(robustness.probability, [](double p) { return p >= 0.5; });
    Json lines = Json::array();
    lines.push_back(
        fmt::format("Of the front's {} pairs {} were examined{}. {} of them stay on the front, and within the budgets, "
                    "whichever of the {} cost constants is 20 % lower or higher.",
                    grouped(run.front.size()), grouped(figures.size()), examined_which(run, figures),
                    grouped(static_cast<std::uint64_t>(always)), robustness.constants.size()));
    lines.push_back(fmt::format(
        "A constant is changed for all pairs at once; mappings, traffic and times stay as they are. Pairs are "
        "compared with the others examined{}.",
        has_targets(*run.experiment) ? " on the same target" : ""));
    lines.push_back(fmt::format(
        "{} are truly non-dominated with a probability of one half or more, over {} seeded draws of what might be "
        "true: all cost constants (common to all pairs, nine of ten draws within 20 %){} and each pair's latency "
        "within the difference between closed forms and simulation.",
        grouped(static_cast<std::uint64_t>(likely)), grouped(robustness.draws), uncertain_figures(run, figures)));
    return lines;
}

}  // namespace

Json robustness_json(const Run& run, const std::vector<PlayedPair>& figures, const Robustness& robustness) {
    if (figures.empty() || !run.feasible) return nullptr;
    auto sorted = robustness.constants;
    std::ranges::stable_sort(sorted, {}, [](const ConstantChange& c) {
        return std::pair(count(c.kept_low) + count(c.kept_high), -(c.energy + c.area));
    });
    Json constants = Json::array(), pairs = Json::object();
    for (const auto& constant : sorted) constants.push_back(constant_json(constant));
    for (std::size_t i = 0; i < figures.size(); ++i)
        pairs[std::to_string(run.pairs[figures[i].pair].id)] = {shortened(robustness.probability[i]),
                                                                robustness.kept[i]};
    return {{"words", words(run, figures, robustness)},
            {"of", figures.size()},
            {"draws", robustness.draws},
            {"constants", std::move(constants)},
            {"pairs", std::move(pairs)}};
}

}  // namespace dyad::codesign
