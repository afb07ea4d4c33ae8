// SPDX-License-Identifier: Apache-2.0
// What is said of measured chips: the mapping strings, the statistics of a set, the command.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "codesign/validate/chip_run.hpp"
#include "codesign/validate/fidelity.hpp"
#include "codesign/validate/loop_levels.hpp"
#include "codesign/validate/validation.hpp"
#include "core/document.hpp"
#include "hw_space/accelerator.hpp"
#include "tests/codesign/program.hpp"

namespace codesign = dyad::codesign;
namespace models = dyad::models;
using codesign::testing::run_dyad;
using codesign::testing::Scratch;
using codesign::testing::write;
using models::LoopDim;

namespace {

const std::string header = "chip,workload,layer,metric,value,unit,conditions,source\n";
const dyad::core::Place here{"t.csv", 7};

models::TiledConvolution read(const std::string& layer, const std::string& mapping) {
    return codesign::read_loop_levels(layer, mapping, here);
}

}  // namespace

TEST_SUITE("codesign/validate chips") {
    TEST_CASE("a mapping in one line: loops of L3 go around the tile, the others make it up") {
        const auto work = read("C64 K64 P56 Q28 R1 S1 N1 stride2",
                               "L3[WIO] P7 Q2 - L2[WI] N1 K16X - L1[O] K4 C4 Q14 P8 C16X - L0[W] N1");
        CHECK(work.stride == 2);
        REQUIRE(work.loops.size() == 2);
        CHECK(work.loops[0].dim == LoopDim::p);
        CHECK(work.loops[0].count == 7);
        CHECK(work.loops[1].dim == LoopDim::q);
        CHECK(work.tiles() == 14);
        // N C K P Q R S: C = 4 * 16, K = 16 * 4, P = 8, Q = 14
        CHECK(work.tile == std::array<std::uint64_t, models::loop_dims>{1, 64, 64, 8, 14, 1, 1});
        CHECK(work.size == std::array<std::uint64_t, models::loop_dims>{1, 64, 64, 56, 28, 1, 1});
    }

    TEST_CASE("all that is wrong with a mapping is said in one go") {
        CHECK_THROWS_WITH_AS((void)read("C64 K6x", "P2 L3[WIO] P7 - L1[WI] C64 - L1[O] Z3 - L0[W] N1"),
                             "t.csv:7: layer: 'K6x', expected a size such as C64 or stride2\n"
                             "t.csv:7: mapping: 'P2' stands before the first level\n"
                             "t.csv:7: mapping: level 'L1[WI]', expected L2 and its tensors, such as L2[WI]\n"
                             "t.csv:7: mapping: 'Z3', expected a loop such as P7 or K16X\n"
                             "t.csv:7: mapping: the loops of P make 7, the layer has 1",
                             dyad::core::Error);
        CHECK_THROWS_WITH_AS((void)read("C4", "L3[WIO] C2 - L2[WI] C2"),
                             "t.csv:7: mapping: ends at L2, expected levels L3 to L0", dyad::core::Error);
        CHECK_THROWS_WITH_AS((void)read("C4", ""),
                             "t.csv:7: mapping: ends at nothing, expected levels L3 to L0\n"
                             "t.csv:7: mapping: the loops of C make 1, the layer has 4",
                             dyad::core::Error);
        CHECK_THROWS_WITH_AS((void)read("", "L3[] - L2[WI] - L1[O] - L0[W] - L0[W]"),
                             "t.csv:7: mapping: level 'L3[]', expected L3 and its tensors, such as L2[WI]\n"
                             "t.csv:7: mapping: level 'L0[W]', expected no more levels and its tensors, such as L2[WI]",
                             dyad::core::Error);
    }

    TEST_CASE("one layer, three spellings") {
        CHECK(codesign::plain_name("CONV1-1") == "conv11");
        CHECK(codesign::plain_name("conv1_1") == "conv11");
        CHECK(codesign::plain_name("Conv1 1") == "conv11");
    }

    TEST_CASE("the time of a kernel beyond the closed forms is told by what it waited for") {
        const auto chip = dyad::hw_space::read_accelerator(*dyad::core::parse_document(
            "accelerator: c\ntechnology: 16nm\nclock: 1 GHz\nmemory: [{dram: {standard: lpddr4-3200}}]\n"
            "engines: [{vector_unit: {lanes: 1, operations: [add]}}]\n",
            "c.yaml"));
        models::KernelReport played, closed;
        played.latency = dyad::core::Seconds(9e-6);
        closed.latency = dyad::core::Seconds(8e-6);
        const auto row = chip.dram.standard->row.count();
        played.traffic = {{"dram", models::Operand::inputs, dyad::core::Bytes(10 * row), {}}};
        using dyad::core::Cycles;
        played.stalls = {Cycles(100), Cycles(700), Cycles(200), Cycles(50), Cycles(30), 14};
        const auto gap = codesign::kernel_gap(played, closed, chip);
        CHECK(gap.difference() == doctest::Approx(-1e-6));
        CHECK(gap.contention == doctest::Approx(50e-9));
        CHECK(gap.tail == doctest::Approx(30e-9));
        // Ten rows hold its bytes, it opened four more.
        const auto open = (chip.dram.standard->precharge + chip.dram.standard->rcd).count();
        CHECK(gap.rows == doctest::Approx(4 * open));
        CHECK(gap.transfers == doctest::Approx(1e-6 - 4 * open));
        CHECK(std::string(gap.mostly()) == "transfers");
        played.stalls->row_misses = 1000;  // no more than it waited
        CHECK(codesign::kernel_gap(played, closed, chip).rows == doctest::Approx(1e-6));
        CHECK(std::string(codesign::kernel_gap(played, closed, chip).mostly()) == "row misses");
        closed.latency = dyad::core::Seconds(10e-6);  // waits explain no time that was not taken
        CHECK(std::string(codesign::kernel_gap(played, closed, chip).mostly()) == "overlap");
        closed.latency = dyad::core::Seconds(8e-6);
        played.stalls.reset();
        CHECK(std::string(codesign::kernel_gap(played, closed, chip).mostly()) == "none");
    }

    TEST_CASE("statistics are of one metric, rows without ours left out") {
        const codesign::ValidationSet set{.name = "s",
                                          .model = "m",
                                          .rows = {{"a", "time", "ms", 10, 11, ""},
                                                   {"b", "time", "ms", 20, 16, ""},
                                                   {"c", "time", "ms", 30, 30, ""},
                                                   {"d", "time", "ms", 40, {}, ""},
                                                   {"a", "power", "W", 2, 3, ""}},
                                          .not_modelled = {}};
        const auto errors = codesign::metric_errors(set);
        REQUIRE(errors.size() == 2);
        CHECK(errors[0].errors.count == 3);
        CHECK(errors[0].errors.mean_absolute == doctest::Approx(0.1));  // (0.1 + 0.2 + 0) / 3
        CHECK(errors[0].errors.worst == doctest::Approx(-0.2));
        CHECK(errors[0].worst == "b");
        REQUIRE(errors[0].spearman);
        CHECK(*errors[0].spearman == doctest::Approx(1));
        CHECK(errors[1].errors.mean == doctest::Approx(0.5));
        CHECK_FALSE(errors[1].spearman);  // of one row there is no order
    }

    TEST_CASE("validate reads a table of one's own, in the folder or in its folder reference") {
        const Scratch scratch;
        write(scratch, "measured_chips.csv",
              header +
                  "TPU v1,chip,-,peak,92,TOPS int8,,Table 2\nTPU v1,chip,-,TDP,75,W,,Table 2\nother,x,y,z,1,s,,\n"
                  "TPU v1,chip,-,clock,n/a,MHz,,\n");
        const auto ran = run_dyad("validate chips --format json --data '" + scratch.path().string() + "'");
        REQUIRE(ran.code == 0);
        const auto json = nlohmann::json::parse(ran.out);
        CHECK(json["schema"] == "dyad/validation/1");
        REQUIRE(json["sets"].size() == 1);
        const auto& rows = json["sets"][0]["rows"];
        REQUIRE(rows.size() == 2);
        CHECK(rows[0]["ours"] == doctest::Approx(91.75));  // 2 * 65536 * 0.7 GHz = 91.75 T
        CHECK(rows[1]["ours"].is_null());
        CHECK(run_dyad("validate chips --format csv --data '" + scratch.path().string() + "'")
                  .out.starts_with(
                      "set,figure,metric,unit,published,ours,error,source\nTPU v1,chip,peak,TOPS int8,92,91.7504,"));
        const auto none = run_dyad("validate --data '" + (scratch / "none").string() + "'");
        CHECK(none.code == 1);
        CHECK(none.err.find("neither it nor its folder reference has a measured_chips.csv") != std::string::npos);
    }

    TEST_CASE("a wrong mapping of the table is named by its line; a missing column by its name") {
        const Scratch scratch;
        const auto file =
            write(scratch, "measured_chips.csv",
                  header + "Gemmini RTL,x,C4,rtl_cycles_given_mapping,100,cycles,\"mapping \"\"L3[WIO] C2\"\"\",\n");
        const auto wrong = run_dyad("validate chips --data '" + scratch.path().string() + "'");
        CHECK(wrong.code == 1);
        CHECK(wrong.err.find(file + ":2: mapping: ends at L3, expected levels L3 to L0") != std::string::npos);
        write(scratch, "measured_chips.csv", "chip,workload\n");
        CHECK(run_dyad("validate --data '" + scratch.path().string() + "'").err.find("no column 'layer'") !=
              std::string::npos);
        CHECK(run_dyad("validate cars").code == 2);
    }
}
