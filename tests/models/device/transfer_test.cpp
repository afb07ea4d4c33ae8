// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "core/error.hpp"
#include "core/random.hpp"
#include "models/device/calibrate.hpp"
#include "models/device/noise.hpp"
#include "models/device/profile.hpp"
#include "models/device/scores.hpp"

namespace dyad::models {
namespace {

Platform gpu(double peak) {
    return {.kind = Platform::Kind::gpu,
            .units = 10,
            .peak = core::OpsPerSecond(peak),
            .bandwidth = core::BytesPerSecond(1e11),
            .cache = core::Bytes(1 << 20)};
}

Device plain(const std::string& name, double peak, double launch) {
    Device device;
    device.name = name;
    device.platform = gpu(peak);
    auto& c = device.calibration.emplace();
    c.model = "physical";
    for (const auto kind : work_classes) {
        auto physics = typical_physics();
        physics.value[Physics::launch] = launch;
        c.physics.emplace(kind, physics);
    }
    return device;
}

/// Networks of three kinds of kernels, in other numbers each.
std::vector<Sample> networks(std::size_t count) {
    std::vector<Sample> samples;
    core::Stream random(7, "networks");
    for (std::size_t i = 0; i < count; ++i) {
        Sample s;
        s.works = {{conv_work(1, 64, 64, 28, 3, 1, 1), static_cast<double>(1 + random.below(20))},
                   {conv_work(1, 256, 256, 14, 1, 1, 1), static_cast<double>(1 + random.below(20))},
                   {vector_work(WorkClass::elementwise, 1, 65536, 2), static_cast<double>(1 + random.below(40))}};
        s.config = "n" + std::to_string(i);
        s.group = "network";
        samples.push_back(s);
    }
    return samples;
}

WorkList read_one(const std::string& text) {
    core::Errors errors;
    const auto rows = profile_rows(CsvTable::parse(text, "p.csv"), true, {}, errors);
    errors.throw_if_any();
    return rows.at(0).sample.works;
}

}  // namespace

TEST_SUITE("models/device") {
    TEST_CASE("ten networks tell a mixture of two known devices") {
        const auto fast = std::make_shared<const Device>(plain("fast", 4e12, 5e-6)),
                   slow = std::make_shared<const Device>(plain("slow", 2e11, 80e-6));
        auto samples = networks(60);
        for (auto& s : samples) s.seconds = 0.3 * fast->learned_seconds(s.works) + 1.7 * slow->learned_seconds(s.works);
        Device device;
        device.name = "between";
        device.platform = gpu(1e12);
        const auto fitted = calibrate(device, samples, {}, {.samples = 10, .known = {fast, slow}});
        const auto& errors = fitted.calibration->errors;
        CHECK(errors.at("network/transfer").rows == 50);
        CHECK(errors.at("network/transfer").within_10 == doctest::Approx(1));
        CHECK(errors.at("network/transfer").spearman > 0.99);
        CHECK(errors.at("each from the others/transfer").rows == 10);
        CHECK(fitted.calibration->coverage.at("network") >= 0.85);
        for (const auto& source : fitted.calibration->transfer.sources) CHECK(source.weight >= 0);
        CHECK(fitted.predict(samples[0].works).low < samples[0].seconds);
    }
    TEST_CASE("the networks to measure are those that others tell the least of") {
        const std::vector known{std::make_shared<const Device>(plain("fast", 4e12, 5e-6)),
                                std::make_shared<const Device>(plain("slow", 2e11, 80e-6))};
        // Twenty of convolutions in other numbers, one of linear layers, one of pooling: relative to what they take,
        // two directions are seldom and the twenty lie on one.
        std::vector<Sample> candidates(22);
        for (std::size_t i = 0; i < 20; ++i)
            candidates[i].works = {{conv_work(1, 64, 64, 28, 3, 1, 1), static_cast<double>(i + 1)}};
        candidates[20].works = {{product_work(WorkClass::linear, 1, 64, 512, 512)}};
        candidates[21].works = {{vector_work(WorkClass::pool, 64, 784, 1)}};
        Samples pointers;
        for (const auto& c : candidates) pointers.push_back(&c);
        const auto three = Transfer::choose(known, pointers, 3);
        REQUIRE(three.size() == 3);
        CHECK(three[0] < 20);
        CHECK(three[1] == 20);
        CHECK(three[2] == 21);
        CHECK(Transfer::choose(known, pointers, 100).size() == 22);
        CHECK(Transfer::choose(known, {}, 3).empty());
    }
    TEST_CASE("without --samples a transfer is fitted to all rows") {
        const auto known = std::make_shared<const Device>(plain("known", 4e12, 5e-6));
        auto samples = networks(10);
        for (auto& s : samples) s.seconds = 2 * known->learned_seconds(s.works);
        Device device;
        device.name = "new";
        device.platform = gpu(1e12);
        const auto fitted = calibrate(device, samples, {}, {.known = {known}});
        CHECK(fitted.calibration->coverage.empty());
        CHECK(fitted.predict(samples[3].works).seconds == doctest::Approx(samples[3].seconds).epsilon(0.01));
        samples[3].seconds *= 1.5;  // of ten, the interval holds the one that lies farthest
        const auto wide = calibrate(device, samples, {}, {.known = {known}}).predict(samples[3].works);
        CHECK(wide.high > samples[3].seconds);
        CHECK(wide.seconds < samples[3].seconds / 1.3);
        samples.resize(9);
        CHECK_THROWS_WITH(calibrate(device, samples, {}, {.known = {known}}),
                          "new: 9 rows of the profile are of this device, expected more than the 9 parameters of a "
                          "class of kernels");
    }
    TEST_CASE("a device is told by its datasheet from the rows of others") {
        const auto truth = plain("truth", 1e12, 30e-6).calibration->physics;
        std::vector<Sample> others, own;
        core::Stream random(3, "shapes");
        for (const double peak : {5e11, 1e12, 4e12}) {
            const auto platform = std::make_shared<const Platform>(gpu(peak));
            for (int i = 0; i < 60; ++i) {
                Sample s;
                s.works = {{product_work(WorkClass::linear, 1, 1 + random.below(3000), 1 + random.below(3000),
                                         1 + random.below(3000))}};
                s.seconds = physical_seconds(*platform, truth, s.works);
                s.group = "linear";
                s.platform = platform;
                others.push_back(s);
            }
        }
        Device device;
        device.name = "unseen";
        device.platform = gpu(2e12);
        for (int i = 0; i < 20; ++i) {
            auto s = others[static_cast<std::size_t>(i)];
            s.platform = nullptr;
            s.seconds = physical_seconds(device.platform, truth, s.works);
            own.push_back(s);
        }
        const auto told = calibrate(device, own, {}, {.model = "datasheet", .others = others});
        CHECK(told.calibration->errors.at("linear/datasheet").mean < 0.02);
        CHECK(told.calibration->errors.at("linear/physical").mean < 0.02);
        CHECK_THROWS_WITH(calibrate(device, own, {}, {.model = "datasheet"}),
                          "unseen: the profiles have 0 rows of other devices of its kind, expected more than the 9 "
                          "parameters of a class of kernels");
    }
    TEST_CASE("noise is the distance of rows with equal kernels from their mean") {
        std::vector<Sample> samples(5);
        const auto work = conv_work(1, 64, 64, 28, 3, 1, 1);
        for (auto& s : samples) s.works = {{work}};
        samples[4].works = {{work, 2}};  // alone: no group
        const double times[] = {1.0, 1.21, 1.1, 1.1, 5};
        for (std::size_t i = 0; i < 5; ++i) samples[i].seconds = times[i];
        Samples list;
        for (const auto& s : samples) list.push_back(&s);
        // mean of the logarithms: log 1.1; distances log 1.1, log 1.1, 0, 0, times sqrt(4 / 3): 1.1^1.1547 = 1.1163
        const auto floor = noise_floor(list);
        CHECK(floor.rows == 4);
        CHECK(floor.groups == 1);
        CHECK(floor.within_10 == doctest::Approx(0.5));
        CHECK(floor.mean == doctest::Approx((0.1163 + (1 - 1 / 1.1163)) / 4).epsilon(0.01));
        samples[2].works.graph.chain = 7;  // joined in another way: another group
        CHECK(noise_floor(list).rows == 3);
    }
    TEST_CASE("noise within groups of equal kernels bounds the rank correlation") {
        std::vector<Sample> samples(4);
        const double times[] = {1, 2, 4, 8};
        for (std::size_t i = 0; i < 4; ++i) {
            samples[i].works = {{conv_work(1, 64, 64, 28, 3, 1, 1), i < 2 ? 2. : 3.}};
            samples[i].seconds = times[i];
        }
        // ranks of the rows -1.5 -0.5 0.5 1.5 about their middle, of the means of their groups -1 -1 1 1:
        // 4 / sqrt(5 x 4)
        CHECK(noise_floor({&samples[0], &samples[1], &samples[2], &samples[3]}).spearman ==
              doctest::Approx(4 / std::sqrt(20.)));
    }
    TEST_CASE("a table of kernels tells scatter, and drift apart from it") {
        const auto device = plain("machine", 1e12, 20e-6);
        const auto floor_of = [&](auto factor) {
            auto samples = networks(120);
            for (std::size_t i = 0; i < samples.size(); ++i)
                samples[i].seconds = factor(i) * device.learned_seconds(samples[i].works);
            Samples list;
            for (const auto& s : samples) list.push_back(&s);
            return noise_floor(list);
        };
        const auto quiet = floor_of([](std::size_t) { return 1.0; });
        CHECK(quiet.groups == 0);
        CHECK(quiet.table_10 == doctest::Approx(1));
        // every third stretch of 20 rows, every third row: 40 of 120 rows take 1.3 times as long
        const auto drift = floor_of([](std::size_t i) { return i / 20 % 3 == 2 ? 1.3 : 1.0; });
        CHECK(drift.table_10 == doctest::Approx(2. / 3).epsilon(0.05));
        CHECK(drift.steady_10 > 0.9);
        const auto scatter = floor_of([](std::size_t i) { return i % 3 == 2 ? 1.3 : 1.0; });
        CHECK(scatter.table_10 == doctest::Approx(2. / 3).epsilon(0.05));
        CHECK(scatter.steady_10 == doctest::Approx(scatter.table_10).epsilon(0.05));
    }
    TEST_CASE("an inverted residual is an expansion, a depthwise convolution, a projection and an addition") {
        const auto works = read_one("op,in,out,size,kernel,stride,expand\ninverted_residual,16,16,28,5,1,6\n");
        double macs = 0;
        for (const auto& [work, count] : works) macs += count * work.macs();
        CHECK(works.size() == 4);
        // 28^2 x (16 x 96 + 25 x 96 + 96 x 16)
        CHECK(macs == 28. * 28 * (16 * 96 + 25 * 96 + 96 * 16));
        CHECK(read_one("op,in,out,size,kernel,stride,expand\ninverted_residual,16,24,28,3,2,1\n").size() == 2);
    }
}

}  // namespace dyad::models
