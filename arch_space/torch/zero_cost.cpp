// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "arch_space/torch/proxies.hpp"
#include "arch_space/torch/session.hpp"
#include "arch_space/torch/training/feed.hpp"
#include "arch_space/torch/training/trainer.hpp"
#include "core/error.hpp"
#include "core/statistics.hpp"

namespace dyad::arch_space::torch {
namespace {

/// The proxy that a metric asks for.
const Proxy& proxy_of(const std::string& metric, const std::string& accuracy) {
    std::vector<std::string> names{"accuracy"};
    for (const auto& proxy : proxies()) names.emplace_back(proxy.name);
    const auto* proxy = find_proxy(metric == "accuracy" ? accuracy : metric);
    if (proxy == nullptr)
        throw core::Error(
            fmt::format("zero_cost has no metric '{}'{}", core::shortened(metric), core::did_you_mean(metric, names)));
    return *proxy;
}

/// Images to learn from, as a network takes them, with their classes.
Batch images_of(const Network& network, const DataSet& data, std::int64_t samples, std::uint64_t seed) {
    const Feed feed(network, data);
    const auto count = std::min(samples, data.train.size());
    const auto numbers = at::tensor(drawn(data.train.size(), count, core::Stream(seed, "batch")), at::kLong);
    return {{feed.normalised(feed.pixels(data.train, numbers))}, data.train.classes.index_select(0, numbers)};
}

double score(const Proxy& proxy, const Request& request, std::uint64_t samples, std::uint64_t seed) {
    const auto folder = text(request.options, "data", "");
    Model model(request.network, seed);
    const auto count = static_cast<std::int64_t>(samples);
    const auto batch = proxy.samples && !folder.empty()
                           ? images_of(request.network, request.shelf.data(folder), count, seed)
                           : noise(request.network, proxy.samples ? count : 1, seed);
    const double value = proxy.score(model, batch);
    if (!std::isfinite(value))
        throw core::Error(fmt::format("{} of this network is not finite ({})", proxy.name, value));
    return value;
}

Metric summary(const std::vector<double>& values) {
    const auto count = static_cast<double>(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    double squares = 0;
    for (const auto value : values) squares += (value - mean) * (value - mean);
    return {mean, values.size() > 1 ? core::normal_90 * std::sqrt(squares / (count - 1)) : 0, "score"};
}

}  // namespace

void expect_scorable(const Network& network, std::uint64_t samples) {
    if (network.parameters() == 0)
        throw core::Error("the network has no weights: it cannot be trained, and no proxy scores it");
    expect_room(network, samples);
}

Metrics zero_cost(const Request& request) {
    expect_known(request.options, {"proxy", "seeds", "samples", "data"});
    const auto proxy = request.options.value("proxy", nlohmann::ordered_json("synflow"));
    if (!proxy.is_string() || find_proxy(proxy.get<std::string>()) == nullptr)
        throw core::Error(fmt::format("proxy: unknown {}", core::shortened(proxy.dump())));
    const auto seeds = whole(request.options, "seeds", 1, 1, 1000);
    const auto samples = whole(request.options, "samples", 64, 2, 65536);
    Metrics metrics;
    for (const auto& metric : request.metrics) {
        const auto& chosen = proxy_of(metric, proxy.get<std::string>());
        expect_scorable(request.network, chosen.samples ? samples : 1);
        std::vector<double> values;
        for (std::uint64_t i = 0; i < seeds; ++i) values.push_back(score(chosen, request, samples, request.seed + i));
        metrics.emplace_back(metric, summary(values));
    }
    return metrics;
}

}  // namespace dyad::arch_space::torch
