// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <string>

#include "arch_space/network.hpp"
#include "core/document.hpp"
#include "core/files.hpp"
#include "models/mapper.hpp"
#include "models/report.hpp"
#include "models/schedule/residence.hpp"
#include "sim/simulate.hpp"

using namespace dyad;

namespace {

constexpr std::array accelerators{"edge_npu", "edge_tpu_like", "eyeriss_v1", "gemmini_16", "nvdla_full", "nvdla_small",
                                  "quad_npu", "simba_like",    "tpu_v1",     "tpu_v4",     "ws_array"};

void check_kernels(const models::Schedule& schedule, const models::Report& report) {
    models::EnergyParts sum;
    std::uint64_t macs = 0;
    for (std::size_t k = 0; k < report.kernels.size(); ++k) {
        const auto& kernel = report.kernels[k];
        CAPTURE(kernel.name);
        if (const auto& plan = schedule.steps[k].plan) CHECK(kernel.cycles >= plan->compute);
        sum = sum + kernel.energy;
        macs += kernel.macs;
    }
    CHECK(report.energy.count() == doctest::Approx(sum.total().count()).epsilon(1e-12));
    CHECK(report.macs == macs);
}

/// Plays every shipped network on one accelerator in SystemC and in closed forms.
void check_all_networks(const std::string& accelerator) {
    const auto chip = std::make_shared<const hw_space::Accelerator>(
        hw_space::read_accelerator(*core::read_document(core::find_config(accelerator, "accelerators"))));
    models::MapperMemo memo;
    double sum = 0;
    const auto networks = core::list_configs("networks");
    for (const auto& name : networks) {
        CAPTURE(name);
        const auto network = arch_space::read_network(*core::read_document(core::find_config(name, "networks")));
        const auto dataflow = std::make_shared<const models::Dataflow>(arch_space::lower(network, {}));
        const auto schedule = models::map_all(dataflow, chip, {}, memo);
        if (!chip->buffers.empty()) CHECK(schedule.peak_buffer <= chip->buffers[models::watched_buffer(*chip)].size);
        const auto played = sim::simulate(schedule), closed = models::analytic(schedule);
        check_kernels(schedule, played);
        check_kernels(schedule, closed);
        const auto error = std::abs(closed.latency.count() / played.latency.count() - 1);
        CHECK(error < 0.15);
        sum += error;
    }
    CHECK(sum / static_cast<double>(networks.size()) < 0.05);
}

}  // namespace

// The closed forms stay within 15 % of SystemC on every network, 5 % on average; neither is ever below the compute
// bound of a kernel.
TEST_SUITE("codesign/fidelity") {
    TEST_CASE("every shipped accelerator is compared") {
        CHECK(core::list_configs("accelerators") == std::vector<std::string>(accelerators.begin(), accelerators.end()));
    }
    TEST_CASE("analytic agrees with SystemC on edge_npu") { check_all_networks("edge_npu"); }
    TEST_CASE("analytic agrees with SystemC on edge_tpu_like") { check_all_networks("edge_tpu_like"); }
    TEST_CASE("analytic agrees with SystemC on eyeriss_v1") { check_all_networks("eyeriss_v1"); }
    TEST_CASE("analytic agrees with SystemC on gemmini_16") { check_all_networks("gemmini_16"); }
    TEST_CASE("analytic agrees with SystemC on nvdla_full") { check_all_networks("nvdla_full"); }
    TEST_CASE("analytic agrees with SystemC on nvdla_small") { check_all_networks("nvdla_small"); }
    TEST_CASE("analytic agrees with SystemC on quad_npu") { check_all_networks("quad_npu"); }
    TEST_CASE("analytic agrees with SystemC on simba_like") { check_all_networks("simba_like"); }
    TEST_CASE("analytic agrees with SystemC on tpu_v1") { check_all_networks("tpu_v1"); }
    TEST_CASE("analytic agrees with SystemC on tpu_v4") { check_all_networks("tpu_v4"); }
    TEST_CASE("analytic agrees with SystemC on ws_array") { check_all_networks("ws_array"); }
}
