// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/training/metrics.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "arch_space/torch/training/trainer.hpp"
#include "core/error.hpp"
#include "core/random.hpp"
#include "core/statistics.hpp"

namespace dyad::arch_space::torch {
namespace {

struct Test {
    Classifier& classifier;
    const Examination& examination;
    std::uint64_t seed;
};

/// The mean of what each image scores, with the interval of so many drawn.
Metric share(const at::Tensor& scores) {
    const auto values = scores.to(at::kDouble);
    const double mean = values.mean().item<double>(), square = values.square().mean().item<double>();
    const double variance = std::max(0.0, square - mean * mean) / static_cast<double>(values.numel());
    return {100 * mean, 100 * core::normal_90 * std::sqrt(variance), "%"};
}

at::Tensor unchanged(const Test& test) {
    return hits(test.classifier, test.examination.images, test.examination.numbers);
}

at::Tensor perturbed(const Test& test, const std::string& name) {
    const auto& [images, numbers, groups, options] = test.examination;
    return hits_under(name, options.strengths, test.classifier, images, numbers, test.seed);
}

Metric fairness_gap(const Test& test) {
    const auto gap = gap_between(test.examination.groups.value(), unchanged(test), test.examination.numbers);
    return {100 * gap.value, 100 * core::normal_90 * std::sqrt(gap.variance), "%"};
}

/// What is measured once serves `robustness` and the perturbation's own name.
class Tester {
public:
    explicit Tester(const Test& test) : test_(test) {}

    Metric measure(const std::string& name) {
        if (name == "accuracy") return share(unchanged(test_));
        if (name == "fairness_gap") return fairness_gap(test_);
        if (name != "robustness") return share(under(name));
        std::vector<at::Tensor> all;
        for (const auto& one : perturbations()) all.push_back(under(one));
        return share(at::stack(all).mean(0));
    }

private:
    const at::Tensor& under(const std::string& name) {
        auto& known = known_[name];
        if (!known.defined()) known = perturbed(test_, name);
        return known;
    }

    const Test& test_;
    std::map<std::string, at::Tensor> known_;
};

std::vector<double> radii(const nlohmann::ordered_json& options, const std::vector<double>& usual) {
    if (!options.contains("radii")) return usual;
    const auto& list = options["radii"];
    const auto is_radius = [](const auto& r) { return r.is_number() && r >= 0 && r <= 1; };
    if (!list.is_array() || list.empty() || list.size() > 16 || !std::ranges::all_of(list, is_radius))
        throw core::Error("radii: expected a list of 1 to 16 numbers from 0 to 1");
    return list.get<std::vector<double>>();
}

void expect_testable(const std::vector<std::string>& metrics) {
    std::vector<std::string> names{"accuracy", "robustness", "fairness_gap"};
    names.insert(names.end(), perturbations().begin(), perturbations().end());
    for (const auto& metric : metrics)
        if (std::ranges::find(names, metric) == names.end())
            throw core::Error(fmt::format("a trained network has no metric '{}'{}", core::shortened(metric),
                                          core::did_you_mean(metric, names)));
}

/// Whether a request is tested on what was kept back.
bool on_validation(const TestOptions& options, std::uint64_t kept, bool validates) {
    if (options.split.empty()) return validates && kept > 0;
    if (options.split != "test" && options.split != "validation")
        throw core::Error(
            fmt::format("split: found '{}', expected test or validation", core::shortened(options.split)));
    if (options.split == "validation" && kept == 0) throw core::Error("split: no images were kept back for validation");
    return options.split == "validation";
}

}  // namespace

TestOptions test_options(const nlohmann::ordered_json& options) {
    constexpr auto most = std::uint64_t{1} << 40;
    const Strengths usual;
    return {whole(options, "test_images", 0, 0, most),
            whole(options, "calibration", 2048, 2, most),
            {.radii = radii(options, usual.radii),
             .pgd_steps = whole(options, "pgd_steps", usual.pgd_steps, 1, 1000),
             .noise = number(options, "noise", usual.noise, 0, 10),
             .blur = number(options, "blur", usual.blur, 0.01, 10),
             .contrast = number(options, "contrast", usual.contrast, 0, 1),
             .occlusion = number(options, "occlusion", usual.occlusion, 0, 1)},
            text(options, "groups", ""),
            text(options, "split", "")};
}

std::vector<std::string> test_option_keys() {
    return {"test_images", "calibration", "radii",     "pgd_steps", "noise",
            "blur",        "contrast",    "occlusion", "groups",    "split"};
}

Examination prepare(const Request& request, const DataSet& data, std::uint64_t kept, bool validates) {
    expect_testable(request.metrics);
    auto options = test_options(request.options);
    const bool validation = on_validation(options, kept, validates);
    const auto pool = validation ? kept_back(data.train.size(), kept)
                                 : drawn(data.test.size(), data.test.size(), core::Stream(0, "test"));
    const auto count = options.images == 0 ? pool.size() : std::min(options.images, pool.size());
    const auto all = at::tensor(pool, at::kLong), numbers = all.narrow(0, 0, static_cast<std::int64_t>(count));
    std::optional<Groups> groups;
    if (std::ranges::find(request.metrics, "fairness_gap") != request.metrics.end())
        groups = validation ? groups_to_learn(options.groups, data, all) : read_groups(options.groups, data);
    return {validation ? data.train : data.test, numbers, std::move(groups), std::move(options)};
}

Metrics test(Classifier& classifier, const Examination& examination, const Request& request) {
    const Test test{classifier, examination, request.seed};
    Tester tester(test);
    Metrics metrics;
    for (const auto& name : request.metrics) metrics.emplace_back(name, tester.measure(name));
    return metrics;
}

}  // namespace dyad::arch_space::torch
