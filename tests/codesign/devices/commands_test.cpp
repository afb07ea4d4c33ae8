// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "codesign/devices/tables.hpp"
#include "tests/codesign/program.hpp"

namespace dyad::codesign::testing {
namespace {

constexpr const char* device =
    "device: board\nplatform: {kind: cpu, units: 4, peak: 48 Gop/s, bandwidth: 2.8 GB/s, cache: 512 KiB}\n";

/// Linear layers of 100 x 1000 by 1000 x 100 n, n from 1 to `rows`: 1e7 n MACs that take `step` x n (1 + n / 100) ms.
std::string profile(int rows, double step) {
    std::string text = "op,m,in,out,latency_ms\n";
    for (int n = 1; n <= rows; ++n)
        text += fmt::format("linear,100,1000,{},{:.6f}\n", 100 * n, step * n * (1 + 0.01 * n));
    return text;
}

/// What `dyad calibrate` says of a profile that it refuses, less the folder; "" where it writes a device.
std::string refused(const std::string& rows) {
    const Scratch scratch;
    const auto board = write(scratch, "board.yaml", device), csv = write(scratch, "p.csv", rows);
    const auto out = scratch / "out.yaml";
    const auto ran = run_dyad("calibrate " + board + " " + csv + " -o " + out.string());
    const bool wrote = std::filesystem::exists(out);
    if (ran.code == 0 && wrote) return "";
    if (ran.code != 1 || wrote)
        return fmt::format("exit code {}, {}: {}", ran.code, wrote ? "wrote" : "nothing", ran.err);
    const auto folder = csv.substr(0, csv.size() - 5);
    auto message = ran.err;
    for (auto at = message.find(folder); at != std::string::npos; at = message.find(folder))
        message.erase(at, folder.size());
    return message;
}

}  // namespace

TEST_SUITE("codesign/devices") {
    TEST_CASE("a profile that tells nothing, or lies, is refused and nothing is written") {
        CHECK(refused("op,latency_ms\n") == "p.csv: the profile is empty, expected a header and rows\n");
        CHECK(refused("a,b\n1,2\n") == "p.csv:1: no profile: see configs/devices/README.md for the columns\n");
        CHECK(refused("op,m,in,out,latency_ms\nlinear,1,2,3,nan\nlinear,1,2,3,-4\nwarp,1,2,3,4\n") ==
              "p.csv:2: latency_ms: expected a time in ms greater than 0, got 'nan'\n"
              "p.csv:3: latency_ms: expected a time in ms greater than 0, got '-4'\n"
              "p.csv:4: op: unknown kernel 'warp', expected conv, depthwise, linear, matmul, elementwise, softmax, "
              "normalisation, pool, inverted_residual or network\n");
        CHECK(refused(profile(9, 4)) ==
              "board: 9 rows of the profile are of this device, expected more than the 9 parameters of a class of "
              "kernels\n");
        CHECK(refused("op,m,in,out,latency_ms\n" + [] {
                  std::string rows;
                  for (int n = 1; n <= 12; ++n) rows += "linear,1," + std::to_string(n) + ",3,5\n";
                  return rows;
              }()) == "board: all 12 rows have the same time, 5 ms: expected times that vary with the work\n");
    }
    TEST_CASE("times in another unit are refused with the arithmetic") {
        // the seventh of 13 rows: 7e7 MACs, 2 x 7e7 / 48e9 = 2.92 ms; 4 x (1e5 + 7e5 + 7e4) = 3.48e6 bytes, 1.24 ms
        CHECK(refused(profile(13, 4e-3)) ==
              "board: half of the rows take less than 0.1 of the time that the datasheet allows: 2 x 7e+07 MACs / 48 "
              "Gop/s = 2.92 ms and 3.48e+06 bytes / 2.8 GB/s = 1.24 ms, measured 0.03 ms: are the times in another "
              "unit?\n");
        // the ninth, whose tiles and waves make it the middle of what is typical: 4e3 x 9 x 1.09 = 39240 ms
        CHECK(refused(profile(13, 4e3)) ==
              "board: half of the rows take more than 200 times what such a device typically takes: 2 x 9e+07 MACs / "
              "48 Gop/s = 3.75 ms and 4.36e+06 bytes / 2.8 GB/s = 1.56 ms, measured 3.92e+04 ms: are the times in "
              "another unit?\n");
        CHECK(refused(profile(20, 4)).empty());
    }
    TEST_CASE("rows without a device are not taken for those of others") {
        const Scratch scratch;
        const auto board = find_device(write(scratch, "board.yaml", device));
        const auto csv = write(scratch, "p.csv", profile(12, 4));
        CHECK(samples_of(board, {csv}).size() == 12);
        CHECK(samples_of_others(board, {csv}).empty());
    }
    TEST_CASE("which rows of a table to measure is printed, without their times") {
        const Scratch scratch;
        std::string rows = "op,m,in,out\n";
        for (int n = 1; n <= 12; ++n) rows += n == 5 ? "pool,64,784,\n" : "linear,100,1000,1000\n";
        const auto board = write(scratch, "board.yaml", device), csv = write(scratch, "p.csv", rows);
        const auto chosen =
            run_dyad("calibrate " + board + " " + csv + " --transfer raspberry_pi_4,cortex_a76 --samples 10 --choose");
        CHECK(chosen.code == 0);
        CHECK(chosen.out.starts_with("op,m,in,out\nlinear,100,1000,1000\n"));
        CHECK(chosen.out.find("\npool,64,784,\n") != std::string::npos);
        CHECK(std::ranges::count(chosen.out, '\n') == 11);
        CHECK(run_dyad("calibrate " + board + " " + csv + " --samples 10 --choose").err ==
              "calibrate: --choose takes one table, --transfer and --samples\n");
    }
    TEST_CASE("what cannot be measured is said before anything is") {
        CHECK(run_dyad("profile host --networks resnet18,nonesuch -o x.csv").err ==
              "'nonesuch': no such file, nor is there a configs/networks/nonesuch.yaml\n");
        CHECK(run_dyad("profile host --shared --threads 2 -o x.csv").err ==
              "profile: --shared adds up the time of all threads, so it takes --threads 1\n");
        CHECK(run_dyad("profile pixel_3 -o x.csv").err ==
              "profile pixel_3: only this machine ('host') is measured from here; take the rows of `dyad profile "
              "pixel_3 --design` to the device (scripts/profile_torch.py)\n");
    }
}

}  // namespace dyad::codesign::testing
