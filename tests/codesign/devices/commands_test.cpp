// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

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
        CHECK(refused("a,b\n1,2\n") ==
              "p.csv:1: no profile: found the columns a, b; expected op and latency_ms, or those of a table that "
              "configs/devices/README.md names\n");
        CHECK(
            refused("op,m,in,out,device,latency_ms\nlinear,1,2,3,v100,4\nlinear,1,2,3,t4,4\n") ==
            "board: no row of the profiles is of this device; they are of t4, v100 (`measured_as` and `columns` of its "
            "file say what tables call it)\n");
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
    TEST_CASE("a profile may begin with a byte order mark, and leave the name of its device empty") {
        std::string text = "\xEF\xBB\xBFop,m,in,out,latency_ms,device\n";
        for (int n = 1; n <= 20; ++n) text += fmt::format("linear,100,1000,{},{},\n", 100 * n, 4 * n);
        CHECK(refused(text).empty());
    }
    TEST_CASE("predictions say which classes no row told of, and keep what cells hold") {
        const Scratch scratch;
        const auto csv = write(scratch, "p.csv", "op,m,in,note\nsoftmax,8,64,\"a \"\"b\"\", c\"\nlayer,1,1,\n");
        const auto wrong = run_dyad("predict a100 " + csv);
        CHECK(wrong.err == csv +
                               ":3: op: unknown kernel 'layer', expected conv, depthwise, linear, matmul, elementwise, "
                               "softmax, normalisation, pool, inverted_residual or network\n");
        const auto good = write(scratch, "g.csv", "op,m,in,note\nsoftmax,8,64,\"a \"\"b\"\", c\"\npool,8,64,\n");
        const auto table = models::CsvTable::parse(run_dyad("predict a100 " + good).out, "out");
        CHECK(table.header.back() == "taken_from");
        CHECK(table.rows[0][table.column("note")] == "a \"b\", c");
        CHECK(table.rows[0].back().empty());
        CHECK(table.rows[1].back() ==
              "pool: " + find_device("a100").calibration->taken_from.at(models::WorkClass::pool));
        const auto json = nlohmann::json::parse(run_dyad("predict a100 --format json " + good).out);
        CHECK(json["rows"][0]["predicted_ms"].get<double>() > 0);
        CHECK(json["rows"][0]["note"] == "a \"b\", c");
        const auto again = write(scratch, "a.csv", "op,m,in,low_ms\nsoftmax,8,64,1\n");
        CHECK(run_dyad("predict a100 " + again).err == again + ":1: column 'low_ms' is one that predict adds\n");
    }
    TEST_CASE("a network is looked for next to the profile that names it") {
        const Scratch scratch;
        (void)write(scratch, "mine.yaml",
                    "network: mine\ninput: {image: [3, 16, 16]}\nlayers:\n  - conv: {out: 8, kernel: 3}\n");
        const auto csv = write(scratch, "p.csv", "op,network\nnetwork,mine.yaml\n");
        CHECK(run_dyad("predict pixel_3 " + csv).code == 0);
    }
    TEST_CASE("a device is simulated with its interval, and without energy") {
        const auto text = run_dyad("simulate squeezenet1_1 pixel_3").out;
        CHECK(text.find("(90 %: ") != std::string::npos);
        const auto totals =
            nlohmann::json::parse(run_dyad("simulate squeezenet1_1 pixel_3 --format json").out)["totals"];
        CHECK(totals["latency_low_s"] < totals["latency_s"]);
        CHECK(totals["latency_high_s"] > totals["latency_s"]);
        const auto csv = models::CsvTable::parse(run_dyad("simulate squeezenet1_1 pixel_3 --format csv").out, "out");
        CHECK(csv.rows[0][csv.column("energy_j")].empty());
        for (const auto* level : {"systemc", "cycle", "analytic"})
            CHECK(run_dyad(std::string("simulate squeezenet1_1 pixel_3 --fidelity ") + level).err ==
                  "'pixel_3' is a device: its times are calibrated, without a schedule to cost or trace\n");
    }
    TEST_CASE("profiles that name no shipped device validate none") {
        const Scratch scratch;
        const auto folder = (scratch / "data").string();
        std::filesystem::create_directory(folder);
        (void)write(scratch, "data/p.csv", "op,m,in,out,device,latency_ms\nlinear,1,2,3,mine,4\n");
        CHECK(run_dyad("validate devices --data " + folder).err ==
              "--data " + folder + ": no unseen row of a shipped device; the profiles there are of mine\n");
    }
    TEST_CASE("devices that were transferred from each other are refused") {
        const Scratch scratch;
        const auto transferred_from = [](const std::string& other) {
            return std::string(device) + "calibration:\n  model: transfer\n  rows: 10\n  holdout: 0\n  physics: {}\n" +
                   "  transfer:\n    sources: {" + other + ": [1, 1]}\n    kinds: {other: 0.5}\n";
        };
        const auto a = write(scratch, "a.yaml", transferred_from("b"));
        (void)write(scratch, "b.yaml", transferred_from("a"));
        CHECK(run_dyad("simulate squeezenet1_1 " + a).err ==
              a + ":9:18: calibration.transfer.sources.b: 'b' is no device with a calibration of its own\n");
    }
    TEST_CASE("what cannot be measured is said before anything is") {
        CHECK(run_dyad("profile host --networks resnet18,nonesuch -o x.csv").err ==
              "'nonesuch': no such file, nor is there a configs/networks/nonesuch.yaml\n");
        CHECK(run_dyad("profile host --shared --threads 2 -o x.csv").err ==
              "profile: --shared adds up the time of all threads, so it takes --threads 1\n");
        CHECK(run_dyad("profile pixel_3 -o x.csv").err ==
              "profile pixel_3: only this machine ('host') is measured from here; take the rows of `dyad profile "
              "pixel_3 --design` to the device (scripts/profile_torch.py)\n");
        CHECK(run_dyad("profile host --quiet --threads 4096 -o x.csv")
                  .err.starts_with("profile: --threads 4096: this machine has "));
    }
}

}  // namespace dyad::codesign::testing
