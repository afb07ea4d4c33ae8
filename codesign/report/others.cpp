// SPDX-License-Identifier: Apache-2.0
#include "codesign/report/others.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "codesign/report/words.hpp"
#include "codesign/run/pair_text.hpp"
#include "core/error.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;

std::vector<Point> front_points(const Run& run) {
    std::vector<Point> points;
    for (const auto i : run.front) points.push_back(fitness(*run.experiment, run.pairs[i].evaluation).objectives);
    return points;
}

double last(const std::vector<Convergence::Sample>& samples) {
    return samples.empty() ? 0 : samples.back().hypervolume;
}

bool beaten(const Point& point, const std::vector<Point>& by) {
    return std::ranges::any_of(by, [&](const Point& other) { return dominates(other, point); });
}
/// Share of `points` that one of `by` dominates (the coverage of Zitzler and Thiele, 1999, without ties).
double coverage(const std::vector<Point>& by, const std::vector<Point>& points) {
    const auto count = std::ranges::count_if(points, [&](const Point& point) { return beaten(point, by); });
    return points.empty() ? 0 : static_cast<double>(count) / static_cast<double>(points.size());
}

Json best_json(const Run& run, const Run& other) {
    Json list = Json::array();
    for (std::size_t k = 0; k < run.experiment->objectives.size(); ++k) {
        Json row = Json::array();
        for (const auto* one : {&run, &other}) {
            const auto points = front_points(*one);
            const auto least = std::ranges::min_element(points, {}, [&](const Point& p) { return p[k]; });
            row.push_back(least == points.end() ? Json(nullptr)
                                                : Json(signed_objective(run.experiment->objectives[k], (*least)[k])));
        }
        list.push_back(std::move(row));
    }
    return list;
}

/// Files that only one of the runs has read, or that were not the same.
Json differences(const Run& run, const Run& other) {
    std::map<std::string, std::array<std::string, 2>> files;
    for (const auto& config : run.experiment->configs) files[config.kind + "/" + config.name][0] = config.sha256;
    for (const auto& config : other.experiment->configs) files[config.kind + "/" + config.name][1] = config.sha256;
    Json lines = Json::array();
    for (const auto& [name, hashes] : files) {
        if (hashes[0] == hashes[1]) continue;
        lines.push_back(hashes[1].empty()   ? name + " was read by this run alone"
                        : hashes[0].empty() ? name + " was read by the other run alone"
                                            : name + " is not the same file in both");
    }
    if (run.seed != other.seed) lines.push_back(fmt::format("seed {} here, {} there", run.seed, other.seed));
    return lines;
}

std::string verdict_words(double own, double theirs, double covers, double covered) {
    const char* better = own > theirs ? "this run" : "the other run";
    if (own == theirs) return "Both reach the same hypervolume.";
    return fmt::format(
        "The larger hypervolume is that of {} ({:.4g} against {:.4g}). This run's front dominates {:.0f} % of the "
        "other's, the other's {:.0f} % of this one's.",
        better, std::max(own, theirs), std::min(own, theirs), 100 * covers, 100 * covered);
}

void require_same_objectives(const Run& run, const Other& other) {
    const auto names = [](const Run& of) {
        std::vector<std::string> all;
        for (const auto metric : of.experiment->objectives) all.emplace_back(info(metric).name);
        return all;
    };
    if (names(run) == names(other.run)) return;
    throw core::Error(fmt::format("{}: its objectives are {}, expected {}", other.label,
                                  fmt::join(names(other.run), ", "), fmt::join(names(run), ", ")));
}

Json samples_json(const std::vector<Convergence::Sample>& samples) {
    Json points = Json::array();
    for (const auto& sample : samples) points.push_back({sample.evaluations, shortened(sample.hypervolume)});
    return points;
}

Json front_values(const Run& run) {
    Json list = Json::array();
    for (const auto i : run.front) {
        Json point = Json::array();
        for (const double v : objective_values(*run.experiment, run.pairs[i].evaluation)) point.push_back(shortened(v));
        list.push_back(std::move(point));
    }
    return list;
}

}  // namespace

std::vector<Convergence::Sample> course(const Run& run, const Point& reference) {
    if (!std::ranges::all_of(reference, [](double x) { return std::isfinite(x); })) return {};
    Convergence convergence(reference);
    const auto kept = run.pairs.size();  // of a large run a sample, spread evenly
    for (std::size_t i = 0; i < kept; ++i)
        convergence.add(fitness(*run.experiment, run.pairs[i].evaluation), (i + 1) * run.evaluated / kept);
    return convergence.samples();
}

Json other_json(const Run& run, const Other& other) {
    require_same_objectives(run, other);
    const auto own = front_points(run), theirs = front_points(other.run);
    const auto samples = course(other.run, run.reference);
    const double volume = last(course(run, run.reference)), their_volume = last(samples);
    const double covers = coverage(own, theirs), covered = coverage(theirs, own);
    const auto left = [](const std::vector<Point>& points, const std::vector<Point>& by) {
        return std::ranges::count_if(points, [&](const Point& point) { return !beaten(point, by); });
    };
    return {{"label", other.label},
            {"random", other.random},
            {"front", other.random ? Json::array() : front_values(other.run)},
            {"convergence", samples_json(samples)},
            {"evaluations", {run.evaluated, other.run.evaluated}},
            {"fronts", {own.size(), theirs.size()}},
            {"hypervolumes", {shortened(volume), shortened(their_volume)}},
            {"coverage", {shortened(covers), shortened(covered)}},
            {"joint", {left(own, theirs), left(theirs, own)}},
            {"best", best_json(run, other.run)},
            {"words", verdict_words(volume, their_volume, covers, covered)},
            {"differences", differences(run, other.run)}};
}

std::string baseline_words(const Run& run, const Other& other) {
    const double goal = last(course(other.run, run.reference)), own = last(run.convergence);
    const auto reached =
        std::ranges::find_if(run.convergence, [&](const auto& sample) { return sample.hypervolume >= goal; });
    auto text = fmt::format("{} random pairs reach a hypervolume of {:.4g}, this run {:.4g}.",
                            grouped(other.run.evaluated), goal, own);
    if (reached != run.convergence.end())
        text += fmt::format(" It has passed what random search ends with after {} evaluations.",
                            grouped(reached->evaluations));
    return text;
}

}  // namespace dyad::codesign
