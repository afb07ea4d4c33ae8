// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/training/metrics.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>

#include "arch_space/torch/training/trainer.hpp"
#include "core/error.hpp"
#include "core/random.hpp"

namespace dyad::arch_space::torch {
namespace {

struct Test {
    Classifier& classifier;
    const DataSet& data;
    const at::Tensor& numbers;  ///< of the test images
};

/// A share with the interval of so many drawn.
Metric share(const at::Tensor& hits) {
    const auto count = static_cast<double>(hits.numel());
    const double mean = hits.sum().item<double>() / count;
    return {100 * mean, 100 * normal_90 * std::sqrt(mean * (1 - mean) / count), "%"};
}

Metric accuracy(const Test& test) { return share(hits(test.classifier, test.data.test, test.numbers)); }

struct Known {
    const char* name;
    Metric (*measure)(const Test& test);
};
constexpr Known all_known[] = {{"accuracy", accuracy}};

const Known& find(const std::string& name) {
    std::vector<std::string> names;
    for (const auto& known : all_known) {
        if (name == known.name) return known;
        names.emplace_back(known.name);
    }
    throw core::Error(
        fmt::format("a trained network has no metric '{}'{}", core::shortened(name), core::did_you_mean(name, names)));
}

}  // namespace

TestOptions test_options(const nlohmann::ordered_json& options) {
    constexpr auto most = std::uint64_t{1} << 40;
    return {whole(options, "test_images", 0, 0, most), whole(options, "calibration", 2048, 1, most)};
}

std::vector<std::string> test_option_keys() { return {"test_images", "calibration"}; }

void expect_testable(const std::vector<std::string>& metrics) {
    for (const auto& metric : metrics) (void)find(metric);
}

Metrics test(Classifier& classifier, const DataSet& data, const TestOptions& options, const Request& request) {
    const auto total = static_cast<std::uint64_t>(data.test.size());
    const auto count = options.images == 0 ? total : std::min(options.images, total);
    const auto numbers =
        at::tensor(drawn(data.test.size(), static_cast<std::int64_t>(count), core::Stream(0, "test")), at::kLong);
    Metrics metrics;
    for (const auto& name : request.metrics)
        metrics.emplace_back(name, find(name).measure({classifier, data, numbers}));
    return metrics;
}

}  // namespace dyad::arch_space::torch
