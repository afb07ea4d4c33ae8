// SPDX-License-Identifier: Apache-2.0
#include "codesign/run/targets.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "codesign/report/same_macs.hpp"
#include "codesign/report/specialisation.hpp"
#include "codesign/run/campaign.hpp"
#include "models/device/device.hpp"
#include "tests/codesign/program.hpp"

using namespace dyad::codesign;
using namespace dyad::codesign::testing;
using dyad::core::Genome;

namespace {

/// One network gene of 16 settings and two targets; the best width is 4 on the first and 13 on the second.
Experiment two_targets() {
    auto experiment = toy_experiment(6, 8);
    const auto device = std::make_shared<const dyad::models::Device>();
    experiment.targets = {{"left", nullptr, device}, {"right", nullptr, device}};
    auto genes = experiment.space.genes();
    genes.resize(1);
    genes.emplace_back();
    genes.back().name = "target";
    genes.back().options = {"left", "right"};
    experiment.space = dyad::core::ChoiceSpace(genes);
    experiment.accelerator.first_gene = 1;
    experiment.accelerator.genes = 1;
    experiment.objectives = {Metric::latency};
    experiment.constraints.clear();
    return experiment;
}

Run searched(const std::filesystem::path& directory, unsigned workers) {
    FunctionEvaluator evaluator([](const Genome& g) { return worth(1 + std::abs(g[0] - (g[1] == 0 ? 3 : 12)), 1, 1); });
    CampaignOptions options;
    options.directory = directory;
    options.workers = workers;
    options.quiet = true;
    return search(std::make_shared<const Experiment>(two_targets()), evaluator, options).run;
}

/// A device and a chip; the network has two settings.
std::string small_experiment(const Scratch& scratch, const std::string& more) {
    write(scratch, "net.yaml",
          "network: net\ninput: {image: [3, 32, 32]}\nprecision: int8\nlayers:\n"
          "  - conv: {out: !choice [8, 16], kernel: !choice [1, 3, 5]}\n  - pool: {type: average, global: true}\n"
          "  - flatten\n  - linear: {out: 10}\n");
    return write(scratch, "e.yaml",
                 "experiment: e\nnetwork: net.yaml\nobjectives: [latency]\n" + more +
                     "search: {algorithm: exhaustive, population: 6, generations: 1}\n");
}

}  // namespace

TEST_SUITE("codesign/targets") {
    TEST_CASE("each target gets its own network, and every champion is tried on the other targets") {
        const Scratch scratch;
        const auto experiment = two_targets();
        const auto run = searched(scratch / "r", 0);
        const auto best = champions(experiment, run.pairs);
        REQUIRE(best.size() == 2);
        REQUIRE((best[0] && best[1]));
        CHECK(run.pairs[*best[0]].genome == Genome{3, 0});
        CHECK(run.pairs[*best[1]].genome == Genome{12, 1});
        const auto places = by_genome(run.pairs);
        const auto abroad = places.find(moved(experiment, run.pairs[*best[0]].genome, 1));
        REQUIRE(abroad != places.end());
        CHECK(run.pairs[abroad->second].evaluation.metrics[static_cast<std::size_t>(Metric::latency)] == 10);  // 1 + 9
    }

    TEST_CASE("the front holds the best of each target, which do not compete with each other") {
        const Scratch scratch;
        const auto run = searched(scratch / "r", 0);
        REQUIRE(run.front.size() == 2);
        CHECK(run.pairs[run.front[0]].genome[1] != run.pairs[run.front[1]].genome[1]);
        CHECK(run.convergence.empty());
    }

    TEST_CASE("the result is the same for any number of workers") {
        const Scratch scratch;
        (void)searched(scratch / "none", 0);
        (void)searched(scratch / "two", 2);
        for (const auto* file : {"results.csv", "front.csv", "front.json"})
            CHECK(dyad::core::read_file(scratch / "none" / file) == dyad::core::read_file(scratch / "two" / file));
    }

    TEST_CASE("a search on a device predicts with an interval, and reports without energy and area") {
        const Scratch scratch;
        const auto file = small_experiment(scratch, "accelerator: titan_rtx_b1\nconstraints: [latency <= 1 s]\n");
        const auto ran = run_dyad("search " + file + " --workers 0 --quiet -o " + (scratch / "r").string());
        REQUIRE_MESSAGE(ran.code == 0, ran.err);
        const auto front = nlohmann::json::parse(dyad::core::read_file(scratch / "r" / "front.json"));
        CHECK(front["fidelity"] == "calibrated");
        const auto& metrics = front["pairs"][0]["metrics"];
        CHECK(metrics["latency_low"].get<double>() < metrics["latency"].get<double>());
        CHECK(metrics["latency_high"].get<double>() > metrics["latency"].get<double>());
        CHECK_FALSE(metrics.contains("energy"));
        CHECK_FALSE(metrics.contains("area"));
        CHECK(dyad::core::read_file(scratch / "r" / "report.md").find("90 % interval") != std::string::npos);
    }

    TEST_CASE("a pair's firmness is judged among those on the same target") {
        const Scratch scratch;
        const auto file = small_experiment(scratch, "targets: [edge_npu, gemmini_16]\n");
        const auto run = (scratch / "r").string();
        const auto ran = run_dyad("search " + file + " -o " + run + " --workers 0 --quiet");
        REQUIRE(ran.code == 0);
        CHECK(ran.out.find("\nfastest on edge_npu: pair ") != std::string::npos);
        CHECK(ran.out.find("\nfastest on gemmini_16: pair ") != std::string::npos);
        const auto report = nlohmann::json::parse(dyad::core::read_file(scratch / "r" / "report.json"));
        // Each has one objective and one best pair, so it stays whatever the other one's is.
        const auto& pairs = report.at("robustness").at("pairs");
        REQUIRE(pairs.size() == 2);
        for (const auto& pair : pairs) CHECK(pair[0].get<double>() == 1);
        CHECK(dyad::core::read_file(scratch / "r" / "report.md").find("| pair | target | latency |") !=
              std::string::npos);
    }

    TEST_CASE("a report of targets shows the networks beside each other, what each loses abroad, and MACs as a guide") {
        const Scratch scratch;
        write(scratch, "times.csv",
              "network.layers[0].conv.out,network.layers[0].conv.kernel,titan_rtx_b1\n8,1,0.1\n8,3,0.4\n8,5,0.3\n");
        const auto file = small_experiment(scratch, "targets: [titan_rtx_b1, edge_npu]\nmeasured: times.csv\n");
        const auto ran = run_dyad("search " + file + " --workers 0 --quiet -o " + (scratch / "r").string());
        REQUIRE_MESSAGE(ran.code == 0, ran.err);
        const auto run = read_run(scratch / "r");
        const auto json = specialisation_json(run);
        REQUIRE(json["targets"].size() == 2);
        CHECK(json["targets"][0]["kind"] == "device");
        CHECK(json["targets"][0]["precision"] == "32 bits (the device's)");
        CHECK(json["targets"][1]["precision"] == "int8");
        CHECK(json["loss"][0][0] == 0);
        CHECK(json["loss"][1][1] == 0);
        CHECK(json["loss"][0][1].get<double>() >= 0);
        const auto macs = same_macs_json(run);
        REQUIRE(macs.size() == 1);  // the chip was not measured
        // MACs rise with the window, 1 3 5; of the times 0.1 0.4 0.3 the last two are the other way round: 1 - 6 x 2
        // / 24.
        CHECK(macs[0]["spearman_macs"].get<double>() == doctest::Approx(0.5));
        CHECK(macs[0]["widest"].is_null());  // no two have MACs within 2 %
        const auto report = dyad::core::read_file(scratch / "r" / "report.md");
        CHECK(report.find("each at the fidelity of its target (systemc on edge_npu; calibrated on titan_rtx_b1).") !=
              std::string::npos);
        CHECK(report.find("## A network for each target") != std::string::npos);
        CHECK(report.find("## Equal MACs, unequal time") != std::string::npos);
    }
}
