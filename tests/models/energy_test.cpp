// SPDX-License-Identifier: Apache-2.0
#include "models/energy.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "core/document.hpp"
#include "core/files.hpp"

using namespace dyad::models;
using dyad::core::Precision;
using dyad::hw_space::Accelerator;
using dyad::hw_space::VectorOp;

namespace {

Accelerator shipped(const std::string& name) {
    return dyad::hw_space::read_accelerator(*dyad::core::read_document(dyad::core::find_config(name, "accelerators")));
}

/// edge_npu at 16 nm with other values in some of its lines.
Accelerator npu(const std::string& head, const std::string& buffer = "size: 64 KiB, banks: 1, width: 32 B",
                const std::string& array = "registers: {weights: 1, psums: 1}") {
    const std::string text =
        "accelerator: npu\ntechnology: 16nm\n" + head + "\nmemory:\n  - dram: {standard: lpddr4-3200, channels: 2}\n" +
        "  - buffer: {name: shared, " + buffer + "}\nengines:\n" +
        "  - pe_array: {rows: 8, cols: 4, dataflow: weight_stationary, precision: int8, accumulate: int32, " + array +
        "}\n  - vector_unit: {lanes: 4, operations: [add, exp]}\n";
    return dyad::hw_space::read_accelerator(*dyad::core::parse_document(text, "npu.yaml"));
}

double pj(dyad::core::Joules energy) { return energy.count() * 1e12; }

double total_power(const Accelerator& chip) {
    double watts = 0;
    for (const auto& part : peak_power(chip)) watts += part.dynamic.count() + part.leakage.count();
    return watts;
}

double area_of(const Accelerator& chip, const std::string& component) {
    for (const auto& part : area_parts(chip))
        if (part.component == component) return part.area.count();
    return -1;
}

}  // namespace

TEST_SUITE("models/energy") {
    TEST_CASE("a multiply-accumulate costs what a hand count says") {
        // 16 nm at 0.8 V, 50 % for clock and control: int8 product 0.1004 pJ, int32 sum 0.04539 pJ; the input is
        // latched once, 8 bits of 2.4 fJ: 1.5 (0.1004 + 0.04539 + 0.0192) = 0.247485 pJ.
        const auto chip = npu("clock: 1 GHz\nvoltage: 0.8 V");
        const auto table = energy_table(chip);
        CHECK(pj(table.mac(chip.engines[0], Precision::int8, Precision::int8)) == doctest::Approx(0.247485));
        // int4 weights: sqrt(0.02304 x 0.1004) = 0.048096 pJ for the product: 1.5 (0.048096 + 0.04539 + 0.0192).
        CHECK(pj(table.mac(chip.engines[0], Precision::int4, Precision::int8)) ==
              doctest::Approx(0.169029).epsilon(1e-4));
        // int16 by int8 takes two products and two sums, and latches 8 bits: 1.5 (2 x 0.14579 + 0.0192) = 0.46617 pJ.
        CHECK(pj(table.mac(chip.engines[0], Precision::int16, Precision::int8)) == doctest::Approx(0.46617));
    }

    TEST_CASE("a buffer's byte costs an access shared by the bytes of its width") {
        // 64 KiB by 256 bits: sqrt(65536 x 256) = 4096, sqrt(65536) = 256.
        // 256 x 6.036e-5 + 4096 x 0.001251 + 256 x 256 x 0.0001086 = 0.01545 + 5.12410 + 7.11721 = 12.25676 pJ / 32 B.
        const auto table = energy_table(npu("clock: 1 GHz\nvoltage: 0.8 V"));
        CHECK(pj(table.buffers[0].read_byte) == doctest::Approx(12.25676 / 32).epsilon(1e-5));
        // 256 x 0.004879 + 4096 x 0.0004014 + 65536 x 0.0001559 = 1.24902 + 1.64413 + 10.21706 = 13.11022 pJ.
        CHECK(pj(table.buffers[0].write_byte) == doctest::Approx(13.11022 / 32).epsilon(1e-5));
    }

    TEST_CASE("DRAM costs its standard's energy per bit") {
        const auto table = energy_table(npu("clock: 400 MHz"));
        CHECK(pj(table.dram_read_byte) == doctest::Approx(8 * 8.5));
        CHECK(pj(table.dram_write_byte) == doctest::Approx(8 * 5.1));
        CHECK(pj(table.dram_activate) == doctest::Approx(1200));
        // Two channels: standby, and a refresh of 23.4 nJ every 3904 ns.
        CHECK(table.dram_background.count() == doctest::Approx(2 * (0.033 + 23.4 / 3904)));
    }

    TEST_CASE("a byte travels half the edge of the chip") {
        const auto chip = npu("clock: 1 GHz\nvoltage: 0.8 V");
        const double edge_mm = std::sqrt(area(chip).count());
        CHECK(pj(energy_table(chip).wire_byte) == doctest::Approx(8 * 0.09107 * edge_mm / 2));
    }

    TEST_CASE("everything on the chip scales with V^2, leakage with V, DRAM not at all") {
        const auto low_chip = npu("clock: 400 MHz\nvoltage: 0.6 V"), high_chip = npu("clock: 400 MHz\nvoltage: 0.9 V");
        const auto low = energy_table(low_chip), high = energy_table(high_chip);
        const double square = 2.25;  // (0.9 / 0.6)^2
        CHECK(high.mac(high_chip.engines[0], Precision::int8, Precision::int8) /
                  low.mac(low_chip.engines[0], Precision::int8, Precision::int8) ==
              doctest::Approx(square));
        CHECK(high.vector_op(VectorOp::exp, Precision::int8) / low.vector_op(VectorOp::exp, Precision::int8) ==
              doctest::Approx(square));
        CHECK(high.buffers[0].read_byte / low.buffers[0].read_byte == doctest::Approx(square));
        CHECK(high.register_bit / low.register_bit == doctest::Approx(square));
        CHECK(high.wire_byte / low.wire_byte == doctest::Approx(square));
        CHECK(high.leakage / low.leakage == doctest::Approx(1.5));
        CHECK(high.dram_read_byte == low.dram_read_byte);
        CHECK(area(high_chip) == area(low_chip));
    }

    TEST_CASE("a faster clock is no free lunch") {
        // 400 MHz runs at 0.6 V, 1.2 GHz at 0.9 V: three times the rate, (0.9 / 0.6)^2 the energy.
        CHECK(total_power(npu("clock: 1200 MHz")) > 3 * 2.2 * total_power(npu("clock: 400 MHz")));
    }

    TEST_CASE("a deep scratchpad costs more than a flip-flop, up to 32 words it is made of them") {
        const auto table = [](const char* words) {
            return energy_table(npu("clock: 400 MHz", "size: 64 KiB, width: 32 B",
                                    std::string("registers: {weights: ") + words + ", psums: 1}"));
        };
        CHECK(table("32").register_bits[0][0] == table("32").register_bit);
        CHECK(table("512").register_bits[0][0] > table("512").register_bit);
        CHECK(table("4096").register_bits[0][0] > table("512").register_bits[0][0]);
        CHECK(table("512").register_bits[0][2] == table("512").register_bit);
        CHECK(table("512").register_bits.size() == 2);
    }

    TEST_CASE("narrower operands and cheaper operations cost less") {
        const auto chip = npu("clock: 400 MHz");
        const auto table = energy_table(chip);
        const auto mac = [&](Precision w, Precision i) { return table.mac(chip.engines[0], w, i); };
        CHECK(mac(Precision::int4, Precision::int4) < mac(Precision::int4, Precision::int8));
        CHECK(mac(Precision::int4, Precision::int8) < mac(Precision::int8, Precision::int8));
        CHECK(mac(Precision::int8, Precision::int8) < mac(Precision::int16, Precision::int16));
        for (const VectorOp op : {VectorOp::erf, VectorOp::reciprocal, VectorOp::rsqrt})
            CHECK(table.vector_op(op, Precision::int8) == table.vector_op(VectorOp::exp, Precision::int8));
        CHECK(table.vector_op(VectorOp::max, Precision::int8) < table.vector_op(VectorOp::mul, Precision::int8));
        CHECK(table.vector_op(VectorOp::mul, Precision::int8) < table.vector_op(VectorOp::exp, Precision::int8));
    }

    TEST_CASE("an int8 exp is a 16-bit multiply and add and the look-up of a piece") {
        // 1.5 (0.4378 + 0.02219 + (32 + 8) x 0.0024) = 1.5 x 0.55599 = 0.833985 pJ at 16 nm and 0.8 V.
        const auto table = energy_table(npu("clock: 1 GHz\nvoltage: 0.8 V"));
        CHECK(pj(table.vector_op(VectorOp::exp, Precision::int8)) == doctest::Approx(0.833985));
    }

    TEST_CASE("the area is the sum of its parts, the last of which is wiring and control") {
        for (const auto& name : dyad::core::list_configs("accelerators")) {
            CAPTURE(name);
            const auto chip = shipped(name);
            const auto parts = area_parts(chip);
            double sum = 0;
            for (const auto& part : parts) {
                CHECK(part.area.count() > 0);
                sum += part.area.count();
            }
            CHECK(area(chip).count() == doctest::Approx(sum));
            CHECK(parts.back().component == "wiring and control");
            CHECK(parts.back().area.count() ==
                  doctest::Approx((sum - parts.back().area.count()) * chip.technology->area_overhead));
        }
    }

    TEST_CASE("the parts of an array are counted by hand") {
        const auto chip = npu("clock: 400 MHz");
        // 32 elements at 16 nm: int8 multipliers of 53.58 um2, int32 adders of 26.03 um2.
        CHECK(area_of(chip, "pe_array/multipliers") == doctest::Approx(32 * 53.58e-6));
        CHECK(area_of(chip, "pe_array/adders") == doctest::Approx(32 * 26.03e-6));
        // One weight of 8 bits and one sum of 32 in flip-flops of 0.8592 um2 a bit; on the way two operands, a sum and
        // the next fold's weight: 16 + 32 + 8 = 56 bits.
        CHECK(area_of(chip, "pe_array/weights") == doctest::Approx(32 * 8 * 0.8592e-6));
        CHECK(area_of(chip, "pe_array/psums") == doctest::Approx(32 * 32 * 0.8592e-6));
        CHECK(area_of(chip, "pe_array/pipeline") == doctest::Approx(32 * 56 * 0.8592e-6));
        CHECK(area_of(chip, "pe_array/inputs") == -1);  // it has none
        // 64 KiB by 256 bits: 65536 x 0.756 + 256 x 256 x 0.1243 um2.
        CHECK(area_of(chip, "shared") == doctest::Approx((65536 * 0.756 + 65536 * 0.1243) * 1e-6));
    }

    TEST_CASE("more of anything takes more area") {
        const auto base = area(npu("clock: 400 MHz", "size: 64 KiB, banks: 2, width: 32 B"));
        CHECK(area(npu("clock: 400 MHz", "size: 128 KiB, banks: 2, width: 32 B")) > base);
        CHECK(area(npu("clock: 400 MHz", "size: 64 KiB, banks: 4, width: 32 B")) > base);
        CHECK(area(npu("clock: 400 MHz", "size: 64 KiB, banks: 2, width: 64 B")) > base);
        CHECK(area(npu("clock: 400 MHz", "size: 64 KiB, banks: 2, ports: 2, width: 32 B")) > base);
        CHECK(area(npu("clock: 400 MHz", "size: 64 KiB, banks: 2, width: 32 B", "registers: {weights: 2, psums: 1}")) >
              base);
        CHECK(area(npu("clock: 400 MHz", "size: 64 KiB, banks: 2, width: 32 B",
                       "registers: {weights: 1, psums: 1}, output_lanes: 8")) >
              area(npu("clock: 400 MHz", "size: 64 KiB, banks: 2, width: 32 B",
                       "registers: {weights: 1, psums: 1}, output_lanes: 0")));
    }

    TEST_CASE("a custom unit takes the area and energy of its file") {
        const auto chip = dyad::hw_space::read_accelerator(*dyad::core::parse_document(
            "accelerator: a\ntechnology: 16nm\nclock: 500 MHz\nmemory:\n  - dram: {standard: ddr4-2400}\nengines:\n"
            "  - custom_unit: {name: topk, operators: [topk], operations_per_cycle: 8, energy_per_operation: 0.5 pJ, "
            "area: 0.25 mm2}\n",
            "a.yaml"));
        CHECK(area_of(chip, "topk/unit") == doctest::Approx(0.25));
        CHECK(pj(energy_table(chip).mac(chip.engines[0], Precision::int8, Precision::int8)) == doctest::Approx(0.5));
        // 8 x 0.5 pJ x 500 MHz = 2 mW.
        CHECK(peak_power(chip).at(0).dynamic.count() == doctest::Approx(2e-3));
    }

    TEST_CASE("area and power of the published designs are of their size") {
        // Areas: NVDLA 0.55 and 3.3 mm2 at 16 nm (nvdla.org, primer), Eyeriss 12.25 mm2 core (Chen et al., JSSC 2017),
        // TPU v1 at most 331 mm2, two thirds of it buffers and matrix unit (Jouppi et al., ISCA 2017).
        const struct {
            const char* name;
            double mm2;
        } published[] = {{"nvdla_small", 0.55}, {"nvdla_full", 3.3}, {"eyeriss_v1", 12.25}, {"tpu_v1", 331 * 2 / 3.0}};
        double log_ratio = 0;
        for (const auto& [name, mm2] : published) {
            CAPTURE(name);
            const double ours = area(shipped(name)).count();
            CHECK(ours > mm2 / 1.5);
            CHECK(ours < mm2 * 1.5);
            log_ratio += std::log(ours / mm2);
        }
        CHECK(std::abs(log_ratio / 4) < 0.1);  // no bias: the overhead is their geometric mean
        // Everything busy, each bank too: Eyeriss takes 332 mW on CONV1, whose inputs hold no zeros, at 60 % of the
        // products that its elements could do (Chen et al., JSSC 2017, table V); TPU v1 40 W busy, 75 W by design.
        CHECK(total_power(shipped("eyeriss_v1")) > 0.332);
        CHECK(total_power(shipped("eyeriss_v1")) < 0.332 / 0.6 * 1.25);
        CHECK(total_power(shipped("tpu_v1")) > 40);
        CHECK(total_power(shipped("tpu_v1")) < 75);
        CHECK(area(shipped("edge_npu")).count() < 8);
        CHECK(total_power(shipped("edge_npu")) < 2);
    }

    TEST_CASE("a chip may state what a word of its registers and its clock network take") {
        const auto chip =
            npu("clock: 1 GHz\nvoltage: 0.8 V\nclock_network: 2 pJ", "size: 64 KiB, banks: 1, width: 32 B",
                "registers: {weights: 1, psums: 1}, register_access: 0.8 pJ");
        const auto table = energy_table(chip), without = energy_table(npu("clock: 1 GHz\nvoltage: 0.8 V"));
        CHECK(pj(table.register_bits[0][0]) == doctest::Approx(0.1));               // 0.8 pJ over 8 bits
        CHECK(pj(table.register_bits[0][2]) == doctest::Approx(0.025));             // over 32 bits of a sum
        CHECK((table.leakage - without.leakage).count() == doctest::Approx(2e-3));  // 2 pJ, 1e9 times a second
        CHECK(peak_power(chip).back().component == "clock network");
        CHECK(peak_power(chip).back().dynamic.count() == doctest::Approx(2e-3));
    }

    TEST_CASE("power parts are the chip's memories and engines, and hold all its leakage") {
        for (const auto& name : dyad::core::list_configs("accelerators")) {
            CAPTURE(name);
            const auto chip = shipped(name);
            const auto parts = peak_power(chip);
            const bool network = chip.network.topology != dyad::hw_space::Topology::direct;
            const bool clocked = chip.clock_network.count() > 0;
            CHECK(parts.size() == chip.buffers.size() + chip.engines.size() + 1 + network + clocked);
            double leakage = 0;
            for (const auto& part : parts) leakage += part.leakage.count();
            const auto clock = clocked ? parts.back().dynamic.count() : 0;  // it never rests either
            CHECK(leakage + clock == doctest::Approx(energy_table(chip).leakage.count()));
        }
    }

    TEST_CASE("every constant behind a chip has a source") {
        for (const auto& name : dyad::core::list_configs("accelerators")) {
            const auto all = constants(shipped(name));
            CHECK(all.size() > 50);
            for (const auto& constant : all) {
                CAPTURE(constant.name);
                CHECK(constant.source.size() > 10);
            }
        }
    }
}
