// SPDX-License-Identifier: Apache-2.0
// The program as its users see it: exit codes, messages, files.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "core/files.hpp"
#include "tests/codesign/program.hpp"

using dyad::codesign::testing::run_dyad;
using dyad::codesign::testing::Scratch;
using dyad::codesign::testing::write;
using Json = nlohmann::json;

namespace {

const std::string net =
    "network: tiny\ninput: {image: [3, 16, 16]}\nprecision: int8\nlayers:\n"
    "  - conv: {name: c1, out: 8, kernel: 3, stride: 2, norm: batch_norm, activation: relu}\n"
    "  - conv: {name: c2, out: 16, kernel: 3, norm: batch_norm, activation: relu}\n"
    "  - pool: {type: average, global: true}\n  - flatten\n  - linear: {name: fc, out: 10}\n";

/// A chip whose array may have any of three widths; `rows` is what stands for the number of rows.
std::string chip(const std::string& rows, const std::string& buffer = "64 KiB") {
    return "accelerator: tiny_chip\ntechnology: 16nm\nclock: 500 MHz\nmemory:\n"
           "  - dram: {standard: lpddr4-3200, channels: 1}\n"
           "  - buffer: {name: shared, size: " +
           buffer +
           ", banks: 8, width: 16 B}\n"
           "engines:\n"
           "  - pe_array: {rows: " +
           rows +
           ", cols: 8, dataflow: weight_stationary, precision: int8, accumulate: int32,"
           " registers: {weights: 1, psums: 1}}\n"
           "  - vector_unit: {lanes: 8, precision: int8, operations: [add, mul, max, compare]}\n"
           "host: {rate: 20 Gop/s, link: 4 GB/s, launch: 20 us}\n";
}

std::string experiment(const std::string& more = "") {
    return "experiment: tiny\nnetwork: net.yaml\naccelerator: chip.yaml\nobjectives: [latency, energy, area]\n"
           "constraints: [area <= 8 mm2]\nsearch: {population: 4, generations: 3, seed: 2}\nfidelity: analytic\n" +
           more;
}

/// A folder with net.yaml, chip.yaml and experiment.yaml.
void fill(const Scratch& scratch, const std::string& chip_text) {
    write(scratch, "net.yaml", net);
    write(scratch, "chip.yaml", chip_text);
    write(scratch, "e.yaml", experiment());
}

}  // namespace

TEST_SUITE("codesign/command line") {
    TEST_CASE("usage errors are exit code 2, help and version are 0") {
        CHECK(run_dyad("").code == 2);
        CHECK(run_dyad("bake").code == 2);
        CHECK(run_dyad("simulate").code == 2);
        CHECK(run_dyad("simulate a b --fidelity guess").code == 2);
        CHECK(run_dyad("simulate a b --batch 0").code == 2);
        CHECK(run_dyad("search e").code == 2);  // no -o
        CHECK(run_dyad("sweep e -o d --shard 4/3").code == 2);
        CHECK(run_dyad("list colours").code == 2);
        CHECK(run_dyad("--version").code == 0);
        for (const auto* command : {"simulate", "sweep", "search", "report", "describe", "list"}) {
            const auto help = run_dyad(std::string(command) + " --help");
            CHECK(help.code == 0);
            for (const auto* part : {"Example:", "--format", "--output", "--quiet"})
                CHECK(help.out.find(part) != std::string::npos);
        }
    }

    TEST_CASE("simulate speaks the JSON of the contract") {
        const Scratch scratch;
        const auto network = write(scratch, "net.yaml", net), hardware = write(scratch, "chip.yaml", chip("8"));
        const auto ran = run_dyad("simulate " + network + " " + hardware + " --format json --batch 2");
        REQUIRE(ran.code == 0);
        const auto json = Json::parse(ran.out);
        CHECK(json.at("schema") == "dyad/simulation/1");
        CHECK(json.at("network") == "tiny");
        CHECK(json.at("accelerator") == "tiny_chip");
        CHECK(json.at("fidelity") == "systemc");
        CHECK(json.at("batch") == 2);
        for (const auto* key :
             {"latency_s", "cycles", "energy_j", "power_w", "area_mm2", "macs", "parameters", "utilization",
              "weight_bytes", "peak_activation_bytes", "dram_read_bytes", "dram_write_bytes"})
            CHECK(json.at("totals").contains(key));
        // c1: 8x8 pixels, 3x3x3 to 8; c2: 8x8 pixels, 3x3x8 to 16; fc: 16 to 10; twice.
        CHECK(json.at("totals").at("macs") == 2 * (64 * 27 * 8 + 64 * 72 * 16 + 160));
        // 216 + 16, 1152 + 32 (scale and shift), 160 + 10.
        CHECK(json.at("totals").at("parameters") == 232 + 1184 + 170);
        for (const auto& kernel : json.at("kernels"))
            for (const auto* key : {"name", "op", "engine", "start_s", "latency_s", "cycles", "stall_cycles", "macs",
                                    "utilization", "energy_j", "energy", "traffic", "members", "bound_by"})
                CHECK(kernel.contains(key));
        for (const auto* key : {"mac", "register", "buffer", "dram", "network", "leakage"})
            CHECK(json.at("kernels").at(0).at("energy").contains(key));
        CHECK(json.at("kernels").at(0).at("op") == "conv");
        const auto& manifest = json.at("manifest");
        CHECK(manifest.at("configs").size() == 2);
        CHECK(manifest.at("technology") == "16nm");
        CHECK(manifest.at("constants").size() > 5);
        CHECK(manifest.at("constants").at(0).contains("source"));
    }

    TEST_CASE("table, CSV, and a file instead of standard output") {
        const Scratch scratch;
        const auto pair = write(scratch, "net.yaml", net) + " " + write(scratch, "chip.yaml", chip("8"));
        const auto table = run_dyad("simulate " + pair + " --fidelity analytic");
        CHECK(table.out.starts_with("tiny on tiny_chip (analytic, batch 1)\n"));
        CHECK(table.out.find("bound by") != std::string::npos);
        const auto csv = run_dyad("simulate " + pair + " --format csv -o " + (scratch / "k.csv").string());
        CHECK(csv.code == 0);
        CHECK(csv.out.empty());
        CHECK(dyad::core::read_file(scratch / "k.csv").starts_with("kernel,op,engine,start_s,"));
        CHECK(run_dyad("simulate " + pair + " -o /dev/null/x").code == 1);
    }

    TEST_CASE("what no engine can do runs on the host, and is marked") {
        const Scratch scratch;
        const auto soft = write(scratch, "net.yaml",
                                "network: soft\ninput: {image: [3, 8, 8]}\nprecision: int8\nlayers:\n"
                                "  - conv: {out: 8, kernel: 3}\n  - flatten\n  - softmax\n");
        const auto ran = run_dyad("simulate " + soft + " " + write(scratch, "chip.yaml", chip("8")));
        CHECK(ran.code == 0);
        CHECK(ran.out.find("host *") != std::string::npos);
        CHECK(ran.out.find("* outside the chip: in its time, not in its area and power") != std::string::npos);
    }

    TEST_CASE("a fidelity that does not fit is refused, not approximated") {
        const Scratch scratch;
        const auto pair = write(scratch, "net.yaml", net) + " " + write(scratch, "chip.yaml", chip("8"));
        CHECK(run_dyad("simulate " + pair + " --fidelity calibrated").code == 1);
        CHECK(run_dyad("simulate " + pair + " --vcd x.vcd").code == 1);
    }

    TEST_CASE("cycle by cycle: the same time, a waveform, and an error where no data are moved") {
        const Scratch scratch;
        fill(scratch, chip("8"));
        const auto pair = (scratch / "net.yaml").string() + " " + (scratch / "chip.yaml").string();
        const auto vcd = (scratch / "arrays.vcd").string();
        const auto ran = run_dyad("simulate " + pair + " --fidelity cycle --format json --vcd " + vcd);
        REQUIRE(ran.code == 0);
        const auto by_cycle = Json::parse(ran.out),
                   by_tile = Json::parse(run_dyad("simulate " + pair + " --fusion operators --format json").out);
        CHECK(by_cycle.at("fidelity") == "cycle");
        CHECK(by_cycle.at("totals").at("cycles") == by_tile.at("totals").at("cycles"));  // the closed forms are exact
        const auto waveform = dyad::core::read_file(vcd);
        CHECK(waveform.find("$timescale") != std::string::npos);
        CHECK(waveform.find("$enddefinitions") != std::string::npos);
        auto text = chip("8");
        text.replace(text.find("weight_stationary"), 17, "spatial, row_dims: [C], col_dims: [K]");
        const auto other = run_dyad("simulate " + (scratch / "net.yaml").string() + " " +
                                    write(scratch, "s.yaml", text) + " --fidelity cycle");
        CHECK(other.code == 1);
        CHECK(other.err ==
              "--fidelity cycle: 'pe_array' of 'tiny_chip' is neither weight-, output- nor input-stationary; only such "
              "arrays and depthwise units move data\n");
    }

    TEST_CASE("an experiment runs cycle by cycle on the chips that can, and says of the others why not") {
        const Scratch scratch;
        auto text = chip("8");
        const auto line = text.find("  - pe_array");
        text.replace(line, text.find('\n', line) - line,
                     "  - pe_array: !choice [{rows: 8, cols: 8, dataflow: weight_stationary}, "
                     "{rows: 8, cols: 8, dataflow: spatial, row_dims: [C], col_dims: [K]}]");
        fill(scratch, text);
        auto by_cycle = experiment();
        by_cycle.replace(by_cycle.find("analytic"), 8, "cycle");
        const auto e = write(scratch, "e.yaml", by_cycle);
        const auto ran = run_dyad("sweep " + e + " -o " + (scratch / "run").string() + " --quiet");
        CAPTURE(ran.err);
        REQUIRE(ran.code == 0);
        const auto csv = dyad::core::read_file(scratch / "run" / "results.csv");
        CHECK(csv.find("\"--fidelity cycle: 'pe_array' of 'tiny_chip' is neither") != std::string::npos);
        const auto first = csv.find("\n1,");
        REQUIRE(first != std::string::npos);
        CHECK(csv.substr(first, csv.find('\n', first + 1) - first).find("--fidelity") == std::string::npos);
    }

    TEST_CASE("the files of units that a chip uses are in the manifest") {
        const Scratch scratch;
        auto text = chip("8");
        text.insert(text.find("host:"), "  - custom_unit: {use: softmax}\n");
        fill(scratch, text);
        const auto ran = run_dyad("simulate " + (scratch / "net.yaml").string() + " " +
                                  (scratch / "chip.yaml").string() + " --format json");
        REQUIRE(ran.code == 0);
        const auto json = Json::parse(ran.out);
        const auto& configs = json.at("manifest").at("configs");
        REQUIRE(configs.size() == 3);
        CHECK(configs.at(2).at("file").get<std::string>().ends_with("units/softmax.yaml"));
        CHECK(configs.at(2).at("sha256").get<std::string>().size() == 64);
    }

    TEST_CASE("a word that an option does not know is answered by those that it does") {
        const auto ran = run_dyad("list networks --format xml");
        CHECK(ran.code == 2);
        CHECK(ran.err.find("--format: found 'xml', expected one of csv, json, table\n") != std::string::npos);
        CHECK(run_dyad("list networks --format 1").code == 2);  // names alone, not what they stand for
        CHECK(Json::parse(run_dyad("list networks --format json").out).is_structured());
    }

    TEST_CASE("a search writes its run, refuses to overwrite it, and goes on with it") {
        const Scratch scratch;
        fill(scratch, chip("!choice [2, 4, 8, 16]"));
        const auto run = (scratch / "run").string(), e = (scratch / "e.yaml").string();
        const auto first = run_dyad("search " + e + " -o " + run + " --workers 2 --quiet");
        REQUIRE(first.code == 0);
        CHECK(first.err.empty());
        for (const auto* file :
             {"run.sqlite", "results.csv", "front.csv", "front.json", "manifest.json", "report.html"})
            CHECK(std::filesystem::exists(scratch / "run" / file));
        CHECK(dyad::core::read_file(scratch / "run" / "results.csv")
                  .starts_with("id,accelerator.engines[0].pe_array.rows,latency,energy,area,violation,reason\n1,"));
        const auto again = run_dyad("search " + e + " -o " + run);
        CHECK(again.code == 1);
        CHECK(again.err == run + ": holds a run already; go on with it by --resume, or choose another directory\n");
        CHECK(run_dyad("search " + e + " -o " + run + " --resume --format json --workers 0").code == 0);
        CHECK(run_dyad("search " + e + " -o " + run + " --resume --seed 9").code == 1);
        for (const auto* seed : {"-1", "18446744073709551616", "1.5"})
            CHECK(run_dyad("search " + e + " -o " + run + " --resume --seed " + seed).code == 2);
        const auto json = Json::parse(run_dyad("report " + run + " --format json").out);
        CHECK(json.at("schema") == "dyad/front/1");
        CHECK(json.at("evaluations") == 4);
        CHECK(json.at("convergence").back().at("evaluations") == 4);
        CHECK(json.at("convergence").back().at("hypervolume") == json.at("hypervolume"));
        CHECK(run_dyad("report " + scratch.path().string()).code == 1);
        const std::pair<std::string, std::string> damages[] = {
            {"UPDATE pairs SET genome = '[99.0]' WHERE id = 3", "run.sqlite: pair 3 is of another space\n"},
            {"UPDATE run SET value = 'x' WHERE key = 'seed'", run + "/run.sqlite: is damaged: found the seed 'x'\n"},
            {"PRAGMA user_version = 7", run + "/run.sqlite: written with schema version 7, expected 1\n"}};
        for (const auto& [damage, message] : damages) {
            REQUIRE(std::system(("sqlite3 " + run + "/run.sqlite \"" + damage + "\"").c_str()) == 0);
            const auto damaged = run_dyad("report " + run);
            CHECK(damaged.code == 1);
            CHECK(damaged.err == message);
        }
    }

    TEST_CASE("a bad candidate is a result with its reason, not the end") {
        const Scratch scratch;
        fill(scratch, chip("!choice [4, 8, 0, 16]"));
        const auto ran =
            run_dyad("sweep " + (scratch / "e.yaml").string() + " -o " + (scratch / "run").string() + " --quiet");
        REQUIRE(ran.code == 0);
        const auto csv = dyad::core::read_file(scratch / "run" / "results.csv");
        CHECK(csv.find("\n3,0,,,,,\"chip.yaml:") != std::string::npos);
        CHECK(std::count(csv.begin(), csv.end(), '\n') == 5);
    }

    TEST_CASE("files at fault: exit code 1, a clear message, nothing written") {
        const Scratch scratch;
        const auto check = [&](const std::string& name, const std::string& text, const std::string& message) {
            fill(scratch, chip("!choice [2, 4]"));
            write(scratch, name, text);
            const auto ran = run_dyad("search " + (scratch / "e.yaml").string() + " -o " + (scratch / "run").string());
            CAPTURE(message);
            CAPTURE(ran.err);
            CHECK(ran.code == 1);
            CHECK(ran.err.find(message) != std::string::npos);
            CHECK_FALSE(std::filesystem::exists(scratch / "run"));
        };
        check("e.yaml", experiment("objetives: [area]\n"),
              "e.yaml:8:1: unknown key 'objetives', did you mean 'objectives'?");
        check("e.yaml", experiment("fidelity: analytic\n"), "e.yaml:8:1: ");  // twice
        check("e.yaml", "experiment: [", "e.yaml:");
        check("e.yaml", experiment("batch: &a [*a]\n"), "e.yaml:");
        check("net.yaml", net + "  - conv: {out: 8, kernle: 3}\n", "unknown key 'kernle'");
        check("net.yaml", net + "  - add: {from: [nobody, fc]}\n", "nobody");
        check("chip.yaml", chip("!choice [2, 4]", "64"), "expected a size such as 1 MiB, got '64'");
        check("chip.yaml", chip("!choice [2, 4]", "-64 KiB"), "'-64 KiB'");
        check("chip.yaml", chip("!choice []"), "chip.yaml:");
        check("chip.yaml", chip("4"), "nothing to choose");
        check("chip.yaml", chip("!choice [0, -1]"), "expected a whole number between 1 and");
        check("chip.yaml", chip("!choice [2, 4]") + "dma: !choice [{burst: 256 B}, {brust: 256 B}]\n",
              "unknown key 'brust', did you mean 'burst'?");
        check("chip.yaml", chip("!choice [2, 4]") + "coolant: water\n", "unknown key 'coolant'");
    }

    TEST_CASE("a missing name is answered with the nearest one") {
        const auto ran = run_dyad("simulate mobilenet_v9 edge_npu");
        CHECK(ran.code == 1);
        CHECK(ran.err.find("'mobilenet_v9': no such file") == 0);
        CHECK(ran.err.find("did you mean 'mobilenet_v") != std::string::npos);
        CHECK(run_dyad("describe nothing_like_it").code == 1);
    }

    TEST_CASE("a full disk and an unwritable place are exit code 1 with the reason") {
        CHECK(run_dyad("list networks -o /dev/full").code == 1);
        const Scratch scratch;
        fill(scratch, chip("!choice [2, 4]"));
        const auto ran = run_dyad("search " + (scratch / "e.yaml").string() + " -o /proc/dyad");
        CHECK(ran.code == 1);
        CHECK(ran.err.find("/proc/dyad: cannot make the directory: ") == 0);
    }

    TEST_CASE("describe tells what is in a file") {
        const Scratch scratch;
        const auto network = Json::parse(run_dyad("describe " + write(scratch, "n.yaml", net) + " --format json").out);
        CHECK(network.at("kind") == "network");
        CHECK(network.at("parameters") == 1586);
        const auto hardware =
            Json::parse(run_dyad("describe " + write(scratch, "c.yaml", chip("8")) + " --format json").out);
        CHECK(hardware.at("area_mm2") > 0.0);
        CHECK(hardware.at("area").size() > 3);
        CHECK(hardware.at("constants").at(0).contains("source"));
        const auto cores = Json::parse(run_dyad("describe quad_npu --format json").out);
        CHECK(cores.at("kind") == "accelerator");
        CHECK(cores.at("cores") == "4, each with local");
        const auto space = Json::parse(
            run_dyad("describe " + write(scratch, "s.yaml", chip("!choice [1, 2, 4]")) + " --format json").out);
        CHECK(space.at("kind") == "space");
        CHECK(space.at("designs") == 3);
        const auto node = Json::parse(run_dyad("describe 16nm --format json").out);
        CHECK(node.at("kind") == "technology");
        CHECK(node.at("constants").at(0).contains("source"));
        const auto standard = Json::parse(run_dyad("describe lpddr4-3200 --format json").out);
        CHECK(standard.at("channel_bytes_per_s") == 2 * 1600e6 * 2);  // both edges of 1600 MHz, 16 bits
        CHECK(standard.at("constants").at(0).at("name") == "lpddr4-3200.bus");
        CHECK(Json::parse(run_dyad("describe dram --format json").out).at("standards").size() > 6);
        const auto whole = Json::parse(run_dyad("describe mobile_npu --format json").out);
        CHECK(whole.at("kind") == "experiment");
        CHECK(whole.at("leave_one_out_mae") > 0.0);
        const auto listed = run_dyad("list experiments");
        CHECK(listed.out.find("mobile_npu\n") != std::string::npos);
    }
}
