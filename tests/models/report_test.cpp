// SPDX-License-Identifier: Apache-2.0
#include "models/report.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "models/report_builder.hpp"
#include "tests/models/schedule_fixture.hpp"

using namespace dyad;
using namespace dyad::models;
using namespace dyad::models::fixture;
using core::Bytes;
using core::Joules;
using core::Seconds;

namespace {

/// Two kernels of one tile each: 8 bytes of weights, 16 of inputs, 32 stored, 10 cycles; 4 products each.
Schedule two_kernels() {
    auto made = plan({{1, {{1, tile(8, 16, 32, 10)}}}});
    made->energy = {
        .mac = Joules(4), .reg = Joules(2), .buffer = Joules(1), .dram = {}, .network = Joules(3), .leakage = {}};
    made->traffic = {
        {"dram", Operand::weights, Bytes(8), Bytes(0)},     {"dram", Operand::inputs, Bytes(16), Bytes(0)},
        {"dram", Operand::outputs, Bytes(0), Bytes(32)},    {"shared", Operand::weights, Bytes(80), Bytes(8)},
        {"shared", Operand::inputs, Bytes(160), Bytes(16)}, {"shared", Operand::outputs, Bytes(0), Bytes(32)}};
    return schedule(chain({16, 32, 32}), chip(), {made});
}

std::vector<StepTiming> timings() { return {{Seconds(0), Seconds(20e-9), 3}, {Seconds(20e-9), Seconds(60e-9), 1}}; }

const Traffic* row(const std::vector<Traffic>& traffic, const std::string& level, Operand operand) {
    for (const auto& candidate : traffic)
        if (candidate.level == level && candidate.operand == operand) return &candidate;
    return nullptr;
}

}  // namespace

TEST_SUITE("models/report") {
    TEST_CASE("DRAM energy is bytes, activates and the share of the background") {
        const auto plays = two_kernels();
        const auto table = energy_table(*plays.accelerator);
        const auto report = build_report(plays, Fidelity::analytic, timings());
        // k0: 8 + 16 + 32 bytes, 3 activates, a third of the background over 60 ns.
        const auto expected = 24 * table.dram_read_byte.count() + 32 * table.dram_write_byte.count() +
                              3 * table.dram_activate.count() + table.dram_background.count() * 20e-9;
        CHECK(report.kernels[0].energy.dram.count() == doctest::Approx(expected).epsilon(1e-12));
        CHECK(report.kernels[1].energy.leakage.count() ==
              doctest::Approx(table.leakage.count() * 40e-9).epsilon(1e-12));
        CHECK(report.kernels[0].energy.mac == Joules(4));
        CHECK(report.kernels[0].energy.network == Joules(3));
    }

    TEST_CASE("kernels add up to the totals") {
        const auto plays = two_kernels();
        const auto table = energy_table(*plays.accelerator);
        const auto report = build_report(plays, Fidelity::analytic, timings());
        EnergyParts sum;
        std::uint64_t macs = 0, read = 0, written = 0;
        for (const auto& kernel : report.kernels) {
            sum = sum + kernel.energy;
            macs += kernel.macs;
            for (const auto& moved : kernel.traffic) {
                if (moved.level != "dram") continue;
                read += moved.read.count();
                written += moved.write.count();
            }
        }
        CHECK(report.energy.count() == doctest::Approx(sum.total().count()).epsilon(1e-12));
        CHECK(sum.leakage.count() == doctest::Approx(table.leakage.count() * 60e-9).epsilon(1e-12));
        CHECK(report.macs == macs);
        CHECK(report.dram_read == Bytes(read));
        CHECK(report.dram_write == Bytes(written));
        CHECK(report.power.count() == doctest::Approx(report.energy.count() / 60e-9).epsilon(1e-12));
    }

    TEST_CASE("cycles, stalls and utilisation are those of the definitions") {
        const auto report = build_report(two_kernels(), Fidelity::analytic, timings());
        CHECK(report.kernels[1].cycles.count() == 40);
        CHECK(report.kernels[1].stall_cycles.count() == 30);
        CHECK(report.kernels[1].utilization == doctest::Approx(1.0 / (40 * 16)));  // one product, 4 x 4 array
        CHECK(report.cycles.count() == 60);
        CHECK(report.utilization == doctest::Approx(2.0 / (60 * 16)));
    }

    TEST_CASE("stalls add up: what is left after the engine has ended is drain") {
        auto times = timings();
        times[1].stalls = Stalls{core::Cycles(4), core::Cycles(10), core::Cycles(3), core::Cycles(2), {}, 7};
        const auto stalls = *build_report(two_kernels(), Fidelity::systemc, times).kernels[1].stalls;
        CHECK(stalls.drain.count() == 30 - 4 - 10 - 3 - 2);
        CHECK(stalls.loads.count() == 10);
        CHECK(stalls.row_misses == 7);
        times[1].stalls->loads = core::Cycles(22);  // one too many by rounding: 4 + 22 + 3 + 2 = 31
        const auto rounded = *build_report(two_kernels(), Fidelity::systemc, times).kernels[1].stalls;
        CHECK(rounded.loads.count() == 21);
        CHECK(rounded.drain.count() == 0);
    }

    TEST_CASE("a resident operand moves nothing at DRAM and is not filled into the buffer again") {
        auto plays = two_kernels();
        plays.steps[0].outputs = Home::buffer;
        plays.steps[1].inputs = Home::buffer;
        const auto first = step_traffic(plays, 0), second = step_traffic(plays, 1);
        CHECK(row(first, "dram", Operand::outputs) == nullptr);
        CHECK(row(second, "dram", Operand::inputs) == nullptr);
        CHECK(row(second, "dram", Operand::weights)->read == Bytes(8));
        CHECK(row(second, "shared", Operand::inputs)->write == Bytes(0));
        CHECK(row(second, "shared", Operand::inputs)->read == Bytes(160));
        CHECK(row(first, "shared", Operand::outputs)->write == Bytes(32));
        const auto table = energy_table(*plays.accelerator);
        const auto report = build_report(plays, Fidelity::analytic, timings());
        const auto saved = 1 - report.kernels[1].energy.buffer.count();
        CHECK(saved == doctest::Approx(16 * table.buffers[0].write_byte.count()).epsilon(1e-3));
    }

    TEST_CASE("a residual is read where it lives, among the inputs") {
        auto plays = two_kernels();
        plays.steps[1].side_from_dram = Bytes(5);
        plays.steps[1].side_from_buffer = Bytes(7);
        const auto traffic = step_traffic(plays, 1);
        CHECK(row(traffic, "dram", Operand::inputs)->read == Bytes(16 + 5));
        CHECK(row(traffic, "shared", Operand::inputs)->read == Bytes(160 + 7));
    }

    TEST_CASE("a kernel is bound by what takes longest alone") {
        // 56 bytes are a burst of 8 cycles, 296 bytes at 64 a cycle take 5, compute 10.
        auto plays = two_kernels();
        CHECK(build_report(plays, Fidelity::analytic, timings()).kernels[0].bound_by == "compute");
        auto with = [&](const Tile& only, std::uint64_t launch, std::uint64_t buffer_read) {
            auto made = plan({{1, {{1, only}}}}, launch);
            made->traffic = {{"shared", Operand::inputs, Bytes(buffer_read), Bytes(0)}};
            plays.steps[0].plan = made;
            return build_report(plays, Fidelity::analytic, timings()).kernels[0].bound_by;
        };
        CHECK(with(tile(65, 0, 0, 10), 0, 0) == "dram");
        CHECK(with(tile(64, 0, 0, 10), 0, 0) == "compute");
        CHECK(with(tile(64, 0, 0, 10), 11, 0) == "overhead");
        CHECK(with(tile(64, 0, 0, 10), 0, 641) == "shared");
        auto joined = *plays.accelerator;
        joined.network = {.topology = hw_space::Topology::crossbar, .width = Bytes(4)};
        plays.accelerator = std::make_shared<const hw_space::Accelerator>(joined);
        CHECK(with(tile(64, 0, 0, 10), 0, 40) == "compute");  // 10 cycles on the link
        CHECK(with(tile(64, 0, 0, 10), 0, 41) == "network");
    }

    TEST_CASE("the JSON has exactly the keys of the contract, in its order") {
        const auto json = to_json(build_report(two_kernels(), Fidelity::analytic, timings()), core::Manifest{});
        const auto keys = [](const nlohmann::ordered_json& object) {
            std::vector<std::string> result;
            for (const auto& item : object.items()) result.push_back(item.key());
            return result;
        };
        using List = std::vector<std::string>;
        CHECK(keys(json) ==
              List{"schema", "network", "accelerator", "fidelity", "batch", "totals", "kernels", "manifest"});
        CHECK(keys(json["totals"]) == List{"latency_s", "cycles", "energy_j", "power_w", "area_mm2", "macs",
                                           "parameters", "utilization", "weight_bytes", "peak_activation_bytes",
                                           "dram_read_bytes", "dram_write_bytes"});
        CHECK(keys(json["kernels"][0]) == List{"name", "op", "engine", "start_s", "latency_s", "cycles", "stall_cycles",
                                               "macs", "utilization", "energy_j", "energy", "traffic", "members",
                                               "bound_by"});
        CHECK(keys(json["kernels"][0]["energy"]) == List{"mac", "register", "buffer", "dram", "network", "leakage"});
        CHECK(keys(json["kernels"][0]["traffic"][0]) == List{"level", "tensor", "read_bytes", "write_bytes"});
        CHECK(json["schema"] == "dyad/simulation/1");
        CHECK(json["fidelity"] == "analytic");
        CHECK(json["kernels"][0]["traffic"][0]["tensor"] == "weights");
        CHECK(json["kernels"][0]["members"] == List{"k0"});
        CHECK(json["totals"]["cycles"] == 60);
    }

    TEST_CASE("a calibrated device has no energy and no area") {
        auto report = build_report(two_kernels(), Fidelity::analytic, timings());
        report.fidelity = Fidelity::calibrated;
        const auto json = to_json(report, core::Manifest{});
        CHECK(json["totals"]["energy_j"].is_null());
        CHECK(json["totals"]["power_w"].is_null());
        CHECK(json["totals"]["area_mm2"].is_null());
        CHECK(json["kernels"][1]["energy"].is_null());
        CHECK(json["totals"]["latency_s"] == 60e-9);
    }

    TEST_CASE("a host kernel counts neither traffic nor energy of its own") {
        auto plays = two_kernels();
        plays.steps[1].plan = nullptr;
        plays.steps[1].engine = Step::on_host;
        const auto table = energy_table(*plays.accelerator);
        const auto report = build_report(plays, Fidelity::analytic, timings());
        CHECK(report.kernels[1].engine == "host");
        CHECK(report.kernels[1].traffic.empty());
        CHECK(report.kernels[1].energy.mac == Joules(0));
        // The chip waits for it, and leaks meanwhile.
        CHECK(report.kernels[1].energy.total().count() ==
              doctest::Approx((table.leakage + table.dram_background).count() * 40e-9).epsilon(1e-12));
    }
}
