// SPDX-License-Identifier: Apache-2.0
// Accuracy told by a program, in searches: asked once a network, side by side with the simulations, survivable.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "codesign/accuracy/supernet.hpp"
#include "codesign/run/database.hpp"
#include "codesign/run/identity.hpp"
#include "core/document.hpp"
#include "core/error.hpp"
#include "core/statistics.hpp"
#include "tests/codesign/program.hpp"

using namespace dyad::codesign;
using namespace dyad::codesign::testing;

namespace {

using Json = nlohmann::ordered_json;

/// Answers with the number of layers (10 more of robustness, 20 more of the gap between groups), and writes down what
/// it was asked; `more` is run for each request `r` first.
std::string evaluator(const Scratch& scratch, const std::string& more = "") {
    return write(scratch, "evaluator.py", R"(
import json, os, sys, time
print(json.dumps({"protocol": "dyad/accuracy/1", "name": "test"}), flush=True)
for line in sys.stdin:
    r = json.loads(line)
    layers, seed = r["network"]["layers"], r["seed"]
    wide = any(l.get("conv", {}).get("kernel") == [5, 5] for l in layers)
    with open(os.path.join(os.path.dirname(__file__), "asked"), "a") as log: log.write(f"{len(layers)} {seed}\n")
    value, spread, unit = len(layers), 0, "score"
)" + more + R"(
    more = {"accuracy": 0, "robustness": 10, "fairness_gap": 20}
    one = lambda m: {"value": value if value == "much" else value + more[m], "spread": spread, "unit": unit}
    print(json.dumps({"id": r["id"], "metrics": {m: one(m) for m in r["metrics"]}}), flush=True)
)");
}

/// Networks of two choices (kernel and depth: 4) on chips of two widths.
std::string experiment(const Scratch& scratch, const std::string& accuracy,
                       const std::string& objectives = "accuracy, latency") {
    (void)write(scratch, "net.yaml",
                "network: net\ninput: {image: [4, 8, 8]}\nlayers:\n"
                "  - conv: {out: 8, kernel: !choice [3, 5], repeat: !choice [1, 2]}\n"
                "  - pool: {type: average, global: true}\n");
    (void)write(scratch, "chip.yaml",
                "accelerator: chip\ntechnology: 16nm\nclock: 800 MHz\nmemory:\n"
                "  - dram: {standard: lpddr4-3200, channels: 1}\n  - buffer: {name: shared, size: 256 KiB, banks: 8, "
                "width: 16 B}\n"
                "engines:\n  - pe_array: {rows: !choice [8, 16], cols: 8, dataflow: weight_stationary, precision: "
                "int8, accumulate: "
                "int32, registers: {weights: 1, psums: 1}}\n"
                "  - vector_unit: {lanes: 8, precision: int8, operations: [add, mul, max]}\n");
    return write(
        scratch, "e.yaml",
        fmt::format("experiment: e\nnetwork: net.yaml\naccelerator: chip.yaml\nobjectives: [{}]\naccuracy: {{{}}}\n"
                    "search: {{algorithm: exhaustive}}\nfidelity: analytic\n",
                    objectives, accuracy));
}

std::string command(const Scratch& scratch, const std::string& more = "") {
    return fmt::format("evaluator: command, command: [/usr/bin/python3, {}]", evaluator(scratch, more));
}

std::vector<std::string> asked(const Scratch& scratch) {
    std::vector<std::string> lines;
    if (!std::filesystem::exists(scratch / "asked")) return lines;
    std::istringstream in(dyad::core::read_file(scratch / "asked"));
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

std::map<std::uint64_t, Evaluation> pairs(const std::filesystem::path& directory) {
    std::map<std::uint64_t, Evaluation> all;
    Database(directory / "run.sqlite").for_each_pair([&](const Pair& pair) { all[pair.id] = pair.evaluation; });
    return all;
}

std::string search(const std::string& file, const std::filesystem::path& directory, const std::string& more = "") {
    const auto ran = run_dyad("search " + file + " -o " + directory.string() + " --quiet " + more);
    return ran.code == 0 ? "" : ran.err;
}

/// Searches with an evaluator that misbehaves for 5x5 kernels; the reasons of the pairs, by how many have each.
std::map<std::string, int> reasons_with(const std::string& more, const std::string& options = "") {
    const Scratch scratch;
    CHECK(search(experiment(scratch, command(scratch, more) + options), scratch / "run", "--workers 2") == "");
    std::map<std::string, int> reasons;
    for (const auto& [id, evaluation] : pairs(scratch / "run")) {
        ++reasons[evaluation.reason];
        CHECK(evaluation.failed() == std::isnan(evaluation.metrics[0]));
    }
    return reasons;
}

/// Eight images of 8 x 8 to train and test on: dark ones of class 0, bright ones of class 1.
void put_images(const Scratch& scratch) {
    using namespace std::string_literals;
    auto images = "\0\0\x08\x03\0\0\0\x08\0\0\0\x08\0\0\0\x08"s, classes = "\0\0\x08\x01\0\0\0\x08"s;
    for (int i = 0; i < 8; ++i) {
        images += std::string(64, static_cast<char>(100 * (i % 2) + 5 * i));
        classes += static_cast<char>(i % 2);
    }
    for (const std::string set : {"train", "t10k"}) {
        (void)write(scratch, set + "-images-idx3-ubyte", images);
        (void)write(scratch, set + "-labels-idx1-ubyte", classes);
    }
}

using Reasons = std::map<std::string, int>;

}  // namespace

TEST_SUITE("codesign/evaluators") {
    TEST_CASE("each network is asked about once, and its answer is every pair's that has it") {
        const Scratch scratch;
        REQUIRE(search(experiment(scratch, command(scratch)), scratch / "run", "--workers 2") == "");
        const auto all = pairs(scratch / "run");
        CHECK(all.size() == 8);  // 4 networks, 2 chips
        for (const auto& [id, evaluation] : all) {
            CHECK(evaluation.reason.empty());
            const double layers = evaluation.metrics[0];
            CHECK((layers == 2 || layers == 3));
        }
        CHECK(asked(scratch).size() == 4);
    }

    TEST_CASE("workers change nothing, nor does going on, and nothing is asked twice") {
        const Scratch scratch;
        const auto file = experiment(scratch, command(scratch, "    if layers == 2: time.sleep(0.1)\n"));
        REQUIRE(search(file, scratch / "none", "--workers 0") == "");
        REQUIRE(search(file, scratch / "two", "--workers 2") == "");
        for (const auto* name : {"results.csv", "front.csv", "front.json"})
            CHECK(dyad::core::read_file(scratch / "none" / name) == dyad::core::read_file(scratch / "two" / name));
        CHECK(asked(scratch).size() == 8);
        const auto before = dyad::core::read_file(scratch / "two" / "front.json");
        REQUIRE(std::system(("sqlite3 " + (scratch / "two/run.sqlite").string() +
                             " \"DELETE FROM pairs WHERE id > 2; DELETE FROM run WHERE key = 'finished'\"")
                                .c_str()) == 0);
        REQUIRE(search(file, scratch / "two", "--workers 1 --resume") == "");
        CHECK(dyad::core::read_file(scratch / "two" / "front.json") == before);
        CHECK(asked(scratch).size() == 8);
    }

    TEST_CASE("a search that is killed keeps its answers and leaves no program behind") {
        const Scratch scratch;
        const auto file =
            experiment(scratch, command(scratch,
                                        "    with open(os.path.join(os.path.dirname(__file__), 'program'), 'a') as f: "
                                        "f.write(f'{os.getpid()} ')\n    time.sleep(0.2)\n"));
        REQUIRE(search(file, scratch / "whole", "--workers 1") == "");
        std::filesystem::remove(scratch / "asked");
        std::filesystem::remove(scratch / "program");
        const auto script =
            write(scratch, "kill.sh",
                  fmt::format("cd {}; '{}' search {} -o killed --quiet --workers 1 2>/dev/null & dyad=$!\ncd {}\n"
                              "until [ -f asked ] && [ $(wc -l <asked) -ge 3 ]; do sleep 0.02; done\nkill -9 $dyad\n"
                              "for p in $(cat program); do while grep -qs '^State:.[^Z]' /proc/$p/status; do sleep "
                              "0.02; done; done\n",
                              scratch.path().string(), DYAD_PROGRAM, file, scratch.path().string()));
        REQUIRE(std::system(("timeout 60 sh " + script).c_str()) == 0);
        REQUIRE(search(file, scratch / "killed", "--workers 1 --resume") == "");
        for (const auto* name : {"results.csv", "front.csv", "front.json"})
            CHECK(dyad::core::read_file(scratch / "whole" / name) == dyad::core::read_file(scratch / "killed" / name));
        CHECK(asked(scratch).size() <= 5);  // all four networks, and once more the one that was under way
    }

    TEST_CASE("another run takes the answers of the first") {
        const Scratch scratch;
        REQUIRE(search(experiment(scratch, command(scratch)), scratch / "run", "--workers 1") == "");
        const auto again =
            experiment(scratch, command(scratch) + ", reuse: " + (scratch / "run").string(), "accuracy, energy");
        REQUIRE(search(again, scratch / "other", "--workers 1") == "");
        CHECK(asked(scratch).size() == 4);
        const auto missing =
            search(experiment(scratch, command(scratch) + ", reuse: nowhere"), scratch / "third", "--workers 1");
        CHECK(missing == "nowhere: no run in it whose answers could be reused\n");
    }

    TEST_CASE("garbage costs the networks it was said of") {
        CHECK(reasons_with("    if wide: print('hello', flush=True); continue\n") ==
              Reasons{{"", 4}, {"accuracy: the evaluator answered garbage: 'hello'", 4}});
    }
    TEST_CASE("an evaluator that dies costs the networks it died of") {
        CHECK(reasons_with("    if wide: os._exit(3)\n") ==
              Reasons{{"", 4}, {"accuracy: the evaluator ended with status 3", 4}});
    }
    TEST_CASE("an evaluator that hangs costs the networks it hung on") {
        CHECK(reasons_with("    if wide: time.sleep(100)\n", ", timeout: 1 s") ==
              Reasons{{"", 4}, {"accuracy: the evaluator gave no answer within 1 s", 4}});
    }
    TEST_CASE("an answer without a figure costs the networks it was said of") {
        CHECK(reasons_with("    if wide: value = 'much'\n") ==
              Reasons{{"", 4}, {"accuracy: the evaluator's 'accuracy' is no finite number", 4}});
    }
    TEST_CASE("a score is no share of images") {
        CHECK(reasons_with("    unit = 'score' if wide else '%'\n", ", unit: \"%\"") ==
              Reasons{{"", 4}, {"accuracy: the evaluator's 'accuracy' is a score, and the experiment expects %", 4}});
    }
    TEST_CASE("an evaluator that cannot be started is refused before anything is simulated") {
        const Scratch scratch;
        const auto problem = [&](const std::string& command) {
            const auto file = experiment(scratch, "evaluator: command, command: " + command);
            const auto text = search(file, scratch / "run", "--workers 1");
            CHECK(!std::filesystem::exists(scratch / "run/run.sqlite"));
            return text.substr(text.rfind('\n', text.size() - 2) + 1);  // the shell may say something first
        };
        CHECK(problem("[/nowhere/evaluator, -x]") ==
              "cannot start the evaluator '/nowhere/evaluator': No such file or directory\n");
        CHECK(problem("/nowhere/evaluator -x") == "the evaluator '/nowhere/evaluator -x' cannot be started\n");
        CHECK(problem(scratch.path().string()) ==
              fmt::format("the evaluator '{}' cannot be started\n", dyad::core::shortened(scratch.path().string())));
        CHECK(problem("[/bin/sh, -c, exit 3]") == "the evaluator ended with status 3\n");
    }

    TEST_CASE("an evaluator that vanishes ends the run, which goes on when it is back") {
        const Scratch scratch;
        const auto program =
            evaluator(scratch,
                      "    here = os.path.dirname(__file__)\n    if wide and os.path.exists(here + '/vanish'): "
                      "os.remove(here + '/vanish'); os.remove(here + '/e.sh'); os._exit(3)\n");
        const auto put = [&] {
            const auto file = write(scratch, "e.sh", "#!/bin/sh\nexec /usr/bin/python3 " + program + "\n");
            std::filesystem::permissions(file, std::filesystem::perms::owner_all);
            return file;
        };
        const auto file = experiment(scratch, "evaluator: command, command: [" + put() + "]");
        (void)write(scratch, "vanish", "");
        CHECK(search(file, scratch / "run", "--workers 1") ==
              fmt::format("accuracy: cannot start the evaluator '{}': No such file or directory\n",
                          (scratch / "e.sh").string()));
        const auto before = pairs(scratch / "run").size();
        CHECK(before < 8);
        (void)put();
        CHECK(search(file, scratch / "run", "--workers 1 --resume") == "");
        std::map<std::string, int> reasons;
        for (const auto& [id, evaluation] : pairs(scratch / "run")) ++reasons[evaluation.reason];
        CHECK(reasons == Reasons{{"", 6}, {"accuracy: the evaluator ended with status 3", 2}});
    }

    TEST_CASE("the spread is that over seeds") {
        const Scratch scratch;
        const auto file = experiment(scratch, command(scratch, "    value = seed\n") + ", seeds: 3");
        REQUIRE(search(file, scratch / "run", "--workers 1") == "");
        for (const auto& [id, evaluation] : pairs(scratch / "run")) {
            CHECK(evaluation.metrics[0] == 2);                                       // mean of 1, 2, 3
            CHECK(evaluation.spreads[0] == doctest::Approx(dyad::core::normal_90));  // whose standard deviation is 1
        }
        CHECK(asked(scratch).size() == 12);
        CHECK(dyad::core::read_file(scratch / "run/front.csv").find("accuracy_spread") != std::string::npos);
    }

    TEST_CASE("robustness and the gap between groups are asked for where they are goals") {
        const Scratch scratch;
        const auto file = experiment(scratch, command(scratch), "accuracy, robustness, fairness_gap, latency, energy");
        REQUIRE(search(file, scratch / "run", "--workers 1") == "");
        const auto all = pairs(scratch / "run");
        CHECK(all.size() == 8);
        for (const auto& [id, evaluation] : all) {
            const auto told = [&](Metric metric) { return evaluation.metrics[static_cast<std::size_t>(metric)]; };
            const double layers = told(Metric::accuracy);
            CHECK((layers == 2 || layers == 3));
            CHECK(told(Metric::robustness) == layers + 10);
            CHECK(told(Metric::fairness_gap) == layers + 20);
        }
    }

    TEST_CASE("a supernet tells shares of images, by what its checkpoint holds and not by where it lies") {
        const Scratch scratch;
        const auto file = experiment(scratch, "evaluator: supernet, options: {checkpoint: w.bin, test_images: 500}",
                                     "accuracy, robustness, fairness_gap");
        const auto missing = read_experiment(file).evaluator.value();
        CHECK(missing.options == R"({"checkpoint":"w.bin","test_images":500})");
        CHECK(write(scratch, "w.bin", "weights") == scratch / "w.bin");
        const auto read = read_experiment(file);
        const auto& evaluator = read.evaluator.value();
        CHECK(evaluator.checkpoint() == scratch / "w.bin");
        CHECK(evaluator.unit == "%");
        CHECK(evaluator.metrics == std::vector{Metric::accuracy, Metric::robustness, Metric::fairness_gap});
        CHECK(evaluator.question() ==
              fmt::format(R"({{"evaluator":"supernet","command":[],"options":{{"checkpoint":"{}","test_images":500}},)"
                          R"("metrics":["accuracy","robustness","fairness_gap"],"seeds":1}})",
                          dyad::core::sha256("weights")));
        const auto before = identify(read, "search", {});
        (void)write(scratch, "w.bin", "others");
        CHECK(first_difference(before, identify(read, "search", {})) == "its checkpoint has other contents");
    }

    TEST_CASE("a supernet that is not there is trained, and tells all that is asked of it") {
        const Scratch scratch;
        put_images(scratch);
        const auto file = experiment(scratch,
                                     fmt::format("evaluator: supernet, options: {{checkpoint: {0}/w, data: {0}}}, "
                                                 "training: {{epochs: 2, batch: 4}}",
                                                 scratch.path().string()),
                                     "accuracy, latency, energy, memory, robustness, fairness_gap");
        (void)write(scratch, "net.yaml",
                    "network: net\ninput: {image: [1, 8, 8]}\nlayers:\n"
                    "  - conv: {out: !choice [2, 4], kernel: 3, norm: batch_norm, activation: relu}\n"
                    "  - pool: {type: average, global: true}\n  - flatten\n  - linear: {out: 2}\n");
        const auto problem = search(file, scratch / "one", "--workers 1");
        if (!DYAD_TORCH_BUILT) {
            CHECK(problem.find("there is no dyad-accuracy beside this program: it was built without libtorch") !=
                  std::string::npos);
            return;
        }
        CHECK(problem == "");
        CHECK(std::filesystem::exists(scratch / "w"));
        CHECK(!std::filesystem::exists(scratch / "w.part"));
        const auto all = pairs(scratch / "one");
        CHECK(all.size() == 4);
        for (const auto& [id, evaluation] : all)
            for (const auto metric : told_of_networks) {
                const double value = evaluation.metrics[static_cast<std::size_t>(metric)];
                CHECK_MESSAGE((value >= 0 && value <= 100), evaluation.reason);
            }
        REQUIRE(search(file, scratch / "two", "--workers 2") == "");
        CHECK(dyad::core::read_file(scratch / "one/front.json") == dyad::core::read_file(scratch / "two/front.json"));
    }

    TEST_CASE("who finds a supernet in training waits for it") {
        const Scratch scratch;
        const auto weights = (scratch / "w").string();
        const auto read = read_experiment(
            experiment(scratch, "evaluator: supernet, options: {checkpoint: " + weights + ", data: /nowhere}"));
        const int lock = ::open((weights + ".lock").c_str(), O_RDWR | O_CREAT, 0600);
        REQUIRE(::flock(lock, LOCK_EX) == 0);
        std::string problem;
        std::thread other([&] {
            try {
                train_if_missing(read, true);
            } catch (const dyad::core::Error& error) {
                problem = error.what();
            }
        });
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        (void)write(scratch, "w", "trained");
        ::close(lock);
        other.join();
        CHECK(problem == "");
        CHECK(dyad::core::read_file(weights) == "trained");
    }

    TEST_CASE("a supernet without a checkpoint is refused") {
        const Scratch scratch;
        const auto file = experiment(scratch, "evaluator: supernet");
        CHECK_THROWS_WITH_AS((void)read_experiment(file),
                             (file + ":5:11: accuracy: expected options: {checkpoint: FILE}, the trained supernet; it "
                                     "is trained where it is not there")
                                 .c_str(),
                             dyad::core::Error);
    }

    TEST_CASE("a score keeps no budget") {
        const Scratch scratch;
        auto text = dyad::core::read_file(experiment(scratch, command(scratch)));
        const auto file = write(scratch, "e.yaml", text + "constraints: [accuracy >= 70 %]\n");
        CHECK(
            search(file, scratch / "run") ==
            file +
                ":8:15: constraints[0]: 'accuracy' is a score here, no share of images: it can be an objective, not a "
                "budget\n");
        text = dyad::core::read_file(experiment(scratch, command(scratch, "    unit = '%'\n") + ", unit: \"%\""));
        CHECK(search(write(scratch, "e.yaml", text + "constraints: [accuracy >= 2 %]\n"), scratch / "run") == "");
    }
}
