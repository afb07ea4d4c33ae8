// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>

#include "arch_space/network.hpp"
#include "codesign/report/constants.hpp"
#include "codesign/report/memory.hpp"
#include "core/document.hpp"
#include "core/files.hpp"
#include "models/energy_events.hpp"
#include "models/mapper.hpp"
#include "models/schedule/residence.hpp"

using namespace dyad;
using codesign::cost_constants, codesign::scaled;

namespace {

hw_space::Accelerator chip(const std::string& name) {
    return hw_space::read_accelerator(*core::read_document(core::find_config(name, "accelerators")));
}

models::Schedule mapped(const std::string& network, const hw_space::Accelerator& on, bool chains = false) {
    models::MapperMemo memo;
    const auto lowered =
        arch_space::lower(arch_space::read_network(*core::read_document(core::find_config(network, "networks"))), {});
    // For latency, so that the mapping does not depend on what energy costs.
    return models::map_all(std::make_shared<const models::Dataflow>(lowered),
                           std::make_shared<const hw_space::Accelerator>(on),
                           {.objective = models::Objective::latency, .chains = chains}, memo);
}

std::vector<std::pair<std::string, std::string>> pairs() {
    return {{"mobilenet_v3_small", "edge_npu"},
            {"squeezenet1_1", "eyeriss_v1"},
            {"squeezenet1_1", "quad_npu"},
            {"mobilenet_v3_small", "gemmini_16"}};
}

codesign::CostConstant constant(const std::string& name) {
    const auto all = cost_constants();
    const auto found = std::ranges::find(all, name, &codesign::CostConstant::name);
    REQUIRE_MESSAGE(found != all.end(), name);
    return *found;
}

/// Bytes read from DRAM.
double read_bytes(const models::Report& report) { return static_cast<double>(report.dram_read.count()); }

}  // namespace

TEST_SUITE("codesign/report") {
    TEST_CASE("events add up to the energy of the report, and to that of the same mapping at other constants") {
        for (const auto& [network, name] : pairs()) {
            CAPTURE(name);
            const auto own = chip(name);
            const auto schedule = mapped(network, own);
            const auto report = models::analytic(schedule);
            const models::EnergyEvents events(schedule, report);
            CHECK(events.on(own).count() == doctest::Approx(report.energy.count()).epsilon(1e-12));
            std::size_t compared = 0;
            for (const auto& constant : cost_constants()) {
                CAPTURE(constant.name);
                const auto other = scaled(own, constant, 1.2);
                const auto again = models::analytic(mapped(network, other));
                // The mapper breaks ties by energy; where it has found another mapping there is nothing to compare.
                if (again.dram_read != report.dram_read || again.latency != report.latency) continue;
                ++compared;
                // One of equal time and DRAM traffic may still move words on the chip otherwise; ties that cheap are
                // 2e-3.
                CHECK(events.on(other).count() == doctest::Approx(again.energy.count()).epsilon(2e-3));
            }
            CHECK(compared > cost_constants().size() / 2);
        }
    }

    TEST_CASE("events add up to the energy of the report where kernels run as chains") {
        for (const auto& [network, name] : pairs()) {
            CAPTURE(name);
            const auto own = chip(name);
            const auto schedule = mapped(network, own, true);
            const auto report = models::analytic(schedule);
            const models::EnergyEvents events(schedule, report);
            CHECK(events.on(own).count() == doctest::Approx(report.energy.count()).epsilon(1e-12));
        }
    }

    TEST_CASE("a fifth more for reading DRAM costs a fifth of what reading took") {
        const auto own = chip("edge_npu");
        const auto schedule = mapped("mobilenet_v3_small", own);
        const auto report = models::analytic(schedule);
        const models::EnergyEvents events(schedule, report);
        // 0.2 x 8 bits x read_bit a byte
        const double expected = 0.2 * 8 * own.dram.standard->read_bit.count() * read_bytes(report);
        CHECK(events.on(scaled(own, constant("dram.read"), 1.2)).count() - report.energy.count() ==
              doctest::Approx(expected).epsilon(1e-9));
    }

    TEST_CASE("constants of area move the area as they stand in it") {
        const auto own = chip("edge_npu");
        double sum = 0, overhead = 0;
        for (const auto& part : models::area_parts(own))
            (part.component == "wiring and control" ? overhead : sum) += part.area.count();
        const auto now = [&](const char* name) { return models::area(scaled(own, constant(name), 1.2)).count(); };
        CHECK(now("overhead.area") == doctest::Approx(sum + 1.2 * overhead).epsilon(1e-12));
        CHECK(now("sram.area") > sum + overhead);
        CHECK(now("dram.read") == doctest::Approx(sum + overhead).epsilon(1e-12));
    }

    TEST_CASE("the watched buffer never holds more than its size, and holds something when a network stays on chip") {
        for (const auto& [network, name] : pairs()) {
            CAPTURE(name);
            const auto schedule = mapped(network, chip(name));
            const auto report = models::analytic(schedule);
            const auto size = schedule.accelerator->buffers[models::watched_buffer(*schedule.accelerator)].size;
            core::Bytes most;
            for (const auto& use : codesign::buffer_use(schedule, report)) {
                CHECK(use.resident + use.tiles <= size);
                most = std::max(most, use.resident + use.tiles + use.ahead);
            }
            CHECK(most > core::Bytes());
        }
    }

    TEST_CASE("a chip without buffers has no use of them") {
        auto bare = chip("edge_npu");
        models::Schedule schedule;
        bare.buffers.clear();
        schedule.accelerator = std::make_shared<const hw_space::Accelerator>(bare);
        CHECK(codesign::buffer_use(schedule, {}).empty());
    }
}
