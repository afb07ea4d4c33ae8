// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "core/random.hpp"
#include "models/device/drift.hpp"
#include "models/device/intervals.hpp"
#include "tests/models/device/small_gpu.hpp"

namespace dyad::models {
namespace {

Device device() {
    auto d = small_gpu("device");
    auto& c = d.calibration.emplace();
    c.model = "physical";
    for (const auto kind : work_classes) c.physics.emplace(kind, typical_physics());
    return d;
}

WorkList network(double convs, double additions) {
    return {{conv_work(1, 64, 64, 28, 3, 1, 1), convs}, {vector_work(WorkClass::elementwise, 1, 65536, 2), additions}};
}

/// Times of a quiet table (1 % of scatter) and a noisy one (20 %), uniform in the logarithm.
std::vector<Sample> two_tables(const Device& d, std::size_t each) {
    std::vector<Sample> samples;
    core::Stream random(5, "tables");
    for (std::size_t i = 0; i < 2 * each; ++i) {
        const bool noisy = i % 2 == 1;
        Sample s;
        s.works = noisy ? network(static_cast<double>(40 + random.below(20)), static_cast<double>(1 + random.below(5)))
                        : network(static_cast<double>(1 + random.below(5)), static_cast<double>(40 + random.below(20)));
        const double scatter = (noisy ? 0.2 : 0.01) * (2 * random.uniform() - 1);
        s.seconds = physical_seconds(d.platform, d.calibration->physics, s.works) * std::exp(scatter);
        s.config = std::to_string(i);
        s.group = noisy ? "noisy" : "quiet";
        samples.push_back(s);
    }
    return samples;
}

}  // namespace

TEST_SUITE("models/device") {
    TEST_CASE("the interval of 99 errors is from their 4th to their 96th") {
        // 0.05 - 1 / 100 of the way from the 1st to the 99th: 3.92 steps; errors 1 apart
        std::vector<double> errors;
        for (int i = 1; i <= 99; ++i) errors.push_back(i);
        CHECK(conformal_band(errors).low == doctest::Approx(1 + 0.04 * 98));
        CHECK(conformal_band(errors).high == doctest::Approx(1 + 0.96 * 98));
    }
    TEST_CASE("every table of networks has an interval that covers its own unseen rows") {
        auto d = device();
        const auto samples = two_tables(d, 400);
        Samples fitted;
        for (std::size_t i = 0; i < 400; ++i) fitted.push_back(&samples[i]);
        fit_with_intervals(d, fitted);
        std::map<std::string, double> inside, rows, width;
        for (std::size_t i = 400; i < samples.size(); ++i) {
            const auto& s = samples[i];
            CHECK(d.kind_of(s.works) == s.group);
            const auto p = d.predict(s.works);
            inside[s.group] += p.low <= s.seconds && s.seconds <= p.high ? 1 : 0;
            rows[s.group] += 1;
            width[s.group] += std::log(p.high / p.low);
        }
        for (const auto& [group, n] : rows) {  // of 200 rows, by intervals from 200: 90 % +- three times 3 %
            CHECK(inside[group] / n > 0.81);
            CHECK(inside[group] / n < 0.99);
        }
        CHECK(width["noisy"] > 5 * width["quiet"]);
        // like neither: the widest of them
        const auto& bands = d.calibration->bands;
        CHECK(d.kind_of({{product_work(WorkClass::linear, 1, 4096, 4096, 4096), 500}}) == "network");
        CHECK(bands.at("network").high == std::max(bands.at("noisy").high, bands.at("quiet").high));
    }
    TEST_CASE("a drift along the profile is taken out of what trees learn") {
        std::vector<std::vector<float>> rows;
        std::vector<double> drifting;
        core::Stream random(9, "drift");
        constexpr int n = 1000;
        for (int i = 0; i < n; ++i) {
            rows.push_back({static_cast<float>(random.uniform()), static_cast<float>(random.uniform())});
            drifting.push_back((rows.back()[0] < 0.5F ? 0.0 : 1.0) + std::log(1 + 2.0 * i / n));
        }
        const auto steady = fit_steady(rows, drifting);
        CHECK(steady.bytes() != Trees::fit(rows, drifting).bytes());
        // times from 1 to 3 alike: half of the sum of 1 / time, log 3, is reached at sqrt 3
        const float low[] = {0.25F, 0.5F}, high[] = {0.75F, 0.5F};
        CHECK(steady.predict(low) == doctest::Approx(std::log(3) / 2).epsilon(0.15));
        CHECK(steady.predict(high) == doctest::Approx(1 + std::log(3) / 2).epsilon(0.15));
        auto still = drifting;
        for (int i = 0; i < n; ++i) still[static_cast<std::size_t>(i)] -= std::log(1 + 2.0 * i / n);
        CHECK(fit_steady(rows, still).bytes() == Trees::fit(rows, still).bytes());
    }
    TEST_CASE("a drift cannot be told from an order of the rows") {
        std::vector<std::vector<float>> rows;
        std::vector<double> targets;
        for (int i = 0; i < 600; ++i) {
            rows.push_back({static_cast<float>(i)});
            targets.push_back(std::sin(i / 20.0));
        }
        CHECK(fit_steady(rows, targets).bytes() == Trees::fit(rows, targets).bytes());
    }
    TEST_CASE("the power limit caps products where no row told the rate") {
        // a T4: 70 W / 21 pJ = 3.33 Top/s of 8.14
        auto p = device().platform;
        p.peak = core::OpsPerSecond(8.14e12);
        p.power = core::Watts(70);
        p.process = 12;
        CHECK(p.attainable() == 8.14e12);
        p.power_limits = true;
        CHECK(p.attainable() == doctest::Approx(3.333e12).epsilon(0.001));
        p.process = 5;
        CHECK(p.attainable() == 8.14e12);  // 70 W / 5.7 pJ = 12.3 Top/s
    }
}

}  // namespace dyad::models
