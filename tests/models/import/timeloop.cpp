// SPDX-License-Identifier: Apache-2.0
#include "models/import/timeloop.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "core/files.hpp"
#include "core/value.hpp"
#include "hw_space/accelerator.hpp"
#include "models/kernel_file.hpp"
#include "models/mapping_file.hpp"
#include "tests/scratch.hpp"

using namespace dyad;
using namespace dyad::models;
namespace fs = std::filesystem;

namespace {

constexpr auto architecture = R"(architecture:
  version: 0.4
  subtree:
  - name: system
    local:
    - {name: DRAM, class: DRAM, attributes: {width: 64, block-size: 4, word-bits: 16, shared_bandwidth: 4}}
    subtree:
    - name: chip
      attributes: {technology: 45nm}
      local:
      - {name: buf, class: smartbuffer_SRAM, attributes: {depth: 1024, width: 64, block_size: 4, datawidth: 16, read-bandwidth: 8}}
      - {name: noc, class: XY_NoC}
      subtree:
      - name: PE[0..11]
        local:
        - {name: reg, class: regfile, attributes: {depth: 32, width: 16, datawidth: 16, meshX: 4}}
        - {name: mac, class: intmac, attributes: {datawidth: 16, meshX: 4}}
)";
constexpr auto problem = R"(problem:
  shape:
    name: conv
    dimensions: [R, P, C, M]
    coefficients: [{name: stride, default: 1}]
    data_spaces:
    - {name: Inputs, projection: [[[C]], [[R], [P, stride]]]}
    - {name: Weights, projection: [[[C]], [[M]], [[R]]]}
    - {name: Outputs, projection: [[[M]], [[P]]], read_write: True}
  instance: {R: 3, P: 8, C: 4, M: 6, stride: 2}
)";
constexpr auto mapping = R"(mapping:
- {target: buf, type: temporal, factors: "R=1 P=4,4 C=2 M=1", permutation: "P,C,M,R"}
- {target: DRAM, type: temporal, factors: P2, permutation: RPCM}
- {target: reg, type: temporal, factors: {R: 3}, permutation: [R, P, C, M]}
- {target: buf, type: spatial, factors: C=2 M=6, permutation: CMRP, split: 1}
- {target: reg, type: bypass, keep: [Weights, Outputs], bypass: [Inputs]}
)";
constexpr auto constraints = R"(architecture-constraints:
  targets:
  - {target: reg, type: datatype, keep: [Weights], bypass: [Outputs]}
  - {target: buf, type: spatial, factors: P=1, permutation: MC, split: 1}
)";

struct Read {
    hw_space::Accelerator chip;
    Kernel kernel;
    std::optional<Mapping> mapping;
    AccessCounts counts;
};

core::Value value(const core::Document& document, core::Errors& errors) { return {document, nullptr, errors}; }

/// What our own readers make of the written files.
Read read_back(const ImportedDesign& design) {
    core::Errors errors;
    Read all;
    all.chip = hw_space::read_accelerator(*core::parse_document(design.accelerator, "accelerator.yaml"));
    const auto kernel = core::parse_document(design.kernel, "kernel.yaml");
    all.kernel = parse_kernel(value(*kernel, errors)).value();
    std::vector<std::string> levels;
    for (const auto& level : all.chip.hierarchy.value().levels) levels.push_back(level.name);
    if (!design.mapping.empty()) {
        const auto document = core::parse_document(design.mapping, "mapping.yaml");
        all.mapping = parse_mapping(value(*document, errors), all.kernel.nest.value(), levels);
        errors.throw_if_any();
        all.counts = count_accesses(*all.kernel.nest, storage_levels(*all.chip.hierarchy), all.mapping.value());
    }
    return all;
}

std::string message(const std::vector<fs::path>& files) {
    try {
        (void)import_timeloop(files);
    } catch (const core::Error& error) {
        return error.what();
    }
    return "";
}

/// Where two texts with paths agree apart from the folder.
bool ends_with(const std::string& text, const std::string& end) {
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

TEST_SUITE("models/import") {
    TEST_CASE("the shape known as cnn-layer is that of a convolution, with its sizes in an instance or beside it") {
        const std::string sizes = "R: 3, S: 2, P: 8, Q: 6, C: 4, K: 16, N: 2, Wstride: 2";
        for (const auto& text : {"problem: {shape: cnn-layer, " + sizes + "}\n",
                                 "problem: {shape: CNN_Layer, instance: {" + sizes + "}}\n"}) {
            const dyad::test::Scratch folder;
            const auto files = import_timeloop({folder.put("a.yaml", architecture), folder.put("p.yaml", text)});
            const auto& kernel = files.kernel;
            CHECK(kernel.find("weights: [C, K, R, S]") != std::string::npos);
            CHECK(kernel.find("inputs: [N, C, R + 2*P, S + Q]") != std::string::npos);
            CHECK(kernel.find("outputs: [N, K, Q, P]") != std::string::npos);
        }
    }
    TEST_CASE("a Timeloop design keeps its levels, sizes, rates and energies") {
        const dyad::test::Scratch folder;
        const auto design = import_timeloop({folder.put("m.yaml", mapping), folder.put("p.yaml", problem),
                                             folder.put("c.yaml", constraints), folder.put("a.yaml", architecture)});
        const auto all = read_back(design);
        CHECK(all.chip.name == "chip");
        const auto& h = *all.chip.hierarchy;
        REQUIRE(h.levels.size() == 3);
        CHECK(h.levels[0].name == "DRAM");
        CHECK(h.levels[0].capacity == core::Words(0));
        CHECK(h.levels[0].shared_rate == 4);
        CHECK(h.levels[0].read_energy.count() == doctest::Approx(200e-12));
        CHECK(h.levels[1].capacity == core::Words(4096));  // 1024 rows of four words
        CHECK(h.levels[1].read_rate == 8);
        // 8 KB: 1 + 5/99.5 x 7.5 = 1.376884 pJ a row of 16 bits, four rows' worth for four words.
        CHECK(h.levels[1].read_energy.count() == doctest::Approx(1.3768844e-12).epsilon(1e-7));
        CHECK(h.levels[2].instances == 12);
        CHECK(h.levels[2].columns == 4);
        CHECK(h.multipliers == 12);
        CHECK(h.multiply_energy.count() == doctest::Approx(1e-12));
        REQUIRE(h.constraints.size() == 2);
        CHECK(h.constraints[0].keep == std::vector<std::string>{"weights"});
        CHECK(h.constraints[1].columns == std::vector<std::string>{"M"});
        const auto levels = storage_levels(h);
        CHECK(levels.levels[1].fanout_rows == 3);
        CHECK(levels.levels[1].fanout_cols == 4);
    }
    TEST_CASE("a Timeloop problem keeps its projections, whatever the order of its data spaces") {
        const dyad::test::Scratch folder;
        const auto all = read_back(import_timeloop({folder.put("all.yaml", std::string(architecture) + problem)}));
        const auto& nest = *all.kernel.nest;
        CHECK(nest.macs() == 3u * 8 * 4 * 6);
        CHECK(nest.words(Operand::weights) == core::Words(3 * 4 * 6));
        CHECK(nest.words(Operand::inputs) == core::Words(4 * (7 * 2 + 3)));
        CHECK(nest.words(Operand::outputs) == core::Words(6 * 8));
        CHECK_FALSE(all.mapping.has_value());
    }
    TEST_CASE("a Timeloop mapping keeps its order, its split into rows and columns and its bypass") {
        const dyad::test::Scratch folder;
        const auto all = read_back(import_timeloop(
            {folder.put("m.yaml", mapping), folder.put("all.yaml", std::string(architecture) + problem)}));
        const auto& nest = *all.kernel.nest;
        const auto text = [&](std::size_t level) {
            std::string loops;
            for (const auto& loop : all.mapping->levels[level].loops)
                loops += nest.dims[loop.dim].name + std::to_string(loop.factor) +
                         (loop.axis == LoopAxis::temporal ? " "
                          : loop.axis == LoopAxis::rows   ? "r "
                                                          : "c ");
            return loops;
        };
        CHECK(text(0) == "P2 ");
        CHECK(text(1) == "C2 P4 M6r C2c ");  // P innermost in time; the first of the permutation lies on the columns
        CHECK(text(2) == "R3 ");
        CHECK(all.mapping->levels[2].keeps == std::array{true, false, true});
        CHECK(all.counts.compute_cycles == 2 * 2 * 4 * 3);
    }
    TEST_CASE("a factor of 0 is what the others leave") {
        const dyad::test::Scratch folder;
        const auto all = read_back(
            import_timeloop({folder.put("all.yaml", std::string(architecture) + problem),
                             folder.put("m.yaml",
                                        "mapping:\n- {target: DRAM, type: temporal, factors: P=0 C=0 M=6 R=3}\n"
                                        "- {target: buf, type: temporal, factors: P=3 C=4}\n")}));
        // 8 rows in tiles of 3 make 3; nothing is left of 4 channels.
        CHECK(all.mapping->levels[0].loops.size() == 3);
        CHECK(all.counts.compute_cycles == 8 * 4 * 6 * 3);
    }
    TEST_CASE("what cannot be imported is named with its place") {
        const dyad::test::Scratch folder;
        const auto a = folder.put("a.yaml", architecture), p = folder.put("p.yaml", problem);
        CHECK(message({a}) == "no file has a top-level key 'problem'");
        CHECK(ends_with(message({a, a, p}), "a.yaml:2:3: architecture: given twice"));
        CHECK(message({a, p, folder.put("m1.yaml", "mapping:\n- {target: buff, type: temporal, factors: P=8}\n")})
                  .find("m1.yaml:2:12: mapping[0].target: there is no memory 'buff'") != std::string::npos);
        const auto bad =
            message({a, p, folder.put("m2.yaml", "mapping:\n- {target: buf, type: temporal, factors: P=x X=2}\n")});
        CHECK(bad.find("m2.yaml:2:42: mapping[0].factors: expected factors such as R=3 S=3, got 'P=x X=2'") !=
              std::string::npos);
        const auto small = message(
            {a, p, folder.put("m3.yaml", "mapping:\n- {target: buf, type: temporal, factors: P=7 R=3 C=4 M=6}\n")});
        CHECK(ends_with(small, "P: the factors multiply to 7, the dimension has 8"));
        CHECK(message({a, folder.put("p2.yaml", "problem: {shape: {dimensions: [R]}, instance: {R: -3}}\n")})
                  .find("expected a whole number from 1, got '-3'") != std::string::npos);
    }
    TEST_CASE("a Timeloop mapping that says two things, or names what has no work, is refused at its place") {
        const dyad::test::Scratch folder;
        const auto a = folder.put("a.yaml", architecture), p = folder.put("p.yaml", problem);
        const auto fault = [&](const std::string& entries) {
            const auto file = folder.put("m.yaml", "mapping:\n" + entries);
            const auto text = message({a, p, file});
            return text.substr(std::min(text.find("m.yaml"), text.size()));
        };
        const std::string rest = "- {target: reg, type: temporal, factors: R=3 C=4 P=8}\n";
        CHECK(fault(rest + "- {target: buf, type: temporal, factors: M=300}\n") ==
              "m.yaml:2:1: mapping: buf: M: a factor of 300 over tiles of 1 leaves trips without work, the dimension "
              "has 6");
        CHECK(fault(rest + "- {target: buf, type: temporal, factors: M=2 M=3}\n") ==
              "m.yaml:3:42: mapping[1].factors: dimension M occurs twice");
        CHECK(fault(rest + "- {target: buf, type: temporal, factors: M=6, permutation: MMR}\n") ==
              "m.yaml:3:60: mapping[1].permutation: dimension M occurs twice");
        CHECK(fault(rest + "- {target: buf, type: temporal, factors: M=6, permutation: MXR}\n") ==
              "m.yaml:3:60: mapping[1].permutation: there is no dimension 'X'");
        CHECK(fault(rest + "- {target: DRAM, type: bypass, bypass: [Weights]}\n")
                  .find("m.yaml:3:3: mapping[1]: the outermost level keeps every tensor, also weights") == 0);
        CHECK(fault(rest + "- {target: buf, type: bypass, keep: [Inputs], bypass: [Inputs]}\n")
                  .find("m.yaml:3:3: mapping[1]: inputs cannot be both kept and bypassed") == 0);
        const auto c = folder.put("c.yaml",
                                  "architecture-constraints:\n  targets:\n"
                                  "  - {target: DRAM, type: bypass, bypass: [Outputs]}\n");
        CHECK(ends_with(message({a, p, c}),
                        "c.yaml:3:5: architecture-constraints.targets[0]: the outermost level keeps "
                        "every tensor, also outputs"));
    }
    TEST_CASE("Timeloop sections and problems that are not understood are refused, and what is not read is named") {
        const dyad::test::Scratch folder;
        const auto a = folder.put("a.yaml", architecture), p = folder.put("p.yaml", problem);
        CHECK(ends_with(message({a, p, folder.put("x.yaml", "maping: []\n")}),
                        "x.yaml:1:9: maping: unknown section: expected architecture, problem, mapping or constraints"));
        const auto design = import_timeloop({a, p, folder.put("x.yaml", "mapper: {threads: 8}\nERT: {}\n")});
        CHECK(design.remarks ==
              std::vector<std::string>{"sections not read: ERT, mapper", "attributes not read: technology"});
        const auto with = [&](const std::string& from, const std::string& to) {
            std::string text = problem;
            text.replace(text.find(from), from.size(), to);
            const auto told = message({a, folder.put("q.yaml", text)});
            return told.substr(std::min(told.find("q.yaml"), told.size()));
        };
        CHECK(
            with("[P, stride]", "[P, stride, C]") ==
            "q.yaml:7:48: problem.shape.data_spaces[0].projection[1][1]: expected a dimension, or a dimension and its "
            "coefficient, got [P, stride, C]");
        CHECK(with("    - {name: Weights,", "    - {name: More, projection: [[[C]]]}\n    - {name: Weights,") ==
              "q.yaml:3:5: problem.shape: expected two data spaces that are read and one that is written (read-write: "
              "true), got 3 and one");
    }
    TEST_CASE("the reference's fixed mappings count the same once imported, where the reference is at hand") {
        const auto reference = fs::path(DYAD_SOURCE_DIR) / ".." / "shared" / "reference";
        std::ifstream csv(reference / "fixed_mapping_counts.csv");
        if (!csv) {
            MESSAGE("skipped: no ../shared/reference/fixed_mapping_counts.csv beside the sources");
            return;
        }
        std::map<std::string, Read> cases;
        std::string line, field;
        std::getline(csv, line);
        int figures = 0;
        while (std::getline(csv, line)) {
            std::vector<std::string> f;
            std::string joined = line;
            for (std::istringstream fields(joined); std::getline(fields, field, ',');) f.push_back(field);
            f.resize(21);
            const auto base = reference / "fixed_mappings" / f[0];
            if (!cases.contains(f[0]))
                cases.emplace(
                    f[0],
                    read_back(import_timeloop({base / "mapping.yaml", base / "problem.yaml", base / "arch.yaml"})));
            const auto& all = cases.at(f[0]);
            INFO(line);
            const auto hierarchy = storage_levels(*all.chip.hierarchy);
            if (f[9] == "MAC") {
                if (f[0] != "tiny_imperfect_P") CHECK(steady_cycles(hierarchy, all.counts) == std::stoull(f[4]));
                const auto uj = access_energy(*all.kernel.nest, hierarchy, all.counts).count() * 1e6;
                CHECK(std::abs(uj - std::stod(f[7])) <= std::max(0.0051, 1e-5 * uj));
            }
            for (std::size_t l = 0; l < hierarchy.levels.size(); ++l)
                for (const auto o : operands) {
                    const auto title = std::string(1, static_cast<char>(std::toupper(name(o)[0]))) + (name(o) + 1);
                    if (hierarchy.levels[l].name != f[8] || title != f[9]) continue;
                    const auto& c = all.counts.levels[l][static_cast<std::size_t>(o)];
                    CHECK(c.tile_words == static_cast<std::uint64_t>(std::stod(f[13])));
                    CHECK(c.reads == static_cast<std::uint64_t>(std::stod(f[14])));
                    CHECK(c.fills == static_cast<std::uint64_t>(std::stod(f[15])));
                    CHECK(c.updates == static_cast<std::uint64_t>(std::stod(f[16])));
                    figures += 4;
                }
        }
        CHECK(cases.size() == 18);
        CHECK(figures > 500);
    }
}
