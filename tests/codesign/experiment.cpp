// SPDX-License-Identifier: Apache-2.0
#include "codesign/experiment/experiment.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "codesign/experiment/target.hpp"
#include "core/error.hpp"

using namespace dyad::codesign;

namespace {
/// Files by name; a network with two genes and an accelerator with one.
ConfigText memory_config(const std::string& experiment, const std::string& kind, const std::string& name) {
    const auto make = [&](const std::string& text) {
        return ConfigText{kind, name, name + ".yaml", dyad::core::sha256(text), text};
    };
    if (kind == "experiments") return make(experiment);
    if (name == "net") return make("network: net\nwidth: !choice [1, 2]\ndepth: !range {from: 1, to: 4, step: 1}\n");
    if (name == "fixed") return make("network: fixed\n");
    if (name == "chip") return make("accelerator: chip\nclock: !choice [400 MHz, 800 MHz]\n");
    if (name == "box" || name == "other")
        return make("device: " + name +
                    "\nplatform: {kind: cpu, units: 4, peak: 100 Gop/s, bandwidth: 10 GB/s, cache: 1 MiB}\n"
                    "calibration: {model: physical, rows: 9, holdout: 0.2, physics: {}}\n");
    if (name == "raw")
        return make(
            "device: raw\nplatform: {kind: cpu, units: 4, peak: 100 Gop/s, bandwidth: 10 GB/s, cache: 1 MiB}\n");
    if (name == "times") return make("network.width,box,other\n2,1.5,\n1,2,4\n");
    if (name == "table") return make("accuracy: table\n");
    throw dyad::core::Error("'" + name + "': no such file");
}

Experiment read(const std::string& text) {
    return read_experiment("e", [&](const std::string& kind, const std::string& name, const std::filesystem::path&) {
        return memory_config(text, kind, name);
    });
}

std::string message(const std::string& text) {
    try {
        (void)read(text);
    } catch (const dyad::core::Error& error) {
        return error.what();
    }
    return "no error";
}

const std::string head = "experiment: e\nnetwork: net\naccelerator: chip\n";
}  // namespace

TEST_SUITE("codesign/experiment") {
    TEST_CASE("a full experiment") {
        const auto e = read(head +
                            "objectives: [accuracy, latency, energy, area]\n"
                            "constraints: [area <= 8 mm2, power <= 2 W, accuracy >= 70 %, throughput >= 30 fps]\n"
                            "accuracy: {evaluator: surrogate, model: table}\n"
                            "search: {algorithm: nsga2, population: 12, generations: 7, seed: 9,\n"
                            "         reference: {latency: 10 ms}}\n"
                            "fidelity: analytic\nbatch: 4\n");
        CHECK(e.name == "e");
        CHECK(e.objectives == std::vector<Metric>{Metric::accuracy, Metric::latency, Metric::energy, Metric::area});
        REQUIRE(e.constraints.size() == 4);
        CHECK(e.constraints[0].violation(8) == 0);
        CHECK(e.constraints[0].violation(10) == 0.25);  // 2 of 8
        CHECK(e.constraints[1].violation(1.9) == 0);
        CHECK(e.constraints[2].violation(63) == 0.1);  // 7 of 70
        CHECK(e.constraints[3].violation(60) == 0);
        CHECK(e.search.population == 12);
        CHECK(e.search.generations == 7);
        CHECK(e.search.seed == 9);
        const auto seeded = [](const std::string& seed) {
            return head + "objectives: [latency]\nsearch: {seed: " + seed + "}\n";
        };
        CHECK(read(seeded("18446744073709551615")).search.seed == 18446744073709551615U);
        CHECK(message(seeded("18446744073709551616")) ==
              "e.yaml:5:16: search.seed: expected a whole number between 0 and 18446744073709551615, got "
              "'18446744073709551616'");
        CHECK(e.reference[1] == 10e-3);
        CHECK_FALSE(e.reference[0].has_value());
        CHECK(e.fidelity == dyad::models::Fidelity::analytic);
        CHECK(e.batch == 4);
        REQUIRE(e.configs.size() == 4);
        CHECK(e.configs[3].kind == "accuracy");
        REQUIRE(e.space.genes().size() == 3);
        CHECK(e.space.genes()[0].name == "network.width");
        CHECK(e.space.genes()[2].name == "accelerator.clock");
        CHECK(e.networks[0].slice({1, 3, 0}) == dyad::core::Genome{1, 3});
        CHECK(e.accelerator.slice({1, 3, 0}) == dyad::core::Genome{0});
    }

    TEST_CASE("a suite joins the genes of its networks, and weighs them") {
        const auto e = read(
            "experiment: e\nnetworks: [{use: net, weight: 2}, fixed, {use: net}]\naggregate: worst\naccelerator: chip\n"
            "objectives: [latency]\n");
        REQUIRE(e.networks.size() == 3);
        CHECK(e.networks[0].weight == 2);
        CHECK(e.networks[1].weight == 1);
        CHECK(e.aggregate == Aggregate::worst);
        REQUIRE(e.space.genes().size() == 5);
        CHECK(e.space.genes()[3].name == "networks[2].depth");
        CHECK(e.networks[2].slice({0, 1, 2, 3, 4}) == dyad::core::Genome{2, 3});
    }

    TEST_CASE("a device is hardware that is given, at fidelity calibrated") {
        const auto e = read(
            "experiment: e\nnetwork: net\naccelerator: box\nobjectives: [latency]\n"
            "constraints: [latency <= 5 ms]\n");
        REQUIRE(e.targets.size() == 1);
        CHECK(e.targets[0].device != nullptr);
        CHECK(e.accelerator.document == nullptr);
        CHECK(e.space.genes().size() == 2);  // those of the network
        CHECK(e.fidelity == dyad::models::Fidelity::calibrated);
        CHECK(target_of(e, {0, 1}) == &e.targets[0]);
        CHECK(target_of(read(head + "objectives: [latency]\n"), {0, 1, 0}) == nullptr);
    }

    TEST_CASE("of a device nobody tells energy and area") {
        const std::string device = "experiment: e\nnetwork: net\naccelerator: box\n";
        CHECK(message(device + "objectives: [latency, energy]\nconstraints: [area <= 8 mm2, latency <= 1 ms]\n") ==
              "e.yaml:4:23: objectives[1]: found 'energy', but 'box' is a measured device: its time is known, its "
              "energy, area and parts are not; expected accuracy, latency, throughput, memory or model_size\n"
              "e.yaml:5:15: constraints[0]: found 'area <= 8 mm2', but 'box' is a measured device: its time is known, "
              "its "
              "energy, area and parts are not; expected accuracy, latency, throughput, memory or model_size");
        CHECK(message(device + "objectives: [latency]\nfidelity: systemc\n") ==
              "e.yaml:5:11: fidelity: 'systemc' plays chips; measured devices are 'calibrated'");
        CHECK(message("experiment: e\nnetwork: net\naccelerator: raw\nobjectives: [latency]\n") ==
              "e.yaml:3:14: accelerator: 'raw' is a device without a calibration; make one by 'dyad calibrate'");
    }

    TEST_CASE("several targets are one more gene, and may be devices and chips") {
        const auto e = read(
            "experiment: e\nnetwork: net\ntargets: [box, fixed, other]\nobjectives: [latency]\n"
            "measured: times\n");
        REQUIRE(e.space.genes().size() == 3);
        CHECK(e.space.genes()[2].name == "target");
        CHECK(e.space.genes()[2].options == std::vector<std::string>{"box", "fixed", "other"});
        CHECK(e.fidelity == dyad::models::Fidelity::systemc);
        CHECK(fidelity_of(e, {0, 1, 0}) == dyad::models::Fidelity::calibrated);
        CHECK(fidelity_of(e, {0, 1, 1}) == dyad::models::Fidelity::systemc);
        REQUIRE(e.measured.size() == 2);
        CHECK(e.measured[0].genome == dyad::core::Genome{1, 1, 0});
        CHECK(e.measured[0].target_seconds[0] == doctest::Approx(1.5e-3));
        CHECK(std::isnan(e.measured[0].target_seconds[1]));  // no column is of the chip
        CHECK(std::isnan(e.measured[0].target_seconds[2]));  // an empty cell
        CHECK(e.measured[1].target_seconds[2] == doctest::Approx(4e-3));
    }

    TEST_CASE("wrong targets are refused") {
        const std::string start = "experiment: e\nnetwork: net\nobjectives: [latency]\n";
        CHECK(message(start + "targets: [box]\n") ==
              "e.yaml:4:10: targets: expected at least two; one is 'accelerator'");
        CHECK(message(start + "targets: [box, chip, box]\n") ==
              "e.yaml:4:16: targets[1]: 'chip' is a space, expected one chip or device\n"
              "e.yaml:4:22: targets[2]: 'box' is listed twice");
        CHECK(message(start + "targets: [box, other]\naccelerator: chip\n") ==
              "e.yaml:1:1: found both 'accelerator' and 'targets', expected one of them");
    }

    TEST_CASE("maximised objectives change their sign") {
        const auto e = read(head + "objectives: [throughput, latency]\n");
        Metrics metrics{};
        metrics[static_cast<std::size_t>(Metric::throughput)] = 30;
        metrics[static_cast<std::size_t>(Metric::latency)] = 0.5;
        CHECK(minimised(e, metrics) == Point{-30, 0.5});
    }

    TEST_CASE("errors say where, what was found and what was expected") {
        CHECK(
            message(head + "objectives: [latensy]\n") ==
            "e.yaml:4:14: objectives[0]: found 'latensy', expected one of accuracy, latency, energy, area, throughput, "
            "memory, model_size, power, edp, robustness, fairness_gap, multipliers, chip_memory, did you mean "
            "'latency'?");
        CHECK(message(head + "objectives: [latency, latency]\n") ==
              "e.yaml:4:23: objectives[1]: 'latency' is listed twice");
        CHECK(message(head + "objectives: []\n") == "e.yaml:4:13: objectives: expected at least one objective");
        CHECK(message(head + "objectives: [accuracy]\n") ==
              "e.yaml:4:14: objectives[0]: 'accuracy' needs an evaluator, such as accuracy: {evaluator: surrogate, "
              "model: "
              "imagenet_mobile}");
        CHECK(message(head + "objectives: [robustness]\n") ==
              "e.yaml:4:14: objectives[0]: no accuracy evaluator offers 'robustness'");
        CHECK(message(head + "objectives: [robustness]\naccuracy: {evaluator: zero_cost}\n") ==
              "e.yaml:4:14: objectives[0]: no accuracy evaluator offers 'robustness'");
        CHECK(message(head + "objectives: [accuracy]\naccuracy: {evaluator: command, seeds: 0}\n") ==
              "e.yaml:5:11: accuracy: missing key 'command' (the program: a text for the shell, or a list of words)\n"
              "e.yaml:5:39: accuracy.seeds: expected a whole number between 1 and 1000, got '0'");
        CHECK(message(head + "objectives: [area]\nconstraints: [area <= 8]\n") ==
              "e.yaml:5:15: constraints[0]: found '8', expected a value of area with its unit such as 8 mm2");
        CHECK(message(head + "objectives: [area]\nconstraints: [multipliers <= 1.5]\n") ==
              "e.yaml:5:15: constraints[0]: found '1.5', expected a number of multipliers such as 1024");
        CHECK(message(head + "objectives: [area]\nconstraints: [area < 8 mm2]\n") ==
              "e.yaml:5:15: constraints[0]: found 'area < 8 mm2', expected a budget such as area <= 8 mm2");
        CHECK(message(head + "objectives: [area]\nconstraints: [power <= 2 mm2]\n") ==
              "e.yaml:5:15: constraints[0]: found '2 mm2', expected a value of power with its unit such as 2 W");
        CHECK(
            message(head + "objectives: [area]\nfidelity: calibrated\n") ==
            "e.yaml:5:11: fidelity: 'calibrated' is for measured devices, not for chips; expected analytic, systemc or "
            "cycle");
        CHECK(message(head + "objectives: [area]\nserach: {}\n") ==
              "e.yaml:5:1: unknown key 'serach', did you mean 'search'?");
        CHECK(message(head + "objectives: [area]\naggregate: sum\n") ==
              "e.yaml:5:12: aggregate: only for a suite ('networks')");
        CHECK(message("experiment: e\nnetwork: nett\naccelerator: chip\nobjectives: [area]\n") ==
              "e.yaml:2:10: network: 'nett': no such file");
        CHECK(message(head + "networks: [net]\nobjectives: [area]\n") ==
              "e.yaml:1:1: found both 'network' and 'networks', expected one of them");
        CHECK(message(head + "objectives: [area]\nsearch: {population: 1}\n") ==
              "e.yaml:5:22: search.population: expected a whole number between 2 and 1000000, got '1'");
    }

    TEST_CASE("all errors of a file come in one go") {
        CHECK_THROWS_WITH_AS(
            (void)read("experiment: e\nnetwork: net\nobjectives: [area, speed]\nbatch: 0\n"),
            "e.yaml:1:1: missing key 'accelerator' (an accelerator or a space of accelerators)\n"
            "e.yaml:3:20: objectives[1]: found 'speed', expected one of accuracy, latency, energy, area, "
            "throughput, memory, model_size, power, edp, robustness, fairness_gap, multipliers, chip_memory\n"
            "e.yaml:4:8: batch: expected a whole number between 1 and 1048576, got '0'",
            dyad::core::Error);
    }
}
