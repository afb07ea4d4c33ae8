// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "core/error.hpp"
#include "core/random.hpp"
#include "models/device/calibrate.hpp"
#include "models/device/profile.hpp"
#include "tests/models/device/small_gpu.hpp"

namespace dyad::models {
namespace {

std::string errors_of(const std::string& text) {
    core::Errors errors;
    const auto none = [](const std::string& name, std::uint64_t) -> WorkList {
        throw core::Error("no network " + name);
    };
    try {
        (void)profile_rows(CsvTable::parse(text, "p.csv"), false, none, errors);
        errors.throw_if_any();
    } catch (const core::Error& error) {
        return error.what();
    }
    return "";
}

/// Times that the physics gives, with known parameters.
std::vector<Sample> made_by(const Device& device, const Physics& physics, double scale) {
    std::vector<Sample> samples;
    core::Stream random(1, "shapes");
    for (int i = 0; i < 120; ++i) {
        Sample s;
        const auto work =
            product_work(WorkClass::linear, 1, 1 + random.below(3000), 1 + random.below(3000), 1 + random.below(3000));
        s.works = {{work}};
        s.seconds = scale * physical_seconds(device.platform, physics, work);
        s.config = std::to_string(i);
        s.group = "linear";
        samples.push_back(s);
    }
    return samples;
}

}  // namespace

TEST_SUITE("models/device") {
    TEST_CASE("a product takes its whole waves at the sustained rate") {
        const auto device = small_gpu();
        auto p = typical_physics();
        p.value = {1e-9, 0.5, 1, 1e-9, 10, 1, 1e6, 1e-4, 8};
        // 256 x 128 outputs are 2 tiles of 128 x 128, 8 of 64 x 64 or 32 of 32 x 32 on 10 units: the 8 take one wave of
        // 64 x 64 x 100 MACs at 0.5 x 1e12 / 10 / 2 = 2.5e10 MAC/s, 16.384 us; the 32 take 4 waves of a quarter of it.
        const auto work = product_work(WorkClass::linear, 1, 256, 128, 100);
        CHECK(work.macs() == 256. * 128 * 100);
        CHECK(physical_seconds(device.platform, p, work) == doctest::Approx(16.384e-6).epsilon(0.01));
    }
    TEST_CASE("a power limit slows what products compute, not what fills their tiles") {
        auto platform = small_gpu().platform;
        platform.power_limits = true;
        platform.process = 12;  // 21 pJ an operation
        auto p = typical_physics();
        p.value = {1e-9, 0.5, 1, 1e-9, 10, 1, 1e6, 1e-4, 8};
        // As above, 16.384 us of tiles for 6.5536e6 operations: 8.82 W / 21 pJ = 4.2e11 a second do them in 15.6
        // us, 6.3 W / 21 pJ = 3e11 in 21.845 us.
        const auto work = product_work(WorkClass::linear, 1, 256, 128, 100);
        platform.power = core::Watts(8.82);
        CHECK(physical_seconds(platform, p, work) == doctest::Approx(16.384e-6).epsilon(0.01));
        platform.power = core::Watts(6.3);
        CHECK(physical_seconds(platform, p, work) == doctest::Approx(21.845e-6).epsilon(0.01));
    }
    TEST_CASE("before Volta, linear layers slow down once their tiles' rows span more than 32 MiB") {
        auto platform = small_gpu().platform;
        auto p = typical_physics();
        p.value = {1e-9, 0.5, 1, 1e-9, 1e3, 1, 1e6, 1e-4, 8};
        // 20 tiles are two on each of the 10 units: 2 x (128 + 128) rows of 4 k bytes, 32 MiB at k = 16384.
        const auto slower = [&](WorkClass kind, double process, std::uint64_t m, std::uint64_t k) {
            const auto work = product_work(kind, 1, m, 1280, k);
            platform.power_limits = false;
            const double before = physical_seconds(platform, p, work);
            platform.power_limits = true, platform.process = process;
            return physical_seconds(platform, p, work) / before;
        };
        CHECK(slower(WorkClass::linear, 16, 256, 16384) == doctest::Approx(1 + 1.5 / 2));
        CHECK(slower(WorkClass::linear, 16, 256, 32768) == doctest::Approx(1 + 1.5 * 16 / 17));
        CHECK(slower(WorkClass::linear, 16, 128, 32768) == doctest::Approx(1 + 1.5 / 2));  // 10 tiles: one a unit
        CHECK(slower(WorkClass::linear, 16, 256, 4096) == doctest::Approx(1 + 1.5 / 257));
        CHECK(slower(WorkClass::linear, 12, 256, 16384) == doctest::Approx(1));
        CHECK(slower(WorkClass::matmul, 16, 256, 16384) == doctest::Approx(1));
    }
    TEST_CASE("a roofline is the larger of compute and memory") {
        const auto device = small_gpu();
        // 2 x 1000^3 / 1e12 = 2 ms beside 3e6 x 4 B / 1e11 B/s = 0.12 ms; one row: 2e6 / 1e12 = 2 us beside 40.08 us.
        CHECK(roofline_seconds(device.platform, product_work(WorkClass::linear, 1, 1000, 1000, 1000)) ==
              doctest::Approx(2e-3));
        CHECK(roofline_seconds(device.platform, product_work(WorkClass::linear, 1, 1, 1000, 1000)) ==
              doctest::Approx(40.08e-6));
    }
    TEST_CASE("a fit finds the physics that made the times") {
        const auto device = small_gpu();
        auto truth = typical_physics();
        truth.value[Physics::launch] = 80e-6;
        truth.value[Physics::sustained] = 0.6;
        const auto fitted = calibrate(device, made_by(device, truth, 1), {}, {.holdout = 0.25, .model = "physical"});
        const auto& physics = fitted.calibration->physics.at(WorkClass::linear);
        CHECK(physics.value[Physics::launch] == doctest::Approx(80e-6).epsilon(0.05));
        CHECK(physics.value[Physics::sustained] == doctest::Approx(0.6).epsilon(0.05));
        CHECK(fitted.calibration->errors.at("linear/physical").mean < 0.02);
        CHECK(fitted.calibration->taken_from.at(WorkClass::conv) == "priors");
    }
    TEST_CASE("times in another unit are refused with the arithmetic") {
        const auto device = small_gpu();
        // 10 products of 1000 x 1000 by 1000 x 1000 that take 3 ms, a little more each
        const auto message = [&](double scale) {
            std::vector<Sample> samples(11);
            for (std::size_t i = 0; i < samples.size(); ++i) {
                samples[i].works = {{product_work(WorkClass::linear, 1, 1000, 1000, 1000)}};
                samples[i].seconds = scale * (3e-3 + 1e-5 * (static_cast<double>(i) - 5));
            }
            try {
                check_samples(device, samples);
            } catch (const core::Error& error) {
                return std::string(error.what());
            }
            return std::string();
        };
        CHECK(message(1).empty());
        CHECK(
            message(1e-3) ==
            "small_gpu: half of the rows take less than 0.1 of the time that the datasheet allows: 2 x 1e+09 MACs / 1 "
            "Top/s = 2 ms and 1.2e+07 bytes / 100 GB/s = 0.12 ms, measured 0.003 ms: are the times in another unit?");
        CHECK(
            message(1e3) ==
            "small_gpu: half of the rows take more than 200 times what such a device typically takes: 2 x 1e+09 MACs / "
            "1 Top/s = 2 ms and 1.2e+07 bytes / 100 GB/s = 0.12 ms, measured 3e+03 ms: are the times in another unit?");
    }
    TEST_CASE("constant times and fewer rows than parameters are refused") {
        const auto device = small_gpu();
        auto samples = made_by(device, typical_physics(), 1);
        for (auto& s : samples) s.seconds = 0.002;
        CHECK_THROWS_WITH(check_samples(device, samples),
                          "small_gpu: all 120 rows have the same time, 2 ms: expected times that vary with the work");
        samples.resize(9);
        CHECK_THROWS_WITH(check_samples(device, samples),
                          "small_gpu: 9 rows of the profile are of this device, expected more than the 9 parameters of "
                          "a class of kernels");
    }
    TEST_CASE("trees learn a step and come back from their bytes") {
        std::vector<std::vector<float>> rows;
        std::vector<double> targets;
        for (int i = 0; i < 400; ++i) {
            rows.push_back({static_cast<float>(i % 20), static_cast<float>(i % 7)});
            targets.push_back(i % 20 < 10 ? 0.0 : 0.5);
        }
        const auto trees = Trees::fit(rows, targets);
        const float low[] = {3, 1}, high[] = {15, 1};
        CHECK(trees.predict(low) == doctest::Approx(0).epsilon(0.1));
        CHECK(trees.predict(high) == doctest::Approx(0.5).epsilon(0.1));
        const auto bytes = trees.bytes();
        CHECK(bytes == Trees::fit(rows, targets).bytes());
        CHECK(Trees::read(bytes, "t").predict(high) == trees.predict(high));
        CHECK_THROWS_WITH(Trees::read(bytes.substr(0, bytes.size() - 3), "t"), "t: these are no trees of a device");
        CHECK_THROWS_WITH(Trees::read("", "t"), "t: these are no trees of a device");
    }
    TEST_CASE("networks correct the kernels they are made of") {
        const auto device = small_gpu();
        PhysicsByClass classes{{WorkClass::linear, typical_physics()}};
        const auto a = product_work(WorkClass::linear, 1, 64, 64, 64),
                   b = product_work(WorkClass::linear, 1, 2048, 2048, 64);
        const double ta = physical_seconds(device.platform, classes.at(WorkClass::linear), a),
                     tb = physical_seconds(device.platform, classes.at(WorkClass::linear), b);
        std::vector<Sample> samples;
        for (int i = 1; i < 20; ++i)  // a takes 1.3 times its physics, b 0.8 times
            samples.push_back({{{a, 1. * i}, {b, 20. - i}}, 1.3 * i * ta + 0.8 * (20 - i) * tb, "", ""});
        std::vector<const Sample*> list;
        for (const auto& s : samples) list.push_back(&s);
        const auto correction = Correction::fit(device.platform, classes, list);
        CHECK(correction.at(a) == doctest::Approx(0.3).epsilon(0.05));
        CHECK(correction.at(b) == doctest::Approx(-0.2).epsilon(0.05));
    }
    TEST_CASE("every bad cell of a profile is named with its line") {
        CHECK(errors_of("op,m,in,out,latency_ms\nlinear,1,2,3,nan\nlinear,1,2,3,-1\nwarp,1,2,3,1\nlinear,0,2,3,1\n") ==
              "p.csv:2: latency_ms: expected a time in ms greater than 0, got 'nan'\n"
              "p.csv:3: latency_ms: expected a time in ms greater than 0, got '-1'\n"
              "p.csv:4: op: unknown kernel 'warp', expected conv, depthwise, linear, matmul, elementwise, softmax, "
              "normalisation, pool, inverted_residual or network\n"
              "p.csv:5: m: expected a whole number from 1 to 2147483648, got '0'");
        CHECK(errors_of("op,latency_ms\n") == "p.csv: the profile is empty, expected a header and rows");
        CHECK(errors_of("op,op\nlinear,1\n") == "p.csv:1: a column stands twice");
        CHECK(errors_of("op,network,latency_ms\nnetwork,x,1\n") == "p.csv:2: network: no network x");
    }
    TEST_CASE("a configuration is held out by its name alone") {
        int out = 0;
        for (int i = 0; i < 1000; ++i) out += held_out(std::to_string(i), 0.2) ? 1 : 0;
        CHECK(out > 150);
        CHECK(out < 250);
        CHECK_FALSE(held_out("any", 0));
    }
}

}  // namespace dyad::models
