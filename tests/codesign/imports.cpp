// SPDX-License-Identifier: Apache-2.0
// The commands map and import as their users see them.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/codesign/program.hpp"

using dyad::codesign::testing::run_dyad;
using dyad::codesign::testing::Scratch;
using dyad::codesign::testing::write;
using Json = nlohmann::json;

namespace {

const std::string architecture =
    "architecture:\n  subtree:\n  - name: system\n"
    "    local: [{name: DRAM, class: DRAM, attributes: {width: 16, datawidth: 16}}]\n    subtree:\n    - name: chip\n"
    "      local: [{name: buf, class: SRAM, attributes: {depth: 4096, width: 16, datawidth: 16}}]\n      subtree:\n"
    "      - name: PE[0..3]\n"
    "        local: [{name: reg, class: regfile, attributes: {depth: 64, width: 16, datawidth: 16, meshX: 4}},\n"
    "                {name: mac, class: intmac, attributes: {datawidth: 16, meshX: 4}}]\n";
const std::string problem =
    "problem:\n  shape:\n    name: product\n    dimensions: [M, N, K]\n    data-spaces:\n"
    "    - {name: Weights, projection: [[[K]], [[M]]]}\n    - {name: Inputs, projection: [[[K]], [[N]]]}\n"
    "    - {name: Outputs, projection: [[[M]], [[N]]], read-write: true}\n  instance: {M: 4, N: 8, K: 6}\n";
const std::string mapping =
    "mapping:\n- {target: DRAM, type: temporal, factors: M=1 N=2 K=1, permutation: MNK}\n"
    "- {target: buf, type: spatial, factors: M=4, permutation: MNK, split: 3}\n"
    "- {target: reg, type: temporal, factors: N=4 K=6, permutation: KNM}\n";

const std::string configuration =
    "[general]\nrun_name = small\n[architecture_presets]\nArrayHeight: 8\nArrayWidth: 4\nIfmapSramSzkB: 64\n"
    "FilterSramSzkB: 64\nOfmapSramSzkB: 64\nDataflow: ws\n";

}  // namespace

TEST_SUITE("codesign/import") {
    TEST_CASE("an imported Timeloop mapping is costed by map") {
        const Scratch scratch;
        const auto out = (scratch / "in").string();
        const auto imported =
            run_dyad("import timeloop " + write(scratch, "m.yaml", mapping) + " " + write(scratch, "p.yaml", problem) +
                     " " + write(scratch, "a.yaml", architecture) + " -o " + out);
        CHECK(imported.code == 0);
        const auto ran = run_dyad("map " + out + "/kernel.yaml " + out + "/accelerator.yaml --mapping " + out +
                                  "/mapping.yaml --format json");
        REQUIRE(ran.code == 0);
        const auto json = Json::parse(ran.out);
        CHECK(json["schema"] == "dyad/mapping/1");
        CHECK(json["cost"]["steady_cycles"] == 4 * 8 * 6 / 4);
        CHECK(json["kernel"]["macs"] == 192);
        int seen = 0;
        for (const auto& level : json["levels"]) {
            if (level["level"] != "buf" || level["tensor"] != "inputs") continue;
            ++seen;
            CHECK(level["tile_words"] == 24);  // K x N/2
            CHECK(level["fills"] == 48);
            CHECK(level["reads"] == 48);  // four elements listen to one word
            CHECK(level["updates"] == 0);
        }
        CHECK(seen == 1);
        CHECK(json["mapping"]["levels"].size() == 3);
    }
    TEST_CASE("an imported Timeloop chip can be described, searched and simulated") {
        const Scratch scratch;
        const auto out = (scratch / "in").string();
        REQUIRE(run_dyad("import timeloop " + write(scratch, "all.yaml", architecture + problem) + " -o " + out).code ==
                0);
        CHECK_FALSE(std::filesystem::exists(out + "/mapping.yaml"));
        CHECK(run_dyad("describe " + out + "/accelerator.yaml").code == 0);
        const auto map = "map " + out + "/kernel.yaml " + out + "/accelerator.yaml --format json";
        auto found = Json::parse(run_dyad(map).out);
        const auto again = Json::parse(run_dyad(map + " --mapping " + write(scratch, "m.json", found.dump())).out);
        CHECK(again["cost"] == found["cost"]);
        CHECK(again["levels"] == found["levels"]);
        CHECK(again["mapping"] == found["mapping"]);
        found["mapping"]["levels"][0]["loops"] = {{{"dim", "X"}, {"factor", 2}, {"axis", "time"}}};
        const auto wrong = write(scratch, "w.json", found.dump());
        CHECK(run_dyad(map + " --mapping " + wrong).err.find("mapping[0].loops[0]: there is no dimension 'X'\n") !=
              std::string::npos);
        const auto net = write(scratch, "net.yaml",
                               "network: tiny\ninput: {image: [3, 8, 8]}\nprecision: int8\nlayers:\n"
                               "  - conv: {out: 4, kernel: 3, activation: relu}\n  - pool: {type: max, kernel: 2}\n");
        const auto played =
            run_dyad("simulate " + net + " " + out + "/accelerator.yaml --fidelity analytic --format json");
        REQUIRE(played.code == 0);
        // What the file says and nothing else, as in map: 200 pJ a word of 16 bits in DRAM, 1 pJ a product.
        const auto conv = Json::parse(played.out)["kernels"][0];
        double bytes = 0;
        for (const auto& row : conv["traffic"])
            if (row["level"] == "DRAM") bytes += row["read_bytes"].get<double>() + row["write_bytes"].get<double>();
        CHECK(conv["energy"]["dram"].get<double>() == doctest::Approx(bytes / 2 * 200e-12));
        CHECK(conv["energy"]["mac"].get<double>() == doctest::Approx(conv["macs"].get<double>() * 1e-12));
        CHECK(conv["energy"]["network"] == 0);
        CHECK(conv["energy"]["leakage"] == 0);
    }
    TEST_CASE("the mapping that map finds is proven and costs the same when given back") {
        const Scratch scratch;
        const auto out = (scratch / "in").string();
        REQUIRE(run_dyad("import timeloop " + write(scratch, "all.yaml", architecture + problem) + " -o " + out).code ==
                0);
        const auto map = "map " + out + "/kernel.yaml " + out + "/accelerator.yaml ";
        const auto text = run_dyad(map).out;
        const auto file = write(scratch, "best.yaml", text.substr(text.find("mapping:")));
        const auto found = Json::parse(run_dyad(map + "--format json").out);
        const auto given = Json::parse(run_dyad(map + "--format json --mapping " + file).out);
        CHECK(found["optimal"] == true);
        CHECK(found["gap"] == 0);
        CHECK(found["cost"] == given["cost"]);
        CHECK(found["levels"] == given["levels"]);
    }
    TEST_CASE("chips with engines are mapped exhaustively to the same result, and a budget leaves a gap") {
        const auto run = [](const std::string& arguments) {
            return Json::parse(run_dyad("map " + arguments + " --format json").out);
        };
        for (const std::string pair : {"conv:1,6,8,8,10,3,3,1,1 edge_npu", "conv:1,6,8,8,10,3,3,1,1 eyeriss_v1"}) {
            const auto found = run(pair), all = run(pair + " --exhaustive");
            CHECK(all["optimal"] == true);
            CHECK(all["cost"] == found["cost"]);
            CHECK(all["levels"] == found["levels"]);
            CHECK(all["evaluated"] >= found["evaluated"]);
        }
        const std::string large = "conv:1,256,56,56,256,3,3,1,1 edge_npu";
        const auto best = run(large), cut = run(large + " --evaluations 1"), timed = run(large + " --time 3600");
        CHECK(best["optimal"] == true);
        CHECK(best["gap"] == 0);
        CHECK(timed["cost"] == best["cost"]);
        CHECK(timed["optimal"] == true);
        CHECK(cut["optimal"] == false);
        const double found = cut["cost"]["edp_js"], truth = best["cost"]["edp_js"], gap = cut["gap"];
        CHECK(found >= truth);
        CHECK(gap > 0);
        CHECK(gap < 1);
        CHECK(found * (1 - gap) <= truth * (1 + 1e-2));  // cycles are whole numbers here, the bound is not
    }
    TEST_CASE("map takes vector kernels, kernels of networks, and whole networks") {
        // 1 x 1280 inputs, 1280 x 1000 weights and 1000 outputs at the 8 bytes a cycle of its DRAM.
        const auto product = Json::parse(run_dyad("map gemm:1,1000,1280 edge_npu --format json").out);
        CHECK(product["cost"]["steady_cycles"] == (1280 + 1280 * 1000 + 1000) / 8);
        const auto sum = Json::parse(run_dyad("map vector:2000,1000,add=1000 edge_npu --format json").out);
        CHECK(sum["optimal"] == true);
        CHECK(sum["engine"] == "vector_unit");
        CHECK(sum["traffic"][0]["level"] == "dram");
        std::uint64_t read = 0, written = 0;
        for (const auto& row : sum["traffic"]) {
            if (row["level"] != "dram") continue;
            read += row["read_bytes"].get<std::uint64_t>();
            written += row["write_bytes"].get<std::uint64_t>();
        }
        CHECK(read == 2000);
        CHECK(written == 1000);
        CHECK(run_dyad("map vector:1,1,sub=1 edge_npu").err ==
              "vector:1,1,sub=1: there is no operation 'sub' (known: add, mul, max, exp, erf, reciprocal, rsqrt, "
              "compare, "
              "gather)\n");
        const Scratch scratch;
        const auto net = write(scratch, "n.yaml",
                               "network: n\ninput: {image: [3, 8, 8]}\nlayers:\n"
                               "  - conv: {name: first, out: 8, kernel: 3, norm: batch_norm}\n"
                               "  - pool: {name: small, type: max, kernel: 2}\n");
        const auto whole = Json::parse(run_dyad("map " + net + " edge_npu --format json").out);
        CHECK(whole["optimal"] == true);
        REQUIRE(whole["kernels"].size() == 2);
        CHECK(whole["kernels"][1]["engine"] == "vector_unit");
        const auto alone = Json::parse(run_dyad("map conv:1,3,8,8,8,3,3,1,1 edge_npu --format json").out);
        CHECK(whole["kernels"][0]["cycles"] == alone["cost"]["cycles"]);
        CHECK(run_dyad("map " + net + " edge_npu --mapping x").err ==
              "--mapping is for one kernel: name it, as in NETWORK:KERNEL\n");
        const auto stem = Json::parse(run_dyad("map mobilenet_v2:stem edge_npu --format json").out);
        CHECK(stem["kernel"]["macs"] == 112 * 112 * 32 * 27);
        CHECK(run_dyad("map resnet18:nothing edge_npu").err.find("there is no kernel 'nothing'") != std::string::npos);
    }
    TEST_CASE("an imported SCALE-Sim pair gives the tool's own report") {
        const Scratch scratch;
        const auto out = (scratch / "in").string();
        REQUIRE(run_dyad("import scalesim " + write(scratch, "a.cfg", configuration) + " " +
                         write(scratch, "t.csv", "Layer,M,N,K,\nfirst,10,4,8,\nsecond,10,5,9,\n") + " -o " + out)
                    .code == 0);
        const auto pair = out + "/network.yaml " + out + "/accelerator.yaml ";
        REQUIRE(run_dyad("simulate " + pair + "--format scalesim -o " + out + "/report").code == 0);
        // One fold takes 2 x 8 + 4 + 10 - 2 = 28 cycles, the last of which is number 27; the second product takes four.
        CHECK(dyad::core::read_file(out + "/report/COMPUTE_REPORT.csv") ==
              "LayerID, Total Cycles, Stall Cycles, Overall Util %, Mapping Efficiency %, Compute Util %,\n"
              "0, 27, 0, 35.714285714285715, 100, 35.714285714285715,\n"
              "1, 111, 0, 12.555803571428571, 35.15625, 12.555803571428571,\n");
        CHECK(run_dyad("simulate " + pair + "--fidelity analytic").code == 0);
    }
    TEST_CASE("map finds a mapping, and refuses one that does not fit") {
        const auto found = run_dyad("map gemm:64,64,64 edge_npu --format json");
        REQUIRE(found.code == 0);
        const auto json = Json::parse(found.out);
        CHECK(json["optimal"] == true);
        CHECK(json["cost"]["cycles"] >= 64 * 64 * 64 / 1024);
        const Scratch scratch;
        const auto file =
            write(scratch, "m.yaml", "mapping: [{level: shared, loops: [{C: 64}, {N: 64}], cols: [{K: 64}]}]\n");
        const auto refused = run_dyad("map gemm:64,64,64 edge_npu --mapping " + file);
        CHECK(refused.code == 1);
        CHECK(refused.err == file + ":1:11: mapping[0]: 64 columns are used, there are 32\n");
        const auto fitting =
            write(scratch, "f.yaml",
                  "mapping: [{level: shared, loops: [{C: 2}, {K: 2}, {N: 64}], rows: [{C: 32}], cols: [{K: 32}]}]\n");
        const auto given = run_dyad("map gemm:64,64,64 edge_npu --format json --mapping " + fitting);
        REQUIRE(given.code == 0);
        const auto whole = Json::parse(given.out);  // as the array runs it: one tile, 4 folds
        CHECK(whole["evaluated"] == 1);
        const auto plan = write(scratch, "p.yaml", "plan: {loops: []}\n");
        CHECK(whole["cost"] ==
              Json::parse(run_dyad("map gemm:64,64,64 edge_npu --format json --mapping " + plan).out)["cost"]);
    }
    TEST_CASE("what map prints for an engine of each kind reads again, as text and as JSON, and costs the same") {
        const Scratch scratch;
        for (const auto& [pair, engine, key] : {std::tuple{"conv:1,64,56,56,64,3,3,1,1 edge_npu", "pe_array", "loops"},
                                                {"conv:1,96,28,28,96,3,3,1,1,96 edge_npu", "depthwise_unit", "loops"},
                                                {"vector:90000,90000,add=90000 edge_npu", "vector_unit", "chunks"},
                                                {"mobilenet_v2:stem eyeriss_v1", "pe_array", "passes"},
                                                {"conv:1,16,14,14,16,3,3,1,1 nvdla_small", "pe_array", "loops"}}) {
            CAPTURE(pair);
            const auto map = std::string("map ") + pair;
            const auto found = Json::parse(run_dyad(map + " --format json").out);
            CHECK(found["engine"] == engine);
            CHECK(found["evaluated"] > 0);
            CHECK(found["plan"].contains(key));
            CHECK_FALSE(found["layout"].empty());
            const auto text = run_dyad(map).out;
            const auto at = text.find("plan: "), loops = text.find("mapping:\n");
            REQUIRE(at != std::string::npos);
            std::vector<std::string> files{text.substr(at, text.find('\n', at) - at),
                                           Json{{"plan", found["plan"]}}.dump(), found.dump()};
            if (loops != std::string::npos) files.push_back(text.substr(loops));
            for (const auto& file : files) {
                CAPTURE(file);
                const auto given =
                    Json::parse(run_dyad(map + " --format json --mapping " + write(scratch, "m.yaml", file)).out);
                CHECK(given["cost"] == found["cost"]);
                CHECK(given["levels"] == found["levels"]);
            }
        }
        CHECK(run_dyad("map gemm:8,8,8 quad_npu")
                  .out.find("remark: 'shared' and 'local' hold the same tile of inputs, outputs: one "
                            "behind the other adds no reuse within a kernel\n") != std::string::npos);
        const auto text = run_dyad("describe edge_npu").out;
        CHECK(text.find("filter rows and columns are not cut into tiles") != std::string::npos);
        CHECK(run_dyad("map gemm:8,8,8 edge_npu").out.find("remark") == std::string::npos);
        CHECK(run_dyad("map vector:64,64,add=64 edge_npu").out.find("remark") == std::string::npos);
    }
    TEST_CASE("an imported ONNX model can be described and simulated") {
        // Protocol buffers by hand: a key (field number, 0 = number or 2 = bytes), then the number or length and bytes.
        const auto number = [](int field, int value) {
            return std::string{static_cast<char>(field << 3), static_cast<char>(value)};
        };
        const auto bytes = [](int field, const std::string& content) {
            return std::string{static_cast<char>(field << 3 | 2), static_cast<char>(content.size())} + content;
        };
        const auto axis = [&](int size) { return bytes(1, number(1, size)); };
        const auto type = bytes(1, number(1, 1) + bytes(2, axis(1) + axis(16)));  // float, 1 x 16
        const auto weights = number(1, 16) + number(1, 10) + number(2, 1) + bytes(8, "w");
        const auto node = bytes(1, "x") + bytes(1, "w") + bytes(2, "y") + bytes(3, "product") + bytes(4, "MatMul");
        const auto graph = bytes(1, node) + bytes(2, "tiny") + bytes(5, weights) +
                           bytes(11, bytes(1, "x") + bytes(2, type)) + bytes(12, bytes(1, "y"));
        const auto model = number(1, 8) + bytes(7, graph) + bytes(8, number(2, 13));
        const Scratch scratch;
        const auto out = (scratch / "tiny.yaml").string();
        const auto ran = run_dyad("import onnx " + write(scratch, "tiny.onnx", model) + " -o " + out);
        CHECK(ran.err.empty());
        REQUIRE(ran.code == 0);
        CHECK(run_dyad("describe " + out).code == 0);
        const auto played = run_dyad("simulate " + out + " edge_npu --format json");
        REQUIRE(played.code == 0);
        CHECK(Json::parse(played.out)["totals"]["macs"] == 160);  // 1 x 16 by 16 x 10
        const auto broken = write(scratch, "broken.onnx", model.substr(0, 40));
        const auto refused = run_dyad("import onnx " + broken + " -o " + out);
        CHECK(refused.code == 1);
        CHECK(refused.err == broken + ": not an ONNX model, or a damaged one\n");
        CHECK(run_dyad("import onnx " + broken + " --size N -o " + out).err ==
              "--size: expected NAME=NUMBER, got 'N'\n");
    }
    TEST_CASE("a budget of map is a number above 0, and a search that had no time says so") {
        const Scratch scratch;
        const auto out = (scratch / "in").string();
        const auto all = write(scratch, "all.yaml", architecture + problem);
        REQUIRE(run_dyad("import timeloop " + all + " -o " + out).code == 0);
        const auto map = "map " + out + "/kernel.yaml " + out + "/accelerator.yaml ";
        const auto refused = [&](const std::string& option) {
            const auto ran = run_dyad(map + option);
            CHECK(ran.code == 2);
            return ran.err.substr(0, ran.err.find('\n'));
        };
        CHECK(refused("--evaluations 0") == "--evaluations: expected a whole number from 1, got '0'");
        CHECK(refused("--evaluations=-3") == "--evaluations: expected a whole number from 1, got '-3'");
        CHECK(refused("--time=-1") == "--time: expected a number of seconds above 0 and up to 1e+09, got '-1'");
        CHECK(refused("--time nan") == "--time: expected a number of seconds above 0 and up to 1e+09, got 'nan'");
        const auto late = run_dyad(map + "--time 1e-9");
        CHECK(late.code == 1);
        CHECK(late.err == "no mapping of kernel 'product' was looked at in 1e-09 s: give it more time\n");
    }
    TEST_CASE("a constraint that no mapping meets is an error of the search") {
        const Scratch scratch;
        const auto out = (scratch / "in").string();
        const std::string odd =
            "architecture_constraints:\n  targets:\n"
            "  - {target: buf, type: spatial, factors: M=3}\n";
        REQUIRE(run_dyad("import timeloop " + write(scratch, "all.yaml", architecture + problem + odd) + " -o " + out)
                    .code == 0);
        for (const std::string option : {"", " --exhaustive", " --bypass"}) {
            const auto ran = run_dyad("map " + out + "/kernel.yaml " + out + "/accelerator.yaml" + option);
            CAPTURE(option);
            CHECK(ran.code == 1);
            CHECK(ran.err == "no mapping of kernel 'product' fits the levels and constraints\n");
        }
    }
    TEST_CASE("an imported chip is described by the energies of its file") {
        const Scratch scratch;
        const auto file = write(scratch, "chip.yaml",
                                "accelerator: given\ntechnology: 16nm\nclock: 1 GHz\nhierarchy:\n"
                                "  - {name: dram, word_bits: 16, read_energy: 100 pJ, write_energy: 100 pJ}\n"
                                "  - {name: buffer, word_bits: 16, capacity: 64 words, shared_rate: 4, read_energy: 2 "
                                "pJ, write_energy: 3 pJ}\n"
                                "  - {name: own, instances: 8, word_bits: 16, capacity: 4 words, read_rate: 3, "
                                "write_rate: 1, read_energy: 1 pJ, write_energy: 2 pJ}\n"
                                "multiplier: {instances: 8, bits: 16, energy: 5 pJ}\n");
        const auto json = Json::parse(run_dyad("describe " + file + " --format json").out);
        REQUIRE(json["constants"].size() == 7);  // two of each level, and the multiplier's
        for (const auto& constant : json["constants"]) CHECK(constant["source"] == "the accelerator file");
        CHECK(json["constants"][2]["name"] == "buffer.read_energy");
        CHECK(json["constants"][2]["value"].get<double>() == doctest::Approx(2e-12));
        // At 1 GHz: 4 words of 3 pJ; 8 x (3 x 1 + 2) pJ; 8 x 5 pJ a cycle.
        CHECK(json["peak_power"][0]["dynamic_w"].get<double>() == doctest::Approx(0.012));
        CHECK(json["peak_power"][1]["dynamic_w"].get<double>() == doctest::Approx(0.040));
        CHECK(json["peak_power"][2]["dynamic_w"].get<double>() == doctest::Approx(0.040));
        CHECK(json["peak_dynamic_power_w"].get<double>() == doctest::Approx(0.092));
        CHECK(json["leakage_power_w"] == 0);
    }
    TEST_CASE("faults of imports are exit code 1 or 2 and leave nothing behind") {
        const Scratch scratch;
        const auto out = (scratch / "in").string();
        CHECK(run_dyad("import caffe a -o " + out).code == 2);
        const auto ran = run_dyad("import timeloop " + write(scratch, "a.yaml", architecture) + " -o " + out);
        CHECK(ran.code == 1);
        CHECK(ran.err == "no file has a top-level key 'problem'\n");
        auto narrow = architecture + problem;
        narrow.replace(narrow.rfind("meshX: 4"), 8, "meshX: 2");
        CHECK(run_dyad("import timeloop " + write(scratch, "n.yaml", narrow) + " -o " + out).err ==
              "what the files describe is no chip\naccelerator.yaml:11:13: multiplier: 4 instances in 2 columns cannot "
              "be shared out among 4 in 4 columns of the level outside\n");
        CHECK(run_dyad("import scalesim " + write(scratch, "a.cfg", configuration) + " -o " + out).code == 1);
        CHECK_FALSE(std::filesystem::exists(out));
        CHECK(run_dyad("map gemm:1,2 edge_npu").err == "gemm:1,2: expected gemm:M,N,K\n");
        CHECK(run_dyad("map gemm:8,8,8 tpu_v4").err ==
              "no engine of 'tpu_v4' runs kernel 'gemm:8,8,8' (matmul, int8)\n");
        CHECK(run_dyad("map gemm:8,8,8@bf16 tpu_v4").code == 0);
    }
}
