// SPDX-License-Identifier: Apache-2.0
#include "codesign/evaluation/aggregate.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "core/document.hpp"
#include "core/files.hpp"
#include "hw_space/accelerator.hpp"

using namespace dyad::codesign;
namespace core = dyad::core;

namespace {

dyad::models::Report report(double latency, double energy, double power, std::uint64_t weights, std::uint64_t peak) {
    dyad::models::Report r;
    r.latency = core::Seconds(latency);
    r.energy = core::Joules(energy);
    r.power = core::Watts(power);
    r.area = core::SquareMillimetres(5);
    r.weight_bytes = core::Bytes(weights);
    r.peak_activation_bytes = core::Bytes(peak);
    return r;
}

Experiment suite(Aggregate how) {
    Experiment experiment;
    experiment.aggregate = how;
    experiment.batch = 3;
    experiment.networks.resize(2);
    experiment.networks[0].weight = 3;
    return experiment;
}

double value(const Evaluation& evaluation, Metric metric) {
    return evaluation.metrics[static_cast<std::size_t>(metric)];
}

/// Two networks: 1 s and 16 s, 2 J and 32 J.
Evaluation two(Aggregate how) {
    return aggregate(suite(how), {report(1, 2, 2, 100, 7), report(16, 32, 1, 50, 9)},
                     {{70, 1, "%", false}, {50, 3, "%", false}}, nullptr);
}

}  // namespace

TEST_SUITE("codesign/aggregate") {
    TEST_CASE("geometric mean, weighted three to one") {
        const auto e = two(Aggregate::geomean);
        CHECK(value(e, Metric::latency) == doctest::Approx(2));  // (1^3 x 16)^(1/4)
        CHECK(value(e, Metric::energy) == doctest::Approx(4));   // (2^3 x 32)^(1/4)
        CHECK(value(e, Metric::edp) == doctest::Approx(8));
        CHECK(value(e, Metric::throughput) == doctest::Approx(1.5));  // batch of 3 in 2 s
        CHECK(value(e, Metric::accuracy) == doctest::Approx(65));     // (3 x 70 + 50) / 4
        CHECK(e.spreads[0] == doctest::Approx(1.5));                  // (3 x 1 + 3) / 4
    }

    TEST_CASE("weighted sum") {
        const auto e = two(Aggregate::sum);
        CHECK(value(e, Metric::latency) == doctest::Approx(3 + 16));
        CHECK(value(e, Metric::energy) == doctest::Approx(6 + 32));
        CHECK(value(e, Metric::accuracy) == doctest::Approx(65));
    }

    TEST_CASE("worst") {
        const auto e = two(Aggregate::worst);
        CHECK(value(e, Metric::latency) == 16);
        CHECK(value(e, Metric::energy) == 32);
        CHECK(value(e, Metric::accuracy) == 50);
        CHECK(e.spreads[0] == 3);
    }

    TEST_CASE("what the chip must bear does not depend on the aggregate") {
        for (const auto how : {Aggregate::geomean, Aggregate::sum, Aggregate::worst}) {
            const auto e = two(how);
            CHECK(value(e, Metric::area) == 5);
            CHECK(value(e, Metric::power) == 2);
            CHECK(value(e, Metric::memory) == 9);
            CHECK(value(e, Metric::model_size) == 150);
        }
    }

    TEST_CASE("a single network keeps its figures to the last bit, and has no accuracy without a model") {
        auto experiment = suite(Aggregate::geomean);
        experiment.networks.resize(1);
        const auto e = aggregate(experiment, {report(0.1, 0.3, 3, 1, 1)}, {}, nullptr);
        CHECK(value(e, Metric::latency) == 0.1);
        CHECK(value(e, Metric::energy) == 0.3);
        CHECK(std::isnan(value(e, Metric::accuracy)));
        CHECK_FALSE(e.failed());
        CHECK(std::isnan(value(e, Metric::multipliers)));
        CHECK(std::isnan(value(e, Metric::chip_memory)));
    }
    TEST_CASE("multipliers and memory are the chip's, whatever runs on it") {
        const auto chip = dyad::hw_space::read_accelerator(
            *dyad::core::read_document(dyad::core::find_config("eyeriss_v1", "accelerators")));
        const auto e = aggregate(suite(Aggregate::sum), {report(1, 2, 2, 100, 7), report(16, 32, 1, 50, 9)}, {}, &chip);
        CHECK(value(e, Metric::multipliers) == 168);
        CHECK(value(e, Metric::chip_memory) == 100 * 1024 + 168 * 260 * 2);
    }
}
