// SPDX-License-Identifier: Apache-2.0
#include "models/device/doubt.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "core/random.hpp"
#include "models/device/calibrate.hpp"
#include "models/device/intervals.hpp"
#include "tests/models/device/small_gpu.hpp"

namespace dyad::models {
namespace {

/// A device that took each class from `from`.
Device taken(const std::string& from) {
    auto device = small_gpu("gpu");
    auto& c = device.calibration.emplace();
    c.model = "learned";
    for (const auto kind : work_classes) {
        c.physics.emplace(kind, typical_physics());
        c.taken_from[kind] = from;
        set_spread_as_taken(c.physics.at(kind), from);
    }
    c.bands["any"] = {-0.01, 0.01};
    return device;
}

/// One element: nothing but the launch.
WorkList launch_alone() { return {{vector_work(WorkClass::softmax, 1, 1, 1)}}; }

/// Networks of convolutions in different numbers, closed by one linear layer, that cost `fixed` seconds each.
std::vector<Sample> classifiers(const Device& device, double fixed) {
    std::vector<Sample> samples;
    core::Stream random(2, "classifiers");
    for (int i = 0; i < 40; ++i) {
        Sample s;
        s.works = {{conv_work(1, 64, 64, 28, 3, 1, 1), static_cast<double>(1 + random.below(20))},
                   {conv_work(1, 256, 256, 14, 1, 1, 1), static_cast<double>(1 + random.below(20))},
                   {product_work(WorkClass::linear, 1, 1, 10, 256), 1}};
        s.seconds = fixed;
        for (const auto& [work, count] : s.works)
            s.seconds += count * physical_seconds(device.platform, typical_physics(), work);
        s.config = std::to_string(i);
        s.group = "network";
        samples.push_back(s);
    }
    return samples;
}

}  // namespace

TEST_SUITE("models/device") {
    TEST_CASE("a class without rows is as unsure as devices differ, half so from a sibling") {
        // a launch alone takes as long as the parameter says, whose prior spreads by 1.2 in the logarithm
        CHECK(doubt(taken("priors"), launch_alone(), true) == doctest::Approx(1.2).epsilon(1e-3));
        CHECK(doubt(taken("sibling"), launch_alone(), true) == doctest::Approx(0.6).epsilon(1e-3));
        CHECK(doubt(taken("known devices"), launch_alone(), true) == 0);
        const auto p = taken("priors").predict(launch_alone());  // 1.645 standard deviations, not the 1 % of `any`
        CHECK(std::log(p.high / p.seconds) == doctest::Approx(1.645 * 1.2).epsilon(1e-3));
        CHECK(std::log(p.low / p.seconds) == doctest::Approx(-1.645 * 1.2).epsilon(1e-3));
        CHECK(taken("priors").taken_from(launch_alone()) == "softmax: priors");
    }
    TEST_CASE("in a network a doubt counts by its share of the time, and equal kernels are wrong together") {
        auto device = taken("priors");
        auto& c = *device.calibration;
        c.taken_from.erase(WorkClass::normalisation);
        // three launches of a class that was measured, one of a class that was not: a quarter of 1.2
        const WorkList mixed{{vector_work(WorkClass::softmax, 1, 1, 1), 1},
                             {vector_work(WorkClass::normalisation, 1, 1, 1), 3}};
        CHECK(doubt(device, mixed, false) == doctest::Approx(0.3).epsilon(1e-3));
        const WorkList two{{vector_work(WorkClass::softmax, 1, 1, 1), 1},
                           {vector_work(WorkClass::softmax, 1, 2, 1), 1}};
        CHECK(doubt(device, two, false) == doctest::Approx(1.2).epsilon(1e-3));
    }
    TEST_CASE("a class with errors of its own is not doubted") {
        auto device = taken("priors");
        auto& c = *device.calibration;
        c.taken_from.clear();
        CHECK(doubt(device, launch_alone(), true) > 1);  // measured within networks only
        CHECK(doubt(device, launch_alone(), false) == 0);
        c.bands["softmax"] = {-0.02, 0.02};
        CHECK(doubt(device, launch_alone(), true) == 0);
        CHECK(device.predict(launch_alone()).high ==
              doctest::Approx(device.predict(launch_alone()).seconds * std::exp(0.02)));
    }
    TEST_CASE("launches that come once a network cannot be told from what the network costs") {
        const auto device = small_gpu("gpu");
        const auto fitted = calibrate(device, classifiers(device, 2e-3), {}, {.holdout = 0});
        const auto& physics = fitted.calibration->physics;
        CHECK(physics.at(WorkClass::linear).value[Physics::launch] > 1e-3);  // 40 us and the 2 ms of the network
        CHECK(physics.at(WorkClass::linear).spread[Physics::launch] > std::log(1e-3 / 40e-6));
        CHECK(physics.at(WorkClass::conv).spread[Physics::launch] < 0.5);
    }
    TEST_CASE("a device file keeps the noise of its source, and says how unsure it is of what was taken") {
        const auto file = std::filesystem::temp_directory_path() / fmt::format("dyad_doubt_{}.yaml", ::getpid());
        auto device = taken("priors");
        device.head = core::parse_document(
                          "device: gpu\nplatform: {kind: gpu, units: 10, peak: 1 Top/s, bandwidth: 100 "
                          "GB/s, cache: 1 MiB}\n",
                          "gpu.yaml")
                          ->root;
        device.calibration->noise["table"] = {
            .rows = 30, .groups = 4, .mean = 0.02, .within_10 = 0.9, .table_10 = 0.7, .steady_10 = 0.8};
        write_device(device, file);
        const auto again = read_device(*core::read_document(file));
        std::filesystem::remove(file);
        const auto& noise = again.calibration->noise.at("table");
        CHECK(noise.groups == 4);
        CHECK(noise.within_10 == 0.9);
        CHECK(noise.table_10 == 0.7);
        CHECK(noise.steady_10 == 0.8);
        CHECK(again.calibration->physics.at(WorkClass::pool).spread[Physics::launch] == 1.2);
    }
    TEST_CASE("the interval of few errors is Student's") {
        // one error of 0.1: t = 6.314 with one degree of freedom, and a further value: 6.314 x 0.1 x sqrt(1 + 1 / 1)
        CHECK(band_of_few({0.1}).high == doctest::Approx(6.314 * 0.1 * std::sqrt(2.)));
        CHECK(band_of_few({0.1}).low == -band_of_few({0.1}).high);
        // two of 0.1 and -0.1: 2.920 x 0.1 x sqrt(1 + 1 / 2)
        CHECK(band_of_few({0.1, -0.1}).high == doctest::Approx(2.920 * 0.1 * std::sqrt(1.5)));
        std::vector<double> errors(18, 0.01);
        errors.front() = -0.5;  // root mean square 0.118, t 1.734: 0.21, less than the largest
        CHECK(band_of_few(errors).high == 0.5);
        errors.push_back(0.01);
        CHECK_THROWS_AS((void)band_of_few(errors), std::logic_error);
        CHECK_THROWS_AS((void)band_of_few({}), std::logic_error);
    }
    TEST_CASE("an interval holds its prediction, however few the rows of its class") {
        const auto device = small_gpu("gpu");
        std::vector<Sample> samples;
        core::Stream random(4, "shapes");
        for (std::size_t i = 0; i < 30; ++i) {
            Sample s;
            const auto kind = i < 28 ? WorkClass::linear : WorkClass::matmul;  // one or two of these
            s.works = {{product_work(kind, 1, 1 + random.below(2000), 1 + random.below(2000), 1 + random.below(2000))}};
            s.seconds = physical_seconds(device.platform, typical_physics(), s.works[0].work) *
                        (kind == WorkClass::matmul ? 3 : std::exp(0.02 * random.uniform()));
            s.config = std::to_string(i);
            s.group = std::string(name(kind));
            samples.push_back(s);
        }
        const auto bands = calibrate(device, samples, {}, {.holdout = 0}).calibration->bands;
        REQUIRE(bands.contains("matmul"));
        for (const auto& [group, band] : bands) {
            CHECK(band.low <= 0);
            CHECK(band.high >= 0);
        }
        CHECK(bands.at("matmul").low <= bands.at("any").low);  // two errors tell less than all
        CHECK(bands.at("matmul").high >= bands.at("any").high);
    }
}

}  // namespace dyad::models
