// SPDX-License-Identifier: Apache-2.0
#include "models/device/profile.hpp"

#include <doctest/doctest.h>

#include <string>

#include "core/error.hpp"
#include "models/device/calibrate.hpp"
#include "models/device/columns.hpp"

namespace dyad::models {
namespace {

std::string errors_of(const std::string& text, bool predicting = false) {
    core::Errors errors;
    try {
        (void)profile_rows(CsvTable::parse(text, "p.csv"), predicting, {}, errors);
        errors.throw_if_any();
    } catch (const core::Error& error) {
        return error.what();
    }
    return "";
}

Work work_of(const std::string& text) {
    core::Errors errors;
    return profile_rows(CsvTable::parse(text, "p.csv"), true, {}, errors).at(0).sample.works.at(0).work;
}

Device board(Platform::Kind kind) {
    Device device;
    device.name = "board";
    device.platform = {.kind = kind,
                       .units = 10,
                       .peak = core::OpsPerSecond(1e12),
                       .bandwidth = core::BytesPerSecond(1e11),
                       .cache = core::Bytes(1 << 20)};
    return device;
}

/// Tiny kernels that take `seconds`, a little more each.
std::vector<Sample> tiny(double seconds, std::size_t count) {
    std::vector<Sample> samples(count);
    for (std::size_t i = 0; i < count; ++i) {
        samples[i].works = {{product_work(WorkClass::linear, 1, 1, 8, 8 + i)}};
        samples[i].seconds = seconds * (1 + 2e-3 * static_cast<double>(i));
        samples[i].config = std::to_string(i);
    }
    return samples;
}

}  // namespace

TEST_SUITE("models/device") {
    TEST_CASE("a misspelt column is named instead of left alone") {
        CHECK(errors_of("op,in,out,strides,latency_ms\nlinear,2,3,2,1\n") ==
              "p.csv:1: unknown column 'strides', did you mean 'stride'?");
        CHECK(errors_of("op,in,out, M,latency_ms\nlinear,2,3,2,1\n") ==
              "p.csv:1: unknown column ' M', did you mean 'm'?");
        CHECK(errors_of("op,in,out,id,macs,spread_ms,load,comment,latency_ms\nlinear,2,3,2,1,1,1,1,1\n").empty());
        CHECK(errors_of("op,in,out,latency_us\nlinear,2,3,1\n", true).empty());  // times are not looked at
    }
    TEST_CASE("a column that a kernel needs is missed once") {
        CHECK(errors_of("op,inn,out,latency_ms\nlinear,2,3,1\nlinear,2,4,1\n") ==
              "p.csv:1: in: no such column, 'linear' needs it");
    }
    TEST_CASE("a table that is no profile is told by its columns") {
        const auto what = [](const std::string& text, bool predicting) {
            return no_profile(CsvTable::parse(text, "p.csv"), predicting);
        };
        CHECK(what("op,in,latncy_ms\n1,2,3\n", false) ==
              "no profile: found the columns op, in, latncy_ms; expected op and latency_ms, or those of a table that "
              "configs/devices/README.md names, did you mean 'latency_ms'?");
        CHECK(what("OP,in\n1,2\n", true) ==
              "no profile: found the columns OP, in; expected op, or those of a table that configs/devices/README.md "
              "names, did you mean 'op'?");
    }
    TEST_CASE("sizes and times beyond reason are refused") {
        const std::string conv = "op,in,out,size,kernel,groups,latency_ms\n";
        CHECK(errors_of(conv + "conv,64,64,56,3,4,1\n").empty());
        CHECK(errors_of(conv + "conv,64,62,56,3,4,1\n") ==
              "p.csv:2: groups: 4 groups, expected a number that divides 64 channels in and 62 out");
        CHECK(errors_of(conv + "conv,64,64,56,3,4,1e9\n").empty());
        CHECK(errors_of(conv + "conv,64,64,56,3,4,1.1e9\nconv,64,64,56,3,4,1e-320\n") ==
              "p.csv:2: latency_ms: expected a time in ms from 1e-09 to 1000000000, got '1.1e9'\n"
              "p.csv:3: latency_ms: expected a time in ms from 1e-09 to 1000000000, got '1e-320'");
        CHECK(errors_of("op,in,out,size,kernel,latency_ms\ninverted_residual,8,2147483648,1073741824,3,1\n") ==
              "p.csv:2: size: more than 1e18 elements");
    }
    TEST_CASE("a pool leaves an element for each square of its stride") {
        const auto work = work_of("op,m,in,stride\npool,64,3136,2\n");
        CHECK(work.inputs == 64 * 3136);
        CHECK(work.outputs == 64 * 784);
        CHECK(work_of("op,m,in\npool,64,3136\n").outputs == 64 * 3136);
    }
    TEST_CASE("kernels that end before a GPU can launch them are in another unit") {
        const auto gpu = board(Platform::Kind::gpu), cpu = board(Platform::Kind::cpu);
        CHECK_NOTHROW(check_samples(gpu, tiny(2e-6, 11)));  // from a captured graph
        CHECK_NOTHROW(check_samples(cpu, tiny(1e-7, 11)));  // a hundred nanoseconds of a lean library
        // the sixth: 8 x 13 products at 1e12 / 2 a second; 4 x (13 + 104 + 8) bytes; 30 ns x 1.01
        CHECK_THROWS_WITH(check_samples(gpu, tiny(30e-9, 11)),
                          "board: half of the rows take less than 0.1 of the time that the datasheet allows: 2 x 104 "
                          "MACs / 1 Top/s = 2.08e-07 ms and 500 bytes / 100 GB/s = 5e-06 ms, 1 x a launch of at least "
                          "0.001 ms = 0.001 ms, measured 3.03e-05 ms: are the times in another unit?");
        CHECK_THROWS_AS(check_samples(cpu, tiny(1e-10, 11)), core::Error);
    }
    TEST_CASE("vector kernels that stay in the cache may outrun the DRAM") {
        // 4 x 2 x 65536 bytes at 1e11 a second take 5.2 us; of a cache of 1 MiB they may take 0.4 us, of DRAM they may
        // not
        const auto copies = [](std::uint64_t width) {
            auto samples = tiny(4e-7, 12);
            for (auto& s : samples) s.works = {{vector_work(WorkClass::elementwise, 1, width, 1)}};
            return samples;
        };
        CHECK_NOTHROW(check_samples(board(Platform::Kind::cpu), copies(65536)));
        CHECK_THROWS_AS(check_samples(board(Platform::Kind::cpu), copies(1 << 18)), core::Error);
    }
    TEST_CASE("one class in another unit is refused among others that are right") {
        auto samples = tiny(1e-4, 20);
        for (auto& s : samples) s.group = "linear";
        for (std::size_t i = 0; i < 6; ++i) {  // 2e9 operations at 1e12 a second take 2 ms, not 2 s
            samples[i].works = {{product_work(WorkClass::matmul, 1, 1000, 1000, 1000)}};
            samples[i].seconds = 2 + 1e-3 * static_cast<double>(i);
            samples[i].group = "matmul";
        }
        CHECK_THROWS_WITH(
            check_samples(board(Platform::Kind::gpu), samples),
            "board: half of the rows of matmul take more than 200 times what such a device typically "
            "takes: 2 x 1e+09 MACs / 1 Top/s = 2 ms and 1.2e+07 bytes / 100 GB/s = 0.12 ms, measured 2e+03 "
            "ms: are the times in another unit?");
        for (std::size_t i = 0; i < 6; ++i) samples[i].seconds /= 1000;
        CHECK_NOTHROW(check_samples(board(Platform::Kind::gpu), samples));
        samples.erase(samples.begin(), samples.begin() + 2);  // four rows tell no unit
        for (std::size_t i = 0; i < 4; ++i) samples[i].seconds *= 1000;
        CHECK_NOTHROW(check_samples(board(Platform::Kind::gpu), samples));
    }
    TEST_CASE("rows of one configuration count as one against the parameters") {
        auto samples = tiny(1e-4, 12);
        for (auto& s : samples) s.config = "the same";
        CHECK_THROWS_WITH(
            (void)calibrate(board(Platform::Kind::gpu), samples, {}, {.holdout = 0}),
            "board: 1 different rows are left to fit and 0 kept aside (--holdout), expected more than the "
            "9 parameters of a class of kernels");
    }
    TEST_CASE("one other device does not tell how far off a datasheet is") {
        auto others = tiny(1e-4, 12);
        const auto platform = std::make_shared<const Platform>(board(Platform::Kind::gpu).platform);
        for (auto& s : others) s.platform = platform;
        CHECK_THROWS_WITH(
            (void)calibrate(board(Platform::Kind::gpu), {}, {}, {.model = "datasheet", .others = others}),
            "board: the profiles have rows of one other device of its kind, expected two: the interval is "
            "from predicting each by the others");
    }
}

}  // namespace dyad::models
