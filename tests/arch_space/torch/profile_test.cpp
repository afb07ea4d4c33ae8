// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "arch_space/torch/profile/measure.hpp"

namespace dyad::arch_space::torch {
namespace {

constexpr const char* header = "op,network,batch,in,out,size,kernel,stride,groups,m,operands\n";

std::string error_of(const std::string& row) {
    const auto table = core::parse_csv(header + row, "p.csv");
    try {
        (void)prepare(table, table.rows[0]);
    } catch (const core::Error& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_SUITE("torch/profile") {
    TEST_CASE("every class of kernels runs, and is timed") {
        const auto table =
            core::parse_csv(header + std::string("conv,,2,6,9,7,3,2,3,,\ndepthwise,,1,5,5,9,5,1,5,,\n"
                                                 "linear,,1,7,3,,,,,4,\nmatmul,,3,7,5,,,,,4,\n"
                                                 "elementwise,,1,33,,,,,,3,1\nelementwise,,1,33,,,,,,3,2\n"
                                                 "softmax,,1,33,,,,,,3,1\nnormalisation,,1,33,,,,,,3,1\n"
                                                 "pool,,1,49,,,,,,3,1\n"),
                            "p.csv");
        for (const auto& row : table.rows) {
            const auto run = prepare(table, row);
            std::size_t calls = 0;
            const auto timing = measure([&] { run(), ++calls; }, 3);
            CHECK(timing.least > 0);
            CHECK(timing.calls >= 3);
            CHECK(calls >= 3 + timing.calls);  // 3 or more before, to get warm
        }
    }
    TEST_CASE("the processor's clock stands still while the process waits") {
        const auto wait = [] { std::this_thread::sleep_for(std::chrono::microseconds(500)); };
        CHECK(measure(wait, 3).least >= 0.5e-3);
        const auto timing = measure([&] { wait(), (void)std::to_string(1.5); }, 3, Clock::processor);
        CHECK(timing.median < 0.5e-3);
    }
    TEST_CASE("a row that is no kernel is named") {
        CHECK(error_of("warp,,1,2,3,,,,,,\n") == "p.csv:2: op: unknown kernel 'warp'");
        CHECK(error_of("conv,,1,6,9,7,3,1,4,,\n") == "p.csv:2: groups must divide the channels");
        CHECK(error_of("conv,,1,6,-9,7,3,1,1,,\n") ==
              "p.csv:2: out: expected a whole number from 1 to 16777216, got '-9'");
        CHECK(error_of("pool,,1,50,,,,,,3,1\n") == "p.csv:2: the elements of a pool row must make a square image");
    }
}

}  // namespace dyad::arch_space::torch
