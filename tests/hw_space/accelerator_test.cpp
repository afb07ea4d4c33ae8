// SPDX-License-Identifier: Apache-2.0
#include "hw_space/accelerator.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "core/document.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/random.hpp"
#include "core/value.hpp"
#include "tests/scratch.hpp"

using namespace dyad::hw_space;
using dyad::core::Bytes;
using dyad::core::Hertz;
using dyad::core::Precision;
using dyad::core::Volts;

namespace {

Accelerator read(const std::string& text) { return read_accelerator(*dyad::core::parse_document(text, "chip.yaml")); }

Accelerator shipped(const std::string& name) {
    return read_accelerator(*dyad::core::read_document(dyad::core::find_config(name, "accelerators")));
}

/// A small valid file: head (technology and clock), one memory item and one engine, each replaceable.
std::string chip(const std::string& head = "technology: 16nm\nclock: 400 MHz\n",
                 const std::string& buffer = "  - buffer: {name: shared, size: 64 KiB, banks: 4, width: 16 B}\n",
                 const std::string& engine = "  - vector_unit: {lanes: 8, operations: [add]}\n") {
    return "accelerator: small\n" + head + "memory:\n  - dram: {standard: lpddr4-3200}\n" + buffer + "engines:\n" +
           engine;
}

}  // namespace

TEST_SUITE("hw_space/accelerator") {
    TEST_CASE("cores, network, DMA and address mapping are read") {
        const auto quad = shipped("quad_npu");
        CHECK(quad.cores.count == 4);
        CHECK(quad.cores.first_buffer == 1);
        CHECK(quad.cores.own(1));
        CHECK_FALSE(quad.cores.own(0));
        CHECK(quad.buffers.size() == 2);
        CHECK(quad.engines.size() == 3);
        CHECK(quad.network.topology == Topology::crossbar);
        CHECK(quad.network.width == Bytes(64));
        CHECK(quad.dma.engines == 2);
        CHECK(quad.peak_macs() == 4 * shipped("edge_npu").peak_macs());
        const auto simba = shipped("simba_like");
        CHECK(simba.cores.link.rate.count() == 100e9);
        CHECK(simba.peak_macs() == 4 * 1024);
        const auto mapped = read(
            "accelerator: small\ntechnology: 16nm\nclock: 400 MHz\nmemory:\n  - dram: {standard: ddr4-2400, ranks: 2, "
            "mapping: [row, rank, bank, bank_group, column, channel]}\n  - buffer: {name: b, size: 64 KiB, banks: 4, "
            "width: "
            "16 B, interleave: block}\nengines:\n  - vector_unit: {lanes: 8, operations: [add]}\n");
        CHECK(mapped.dram.ranks == 2);
        CHECK(mapped.dram.mapping[3] == DramField::bank_group);
        CHECK(mapped.dram.capacity() == Bytes(std::uint64_t{8} << 30));
        CHECK(mapped.dram.burst_pace().count() == doctest::Approx(5e-9));  // tCCD_L: bursts of a row stay in its group
        CHECK(shipped("edge_npu").dram.burst_pace().count() == doctest::Approx(5e-9));  // 32 B at 6.4 GB/s
        CHECK(mapped.buffers[0].interleave == Interleave::block);
    }

    TEST_CASE(
        "a mapping without a field, a network of no topology and engines outside the cores are refused together") {
        CHECK_THROWS_WITH_AS(
            (void)read("accelerator: small\ntechnology: 16nm\nclock: 400 MHz\nmemory:\n  - dram: {standard: "
                       "lpddr4-3200, mapping: [row, rank, bank, bank, column, channel]}\nnetwork: {topology: "
                       "direct, width: 8 B}\ncores: {count: 2, engines: [{vector_unit: {lanes: 8, operations: "
                       "[add]}}]}\nengines:\n  - vector_unit: {lanes: 8, operations: [add]}\n"),
            "chip.yaml:5:44: memory[0].dram.mapping: expected each of row, rank, bank_group, bank, column and channel "
            "once\n"
            "chip.yaml:9:3: engines: every engine belongs to a core: list them under cores\n"
            "chip.yaml:6:10: network: a direct network has neither width nor hop: its wires are as wide as the "
            "memories",
            dyad::core::Error);
    }

    TEST_CASE("edge_npu reads as it is written") {
        const auto npu = shipped("edge_npu");
        CHECK(npu.name == "edge_npu");
        CHECK(npu.technology->name == "16nm");
        CHECK(npu.clock == Hertz(800e6));
        CHECK(npu.voltage == Volts(0.7));  // 804 MHz at 0.7 V, 572 MHz at 0.6 V
        CHECK(npu.dram.standard->name == "lpddr4-3200");
        CHECK(npu.buffers.at(0).size == Bytes(1 << 20));
        CHECK(npu.buffers.at(0).per_cycle() == Bytes(16 * 32));
        CHECK(npu.buffers.at(0).keeps == Keeps{});
        const auto& array = std::get<PeArray>(npu.engines.at(0));
        CHECK(array.dataflow == ArrayDataflow::weight_stationary);
        CHECK(array.pipeline == Pipeline::overlapped);
        CHECK(array.registers == Registers{.weights = 1, .inputs = 0, .psums = 1});
        const auto& depthwise = std::get<DepthwiseUnit>(npu.engines.at(1));
        CHECK(depthwise.multipliers() == 32 * 25);
        const auto& vector = std::get<VectorUnit>(npu.engines.at(2));
        CHECK(vector.operations.size() == vector_op_count);
        CHECK(npu.peak_macs() == 32 * 32 + 32 * 25);
    }

    TEST_CASE("every shipped accelerator reads, and says what it models") {
        for (const auto& name : dyad::core::list_configs("accelerators")) {
            CAPTURE(name);
            const auto design = shipped(name);
            CHECK(design.name == name);
            CHECK(design.note.size() > 40);
            CHECK(design.peak_macs() > 0);
            CHECK(design.clock <= design.technology->max_clock(design.voltage));
        }
    }

    TEST_CASE("the chips have the published sizes") {
        CHECK(shipped("eyeriss_v1").peak_macs() == 168);
        CHECK(shipped("eyeriss_v1").dram.peak().count() == 480e6);  // the link, not the DRAM behind it
        CHECK(shipped("tpu_v1").peak_macs() == 65536);
        CHECK(shipped("tpu_v1").dram.peak().count() == doctest::Approx(34.1e9).epsilon(0.001));
        CHECK(shipped("nvdla_small").peak_macs() == 64);
        CHECK(shipped("nvdla_full").peak_macs() == 2048);
        CHECK(shipped("gemmini_16").peak_macs() == 256);
        // 64 x 64 x 2 x 480 MHz = 3.93 TOPS, sold as 4.
        const auto edge_tpu = shipped("edge_tpu_like");
        CHECK(2 * static_cast<double>(edge_tpu.peak_macs()) * edge_tpu.clock.count() ==
              doctest::Approx(3.93e12).epsilon(0.01));
    }

    TEST_CASE("each design of the edge space is an accelerator, or its clock is refused") {
        const auto document = dyad::core::read_document(dyad::core::find_config("edge_npu", "spaces"));
        const dyad::core::ChoiceSpace space(*document);
        std::size_t with_unit = 0;
        for (std::uint64_t i = 0; i < space.size(); i += 7) {
            dyad::core::Errors errors;
            const auto genome = space.at(i);
            const auto design = parse_accelerator(dyad::core::Value(*document, &genome, errors));
            CHECK(errors.empty());
            REQUIRE(design.has_value());
            with_unit += design->engines.size() == 3 ? 1u : 0u;
        }
        CHECK(with_unit > 0);
    }

    TEST_CASE("the voltage is the lowest operating point that reaches the clock") {
        CHECK(read(chip("technology: 16nm\nclock: 572 MHz\n")).voltage == Volts(0.6));
        CHECK(read(chip("technology: 16nm\nclock: 573 MHz\n")).voltage == Volts(0.7));
        CHECK(read(chip("technology: 16nm\nclock: 573 MHz\nvoltage: 0.9 V\n")).voltage == Volts(0.9));
    }

    TEST_CASE("a clock above the node's limit is refused with the limit and its voltage") {
        CHECK_THROWS_WITH_AS((void)read(chip("technology: 16nm\nclock: 2 GHz\n")),
                             "chip.yaml:3:8: clock: 2 GHz is above the limit of 16nm: 1.497 GHz at 1 V",
                             dyad::core::Error);
        CHECK_THROWS_WITH_AS((void)read(chip("technology: 16nm\nclock: 1 GHz\nvoltage: 0.7 V\n")),
                             "chip.yaml:3:8: clock: 1 GHz is above the limit of 16nm: 804 MHz at 700 mV",
                             dyad::core::Error);
    }

    TEST_CASE("a buffer must be whole words in whole banks") {
        const auto with = [](const std::string& rest) {
            return chip("technology: 16nm\nclock: 400 MHz\n", "  - buffer: {name: b, " + rest + "}\n");
        };
        CHECK_NOTHROW((void)read(with("size: 64 B, banks: 4, width: 16 B")));
        CHECK_THROWS_WITH_AS(
            (void)read(with("size: 48 B, banks: 4, width: 16 B")),
            "chip.yaml:6:13: memory[1].buffer: size 48 B is less than one access to each of 4 banks of "
            "width 16 B",
            dyad::core::Error);
        CHECK_THROWS_WITH_AS((void)read(with("size: 65 KiB, banks: 64, width: 32 B")),
                             "chip.yaml:6:13: memory[1].buffer: size 65 KiB is not a whole number of accesses to 64 "
                             "banks of width 32 B",
                             dyad::core::Error);
        CHECK_THROWS_WITH_AS((void)read(with("size: 1 MiB, width: 32 B, keeps: [weights, output]")),
                             "chip.yaml:6:66: memory[1].buffer.keeps[1]: expected one of weights, inputs, outputs, got "
                             "'output', did you mean 'outputs'?",
                             dyad::core::Error);
    }

    TEST_CASE("all errors of a file come in one go, with places and the nearest names") {
        CHECK_THROWS_WITH_AS(
            (void)read("accelerator: npu\n"
                       "technology: 16mn\n"
                       "clock: 800\n"
                       "memory:\n"
                       "  - dram: {standard: lpddr4-3200, chanels: 2}\n"
                       "  - buffer: {name: shared, size: -1 MiB, width: 32 B}\n"
                       "engines:\n"
                       "  - pe_aray: {rows: 32}\n"
                       "  - pe_array: {rows: 0, cols: 99999, dataflow: weight_stationery}\n"
                       "  - depthwise_unit: {lanes: 32}\n"
                       "  - vector_unit: {lanes: 8, operations: [ad]}\n"
                       "hosts: {}\n"),
            "chip.yaml:2:13: technology: '16mn': no such file, nor is there a configs/technology/16mn.yaml, did you "
            "mean '16nm'?\n"
            "chip.yaml:3:8: clock: expected a frequency such as 800 MHz, got '800'\n"
            "chip.yaml:5:35: memory[0].dram: unknown key 'chanels', did you mean 'channels'?\n"
            "chip.yaml:6:34: memory[1].buffer.size: expected a size such as 1 MiB, got '-1 MiB'\n"
            "chip.yaml:8:5: engines[0]: expected one of pe_array, depthwise_unit, vector_unit, custom_unit, got "
            "'pe_aray', did you mean 'pe_array'?\n"
            "chip.yaml:9:22: engines[1].pe_array.rows: expected a whole number between 1 and 4096, got '0'\n"
            "chip.yaml:9:31: engines[1].pe_array.cols: expected a whole number between 1 and 4096, got '99999'\n"
            "chip.yaml:9:48: engines[1].pe_array.dataflow: expected one of weight_stationary, output_stationary, "
            "input_stationary, row_stationary, spatial, got 'weight_stationery', did you mean 'weight_stationary'?\n"
            "chip.yaml:10:21: engines[2].depthwise_unit: missing key 'kernels' (a list of side lengths such as [3, "
            "5])\n"
            "chip.yaml:11:42: engines[3].vector_unit.operations[0]: expected one of add, mul, max, exp, erf, "
            "reciprocal, rsqrt, compare, gather, got 'ad', did you mean 'add'?\n"
            "chip.yaml:12:1: unknown key 'hosts', did you mean 'host'?",
            dyad::core::Error);
    }

    TEST_CASE("an empty file names everything that is missing") {
        CHECK_THROWS_WITH_AS((void)read("accelerator: npu\n"),
                             "chip.yaml:1:1: missing key 'technology' (a node such as 16nm)\n"
                             "chip.yaml:1:1: missing key 'clock' (a frequency such as 800 MHz)\n"
                             "chip.yaml:1:1: missing key 'memory' (a list: one dram, then buffers)\n"
                             "chip.yaml:1:1: missing key 'engines' (a list of engines)",
                             dyad::core::Error);
        CHECK_THROWS_AS((void)read("accelerator:\ntechnology:\nclock:\nmemory:\nengines:\n"), dyad::core::Error);
    }

    TEST_CASE("sums must hold the products") {
        const auto with = [](const std::string& rest) {
            return chip("technology: 16nm\nclock: 400 MHz\n", "",
                        "  - pe_array: {rows: 4, cols: 4, dataflow: output_stationary, " + rest + "}\n");
        };
        CHECK(std::get<PeArray>(read(with("precision: fp16")).engines[0]).accumulate == Precision::fp32);
        CHECK(std::get<PeArray>(read(with("precision: int16, accumulate: int16")).engines[0]).accumulate ==
              Precision::int16);
        CHECK_THROWS_WITH_AS((void)read(with("precision: int16, accumulate: int8")),
                             "chip.yaml:7:15: engines[0].pe_array: accumulate int8 cannot hold sums of int16 products",
                             dyad::core::Error);
        CHECK_THROWS_WITH_AS((void)read(with("precision: int8, accumulate: fp32")),
                             "chip.yaml:7:15: engines[0].pe_array: accumulate fp32 cannot hold sums of int8 products",
                             dyad::core::Error);
    }

    TEST_CASE("a spatial array says what it unrolls, the others do not") {
        const auto with = [](const std::string& rest) {
            return chip("technology: 16nm\nclock: 400 MHz\n", "",
                        "  - pe_array: {rows: 4, cols: 4, dataflow: " + rest + "}\n");
        };
        const auto array = std::get<PeArray>(read(with("spatial, row_dims: [C], col_dims: [K]")).engines[0]);
        CHECK(array.row_dims == std::vector<std::string>{"C"});
        CHECK(array.col_dims == std::vector<std::string>{"K"});
        CHECK_THROWS_WITH_AS((void)read(with("spatial")),
                             "chip.yaml:7:15: engines[0].pe_array: dataflow spatial needs row_dims or col_dims (the "
                             "kernel's dimensions unrolled on each axis)",
                             dyad::core::Error);
        CHECK_THROWS_WITH_AS((void)read(with("spatial, row_dims: [X, C, C]")),
                             "chip.yaml:7:64: engines[0].pe_array.row_dims[0]: expected one of N, K, C, P, Q, R, S, G, "
                             "got 'X'\n"
                             "chip.yaml:7:70: engines[0].pe_array.row_dims[2]: dimension C occurs twice",
                             dyad::core::Error);
        CHECK_THROWS_AS((void)read(with("weight_stationary, row_dims: [C]")), dyad::core::Error);
    }

    TEST_CASE("memories stand from the outside in, and names are used once") {
        CHECK_THROWS_WITH_AS((void)read("accelerator: a\ntechnology: 16nm\nclock: 1 GHz\nmemory:\n"
                                        "  - buffer: {size: 1 KiB, width: 8 B}\n  - dram: {standard: ddr4-2400}\n"
                                        "engines:\n  - vector_unit: {lanes: 8, operations: [add]}\n"),
                             "chip.yaml:5:5: memory[0]: expected one dram first, then buffers from the outside in\n"
                             "chip.yaml:6:5: memory[1]: expected one dram first, then buffers from the outside in",
                             dyad::core::Error);
        CHECK_THROWS_WITH_AS(
            (void)read(chip("technology: 16nm\nclock: 1 GHz\n", "  - buffer: {name: x, size: 1 KiB, width: 8 B}\n",
                            "  - vector_unit: {name: x, lanes: 8, operations: [add]}\n")),
            "chip.yaml:1:1: the name 'x' is used twice; give one a `name`", dyad::core::Error);
    }

    TEST_CASE("a technology may stand in a file beside the one that names it") {
        const dyad::test::Scratch folder;
        auto text = dyad::core::read_file(dyad::core::find_config("16nm", "technology"));
        text.replace(text.find("technology: 16nm"), 16, "technology: 12nm");
        (void)folder.put("mine.yaml", text);
        (void)folder.put("chip.yaml", chip("technology: mine\nclock: 400 MHz\n"));
        const auto design = read_accelerator(*dyad::core::read_document(folder / "chip.yaml"));
        CHECK(design.technology->name == "12nm");
        CHECK(design.technology->node_nm == 12);
    }

    TEST_CASE("a space is no design") {
        CHECK_THROWS_WITH_AS((void)read(chip("technology: 16nm\nclock: !choice [400 MHz, 500 MHz]\n")),
                             "chip.yaml:3:8: clock: this is a space, not one design: the choice is open",
                             dyad::core::Error);
    }

    TEST_CASE("engines say what they do with narrower operands, and how long they take to start") {
        const auto design =
            read(chip("technology: 16nm\nclock: 500 MHz\nclock_network: 3 pJ\n", "",
                      "  - pe_array: {rows: 2, cols: 2, dataflow: weight_stationary, start_up: 7 cycles, "
                      "register_access: 0.2 pJ}\n"
                      "  - depthwise_unit: {lanes: 2, kernels: [3], rates: {int4: 4}, start_up: 5 cycles}\n"
                      "  - vector_unit: {lanes: 2, precision: int16, rates: {int8: 2}, operations: [add], "
                      "start_up: 3 cycles}\n"));
        using enum dyad::core::Precision;
        CHECK(design.clock_network.count() == doctest::Approx(3e-12));
        CHECK(std::get<PeArray>(design.engines.at(0)).register_access.count() == doctest::Approx(0.2e-12));
        CHECK(std::get<PeArray>(design.engines.at(0)).start_up == dyad::core::Cycles(7));
        CHECK(std::get<DepthwiseUnit>(design.engines.at(1)).start_up == dyad::core::Cycles(5));
        CHECK(std::get<VectorUnit>(design.engines.at(2)).start_up == dyad::core::Cycles(3));
        CHECK(narrow_rate(design.engines[0], int4, int4) == 2);  // two for one of eight bits, unless it says otherwise
        CHECK(narrow_rate(design.engines[0], int4, int8) == 1);  // one of the two is as wide as the multiplier
        CHECK(narrow_rate(design.engines[0], fp16, fp16) == 1);
        CHECK(narrow_rate(design.engines[1], int4, int4) == 4);
        CHECK(narrow_rate(design.engines[2], int8, int4) == 2);
        CHECK(narrow_rate(design.engines[2], int4, int4) == 1);  // of an engine of 16 bits nothing is taken for granted
        CHECK_THROWS_WITH_AS(
            (void)read(chip("technology: 16nm\nclock: 500 MHz\n", "",
                            "  - vector_unit: {lanes: 2, precision: int8, rates: {int8: 2}, operations: [add]}\n")),
            "chip.yaml:7:60: engines[0].vector_unit.rates.int8: int8 is not narrower than the engine's int8",
            dyad::core::Error);
    }

    TEST_CASE("a custom unit is what its file says") {
        const auto design = read(chip("technology: 16nm\nclock: 500 MHz\n", "",
                                      "  - custom_unit:\n      name: softmax_engine\n      operators: [softmax]\n"
                                      "      operations_per_cycle: 16\n      energy_per_operation: 0.4 pJ\n"
                                      "      area: 0.05 mm2\n      launch: 100 cycles\n"));
        const auto& unit = std::get<CustomUnit>(design.engines.at(0));
        CHECK(unit.name == "softmax_engine");
        CHECK(unit.operators == std::vector<std::string>{"softmax"});
        CHECK(unit.launch == dyad::core::Cycles(100));
        CHECK(unit.area.count() == doctest::Approx(0.05));
        CHECK(peak_macs(design.engines.at(0)) == 16);
    }
}
