// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "codesign/compare/compare.hpp"
#include "codesign/run/csv.hpp"
#include "codesign/run/pair_text.hpp"
#include "core/files.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
std::string cell(double value) { return std::isfinite(value) ? fmt::format("{}", value) : ""; }
std::string shown(double value) { return std::isfinite(value) ? fmt::format("{:.4g}", value) : "none"; }

/// Below six values even their whole range covers the median with less than 95 %.
const char* interval_name(std::size_t seeds) { return seeds < 6 ? "range" : "95 % interval"; }
std::size_t seeds_of(const StrategyComparison& comparison) { return comparison.trials.size() / all_strategies.size(); }

struct Figure {
    const char* name;
    double Trial::*value;
};
constexpr Figure figures[]{
    {"hypervolume", &Trial::hypervolume}, {"edp", &Trial::edp}, {"violations", &Trial::violations}};

/// Seeds with which the strategy found a pair that counts.
std::size_t found(const StrategyComparison& comparison, Strategy strategy) {
    const auto values = comparison.values(strategy, &Trial::edp);
    return static_cast<std::size_t>(std::ranges::count_if(values, [](double v) { return std::isfinite(v); }));
}

Json summary(const StrategyComparison& comparison, Strategy strategy) {
    Json json{{"strategy", name(strategy)}};
    for (const auto& figure : figures) {
        const auto values = comparison.values(strategy, figure.value);
        const auto interval = median_interval(values);
        json[figure.name] = {
            {"median", number(median(values))}, {"low", number(interval.low)}, {"high", number(interval.high)}};
    }
    json["found"] = found(comparison, strategy);
    return json;
}

Json to_json(const Duel& duel) {
    return {{"figure", duel.figure},
            {"best_separate", name(duel.separate)},
            {"seeds_compared", duel.seeds},
            {"gain", number(duel.seeds > 0 ? duel.ratio : NAN)},
            {"low", number(duel.seeds > 0 ? duel.interval.low : NAN)},
            {"high", number(duel.seeds > 0 ? duel.interval.high : NAN)},
            {"wilcoxon_p", duel.p},
            {"effect_size", duel.effect},
            {"verdict", duel.seeds == 0 ? "nothing to compare"
                        : duel.won()    ? "joint wins"
                        : duel.lost()   ? "joint loses"
                                        : "no difference shown"}};
}

std::string words(const Duel& duel) {
    if (duel.seeds == 0)
        return fmt::format(
            "{}: nothing to compare: with no seed did joint search or a separate one find a pair that keeps the "
            "budgets with at least the baseline's accuracy and at most its area\n",
            duel.figure);
    const char* verdict = duel.won()    ? "joint search wins"
                          : duel.lost() ? "joint search does NOT win: it loses"
                                        : "joint search does NOT win: no difference is shown";
    return fmt::format(
        "{}: {}; gain {:.3g} ({} {:.3g} to {:.3g}) over the best separate one, {}; Wilcoxon p = {:.2g}, effect size "
        "{:.2f} (the chance that joint is the better of two runs)\n",
        duel.figure, verdict, duel.ratio,
        duel.seeds < 6 ? "fewer than 6 seeds show no difference; their range" : "95 % interval of the median",
        duel.interval.low, duel.interval.high, name(duel.separate), duel.p, duel.effect);
}

/// `60`, or `50 to 52` where a strategy had no more to visit.
std::string evaluations(const StrategyComparison& comparison, Strategy strategy) {
    std::uint64_t least = comparison.budget, most = 0;
    for (const auto& trial : comparison.trials)
        if (trial.strategy == strategy) {
            least = std::min(least, trial.evaluations);
            most = std::max(most, trial.evaluations);
        }
    return least == most ? std::to_string(most) : fmt::format("{} to {}", least, most);
}

std::string with_interval(const std::vector<double>& values) {
    const auto interval = median_interval(values);
    return fmt::format("{} ({} to {})", shown(median(values)), shown(interval.low), shown(interval.high));
}

/// A line a strategy.
std::string lines(const StrategyComparison& comparison) {
    const auto seeds = seeds_of(comparison);
    constexpr const char* line = "{:<22} {:>12} {:>7} {:>36} {:>32} {:>30}\n";
    const auto figure = [&](const char* what) { return fmt::format("{} ({})", what, interval_name(seeds)); };
    std::string text = fmt::format(line, "strategy, medians", "evaluations", "found", figure("energy-delay, J s"),
                                   figure("hypervolume"), figure("budgets broken"));
    for (const auto strategy : all_strategies)
        text += fmt::format(line, name(strategy), evaluations(comparison, strategy),
                            fmt::format("{}/{}", found(comparison, strategy), seeds),
                            with_interval(comparison.values(strategy, &Trial::edp)),
                            with_interval(comparison.values(strategy, &Trial::hypervolume)),
                            with_interval(comparison.values(strategy, &Trial::violations)));
    return text;
}

/// The budgets that the first design itself breaks.
std::string baseline_breaks(const StrategyComparison& comparison) {
    std::string text;
    const auto broken = violations_json(*comparison.experiment, comparison.baseline);
    for (const auto& [budget, excess] : broken.items())
        text += fmt::format("{} {}", text.empty() ? "; it breaks" : ",", budget);
    return text;
}

std::string csv(const StrategyComparison& comparison) {
    const auto& experiment = *comparison.experiment;
    std::vector<std::string> header{"strategy", "seed", "evaluations", "hypervolume", "edp", "violations"};
    for (const auto& gene : experiment.space.genes()) header.push_back(gene.name);
    std::string text = csv_line(header);
    for (const auto& trial : comparison.trials) {
        std::vector<std::string> row{name(trial.strategy),
                                     std::to_string(trial.seed),
                                     std::to_string(trial.evaluations),
                                     cell(trial.hypervolume),
                                     cell(trial.edp),
                                     cell(trial.violations)};
        for (std::size_t g = 0; g < experiment.space.genes().size(); ++g)
            row.push_back(experiment.space.active(trial.best, g) ? experiment.space.genes()[g].label(trial.best[g])
                                                                 : "");
        text += csv_line(row);
    }
    return text;
}

/// A row a strategy: a dot a seed, a bar at the median with its interval.
std::string dots(const StrategyComparison& comparison, const Figure& figure) {
    double low = INFINITY, high = -INFINITY;
    for (const auto& trial : comparison.trials)
        if (std::isfinite(trial.*figure.value)) {
            low = std::min(low, trial.*figure.value);
            high = std::max(high, trial.*figure.value);
        }
    if (!(high > low)) high = low + 1;
    const auto x = [&](double value) { return 190 + 480 * (value - low) / (high - low); };
    std::string svg = fmt::format("<svg viewBox=\"0 0 700 {}\" role=\"img\" aria-label=\"{} by strategy\">",
                                  40 * all_strategies.size() + 40, figure.name);
    double y = 20;
    for (const auto strategy : all_strategies) {
        const auto values = comparison.values(strategy, figure.value);
        svg += fmt::format("<text x=\"180\" y=\"{}\" text-anchor=\"end\">{}</text>", y + 5, name(strategy));
        for (const double value : values)
            if (std::isfinite(value))
                svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{}\" r=\"3\" fill=\"{}\" fill-opacity=\"0.6\"/>",
                                   x(value), y, strategy == Strategy::joint ? "#d55e00" : "#0072b2");
        if (std::isfinite(median(values))) {
            const auto interval = median_interval(values);
            svg += fmt::format(
                "<path d=\"M{:.1f} {} H{:.1f} M{:.1f} {} V{}\" stroke=\"#000\" stroke-width=\"2\" fill=\"none\"/>",
                x(interval.low), y + 9, x(std::min(interval.high, high)), x(median(values)), y + 4, y + 14);
        }
        y += 40;
    }
    return svg + fmt::format(
                     "<text x=\"190\" y=\"{0}\">{1:.4g}</text><text x=\"670\" y=\"{0}\" "
                     "text-anchor=\"end\">{2:.4g}</text></svg>",
                     y + 5, low, high);
}

std::string table(const StrategyComparison& comparison) {
    std::string html = "<table><tr><th>strategy</th>";
    const auto* interval_title = interval_name(seeds_of(comparison));
    for (const auto& figure : figures)
        html += fmt::format("<th>{}: median</th><th>{}</th>", figure.name, interval_title);
    html += "<th>evaluations</th><th>found</th></tr>";
    for (const auto strategy : all_strategies) {
        html += fmt::format("<tr><td>{}</td>", name(strategy));
        for (const auto& figure : figures) {
            const auto values = comparison.values(strategy, figure.value);
            const auto interval = median_interval(values);
            html += fmt::format("<td>{}</td><td>{} to {}</td>", shown(median(values)), shown(interval.low),
                                shown(interval.high));
        }
        html +=
            fmt::format("<td>{}</td><td>{}</td></tr>", evaluations(comparison, strategy), found(comparison, strategy));
    }
    return html + "</table>";
}

/// What was compared, and from where.
std::string setting(const StrategyComparison& comparison) {
    const auto& base = comparison.baseline;
    const auto metric = [&](Metric m) {
        return text_of(*comparison.experiment, m, base.metrics[static_cast<std::size_t>(m)]);
    };
    return fmt::format(
        "{}: {} strategies, {} evaluations each where their space has so many, {} seeds, fidelity {}\n"
        "baseline: accuracy {}, area {}, energy-delay product {}{}\n",
        comparison.experiment->name, all_strategies.size(), comparison.budget, seeds_of(comparison),
        models::name(comparison.experiment->fidelity), metric(Metric::accuracy), metric(Metric::area),
        metric(Metric::edp), baseline_breaks(comparison));
}

std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) result += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
    return result;
}

std::string html(const StrategyComparison& comparison) {
    std::string page = fmt::format(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{0}</title><style>body{{font:16px/1.5 "
        "sans-serif;"
        "max-width:75em;margin:2em auto;padding:0 1em}}table{{border-collapse:collapse}}td,th{{border:1px solid "
        "#999;padding:.2em "
        ".6em;text-align:left}}td{{white-space:nowrap}}table{{font-size:.85em}}svg{{max-width:100%;font:13px "
        "sans-serif}}pre{{white-space:pre-wrap}}</style><h1>{0}: "
        "joint against "
        "separate</h1><pre>{1}</pre>{2}",
        escaped(comparison.experiment->name),
        escaped(setting(comparison) + words(comparison.edp) + words(comparison.hypervolume)), table(comparison));
    const char* captions[]{"Hypervolume (more is better)",
                           "Energy-delay product of the best pair, J s (less is better)",
                           "Share of pairs that break a budget (less is better)"};
    for (std::size_t i = 0; i < std::size(figures); ++i)
        page += fmt::format("<h2>{}</h2>{}", captions[i], dots(comparison, figures[i]));
    return page + fmt::format(
                      "<p>A dot a seed; the bar is the median with its {}. Found: seeds with a pair that counts "
                      "(within the budgets, at least the "
                      "baseline's accuracy, at most its area); a seed without one is "
                      "the worst of all, 'none'. The pairs themselves are in <a "
                      "href=\"report.html\">report.html</a>.</p></html>\n",
                      interval_name(seeds_of(comparison)));
}

}  // namespace

std::string words(const StrategyComparison& comparison) {
    return setting(comparison) + lines(comparison) + words(comparison.edp) + words(comparison.hypervolume);
}

nlohmann::ordered_json to_json(const StrategyComparison& comparison) {
    Json strategies = Json::array(), trials = Json::array();
    for (const auto strategy : all_strategies) strategies.push_back(summary(comparison, strategy));
    for (const auto& trial : comparison.trials)
        trials.push_back({{"strategy", name(trial.strategy)},
                          {"seed", trial.seed},
                          {"evaluations", trial.evaluations},
                          {"hypervolume", number(trial.hypervolume)},
                          {"edp", number(trial.edp)},
                          {"violations", trial.violations},
                          {"best", genes_json(*comparison.experiment, trial.best)}});
    return {{"schema", "dyad/comparison/1"},
            {"experiment", comparison.experiment->name},
            {"fidelity", models::name(comparison.experiment->fidelity)},
            {"evaluations", comparison.budget},
            {"baseline",
             {{"genes", genes_json(*comparison.experiment, comparison.baseline_genome)},
              {"metrics", to_json(comparison.baseline)}}},
            {"verdicts", {to_json(comparison.edp), to_json(comparison.hypervolume)}},
            {"strategies", std::move(strategies)},
            {"trials", std::move(trials)}};
}

void write_comparison(const StrategyComparison& comparison, const std::filesystem::path& directory) {
    core::write_file(directory / "compare.csv", csv(comparison));
    core::write_file(directory / "compare.json",
                     to_json(comparison).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    core::write_file(directory / "compare.html", html(comparison));
}

}  // namespace dyad::codesign
