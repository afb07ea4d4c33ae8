// SPDX-License-Identifier: Apache-2.0
#include "codesign/report/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "codesign/report/words.hpp"

namespace dyad::codesign {
namespace {

constexpr double width = 720, height = 420, left = 80, right = 20, top = 20, bottom = 60;

/// Maps one axis of the data to the page.
struct Scale {
    double low, high, from, to;
    [[nodiscard]] double at(double value) const { return from + (value - low) / (high - low) * (to - from); }
};

Scale scale_of(const std::vector<double>& values, double from, double to) {
    if (values.empty()) return {0, 1, from, to};
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const double margin = *high > *low ? 0.04 * (*high - *low) : std::max(1e-12, 0.5 * std::abs(*high));
    return {*low - margin, *high + margin, from, to};
}

/// Multiples of 1, 2 or 5 x 10^n, about five of them.
std::vector<double> ticks(const Scale& scale) {
    const double rough = (scale.high - scale.low) / 5, power = std::pow(10, std::floor(std::log10(rough)));
    const double step = power * (rough / power > 5 ? 10 : rough / power > 2 ? 5 : rough / power > 1 ? 2 : 1);
    std::vector<double> all;
    for (double tick = std::ceil(scale.low / step) * step; tick <= scale.high; tick += step) all.push_back(tick);
    return all;
}

std::string axes(const Scale& x, const Scale& y, const std::string& across, const std::string& up) {
    std::string svg =
        fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#999\"/>\n", left, top,
                    width - left - right, height - top - bottom);
    for (const double tick : ticks(x))
        svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:.4g}</text>\n", x.at(tick),
                           height - bottom + 18, tick);
    for (const double tick : ticks(y))
        svg += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{:.4g}</text>\n", left - 6, y.at(tick) + 4,
                           tick);
    return svg + fmt::format(
                     "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n<text transform=\"translate(18 {}) "
                     "rotate(-90)\" "
                     "text-anchor=\"middle\">{}</text>\n",
                     (left + width - right) / 2, height - 16, across, (top + height - bottom) / 2, up);
}

std::string svg(const std::string& title, const std::string& body) {
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" "
        "font-family=\"sans-serif\" "
        "font-size=\"12\"><title>{2}</title><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{3}</svg>\n",
        width, height, title, body);
}

std::string axis_title(const Experiment& experiment, Metric metric) {
    return fmt::format("{} ({})", info(metric).name, unit_of(experiment, metric));
}

/// The objective's index, or `otherwise` when the experiment does not have it.
std::size_t objective(const Experiment& experiment, Metric metric, std::size_t otherwise) {
    const auto found = std::find(experiment.objectives.begin(), experiment.objectives.end(), metric);
    return found == experiment.objectives.end() ? std::min(otherwise, experiment.objectives.size() - 1)
                                                : static_cast<std::size_t>(found - experiment.objectives.begin());
}

std::string dot(double x, double y, bool front) {
    return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" fill=\"{}\"/>\n", x, y, front ? 3.5 : 1.6,
                       front ? "#0072b2" : "#b8c0c8");
}

}  // namespace

std::string pareto_figure(const Run& run) {
    const auto& experiment = *run.experiment;
    const auto across = experiment.objectives[objective(experiment, Metric::latency, 0)];
    const auto up = experiment.objectives[objective(experiment, Metric::accuracy, 1)];
    const std::set<std::size_t> front(run.front.begin(), run.front.end());
    std::vector<std::size_t> shown;
    std::vector<double> xs, ys;
    for (std::size_t i = 0; i < run.pairs.size(); ++i) {
        const auto& evaluation = run.pairs[i].evaluation;
        if (evaluation.failed() || (!front.contains(i) && !within_budgets(experiment, evaluation))) continue;
        shown.push_back(i);
        xs.push_back(value(evaluation, across));
        ys.push_back(value(evaluation, up));
    }
    const auto x = scale_of(xs, left, width - right), y = scale_of(ys, height - bottom, top);
    std::string behind, before;
    for (std::size_t k = 0; k < shown.size(); ++k)
        (front.contains(shown[k]) ? before : behind) += dot(x.at(xs[k]), y.at(ys[k]), front.contains(shown[k]));
    return svg(experiment.name + ": Pareto front",
               axes(x, y, axis_title(experiment, across), axis_title(experiment, up)) + behind + before);
}

std::string hypervolume_figure(const Run& run, const std::vector<Other>& others) {
    std::vector<std::vector<Convergence::Sample>> courses{run.convergence};
    for (const auto& other : others) courses.push_back(course(other.run, run.reference));
    std::vector<double> xs, ys;
    for (const auto& samples : courses)
        for (const auto& sample : samples) {
            xs.push_back(static_cast<double>(sample.evaluations));
            ys.push_back(sample.hypervolume);
        }
    const auto x = scale_of(xs, left, width - right), y = scale_of(ys, height - bottom, top);
    std::string paths;
    for (std::size_t c = 0; c < courses.size(); ++c) {
        std::string path;
        for (const auto& sample : courses[c]) {
            const double at = x.at(static_cast<double>(sample.evaluations)), up = y.at(sample.hypervolume);
            path += path.empty() ? fmt::format("M{:.1f} {:.1f}", at, up) : fmt::format("H{:.1f}V{:.1f}", at, up);
        }
        paths += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"{}/>\n", path,
                             c == 0 ? "#0072b2" : "#d55e00", c == 0 ? "" : " stroke-dasharray=\"7 4\"");
    }
    return svg(run.experiment->name + ": hypervolume", axes(x, y, "evaluated pairs", "hypervolume") + paths);
}

}  // namespace dyad::codesign
