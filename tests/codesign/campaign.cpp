// SPDX-License-Identifier: Apache-2.0
#include "codesign/run/campaign.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "codesign/run/database.hpp"
#include "codesign/run/merge.hpp"
#include "codesign/run/pair_text.hpp"
#include "codesign/run/results.hpp"
#include "codesign/run/verdict.hpp"
#include "core/files.hpp"
#include "core/random.hpp"
#include "tests/codesign/synthetic.hpp"

using namespace dyad::codesign;
using namespace dyad::codesign::testing;
using dyad::core::Genome;

namespace {

CampaignOptions options(const std::filesystem::path& directory, unsigned workers, bool resume = false) {
    CampaignOptions o;
    o.directory = directory;
    o.workers = workers;
    o.resume = resume;
    o.quiet = true;
    return o;
}

Outcome toy_search(const CampaignOptions& o, int milliseconds = 0, std::uint64_t seed = 1) {
    auto experiment = toy_experiment(12, 8);
    experiment.search.seed = seed;
    FunctionEvaluator evaluator([milliseconds](const Genome& g) {
        if (milliseconds > 0) std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
        return toy_chip(g);
    });
    return search(std::make_shared<const Experiment>(experiment), evaluator, o);
}

/// What must be the same in equal runs: three files and the table of pairs.
std::map<std::string, std::string> result(const std::filesystem::path& directory) {
    std::map<std::string, std::string> all;
    for (const auto* name : {"results.csv", "front.csv", "front.json"})
        all[name] = dyad::core::read_file(directory / name);
    const Database database(directory / "run.sqlite");
    database.for_each_pair([&](const Pair& pair) {
        all["pairs"] += std::to_string(pair.id) + nlohmann::ordered_json(pair.genome).dump() +
                        to_json(pair.evaluation).dump() + "\n";
    });
    return all;
}

/// Runs `body` in a process of its own and kills it, workers and all, after a while.
void run_and_kill(const std::function<void()>& body, std::chrono::milliseconds after) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::setpgid(0, 0);
        body();
        ::_exit(0);
    }
    ::setpgid(child, child);
    std::this_thread::sleep_for(after);
    ::kill(-child, SIGKILL);
    ::waitpid(child, nullptr, 0);
}

}  // namespace

TEST_SUITE("codesign/campaign") {
    TEST_CASE("in process, with one and with three workers: the same bytes") {
        const Scratch scratch;
        (void)toy_search(options(scratch / "here", 0));
        (void)toy_search(options(scratch / "one", 1));
        (void)toy_search(options(scratch / "three", 3));
        const auto here = result(scratch / "here");
        CHECK(here.at("pairs").size() > 1000);
        CHECK(here == result(scratch / "one"));
        CHECK(here == result(scratch / "three"));
    }

    TEST_CASE("killed at any moment and resumed: the same bytes as uninterrupted") {
        const Scratch scratch;
        (void)toy_search(options(scratch / "whole", 1));
        const auto whole = result(scratch / "whole");
        dyad::core::Stream random(1, "moments");
        for (int trial = 0; trial < 7; ++trial) {
            const auto directory = scratch / ("killed" + std::to_string(trial));
            const unsigned workers = trial % 2 == 0 ? 2 : 1;
            // 96 evaluations of 4 ms: 200 to 400 ms in all; the first kills fall into the start-up.
            for (int kill = 0; kill < 3; ++kill)
                run_and_kill([&] { (void)toy_search(options(directory, workers, true), 4); },
                             std::chrono::milliseconds(1 + random.below(120)));
            (void)toy_search(options(directory, workers, true));
            CHECK(whole == result(directory));
        }
    }

    TEST_CASE("a sweep of several batches, killed at any moment and resumed: the same bytes as uninterrupted") {
        const Scratch scratch;
        auto experiment = toy_experiment(2, 1);
        auto genes = experiment.space.genes();
        genes[2].kind = dyad::core::Gene::Kind::grid;
        genes[2].step = 0.0625;  // 17 values: 16 x 16 x 17 = 4,352 settings, stored 1,024 at a time
        experiment.space = dyad::core::ChoiceSpace(genes);
        const auto shared = std::make_shared<const Experiment>(experiment);
        const auto run = [&](const std::string& name, unsigned workers) {
            FunctionEvaluator evaluator(toy_chip);
            return sweep(shared, evaluator, options(scratch / name, workers, true)).run.evaluated;
        };
        CHECK(run("whole", 0) == 4352);
        const auto whole = result(scratch / "whole");
        dyad::core::Stream random(1, "moments of sweeps");
        for (unsigned trial = 0; trial < 3; ++trial) {
            const auto name = "killed" + std::to_string(trial);
            for (int kill = 0; kill < 3; ++kill)
                run_and_kill([&] { (void)run(name, trial); }, std::chrono::milliseconds(1 + random.below(100)));
            CHECK(run(name, trial) == 4352);
            CHECK(whole == result(scratch / name));
        }
    }

    TEST_CASE("a finished run is resumed to the same files") {
        const Scratch scratch;
        (void)toy_search(options(scratch / "run", 1));
        const auto before = result(scratch / "run");
        std::filesystem::remove(scratch / "run" / "front.csv");
        const auto again = toy_search(options(scratch / "run", 1, true));
        CHECK(again.run.finished);
        CHECK(before == result(scratch / "run"));
    }

    TEST_CASE("whose directory it is") {
        const Scratch scratch;
        CHECK(toy_search(options(scratch / "a" / "b", 1, true)).run.pairs.size() == 96);  // missing: made
        std::filesystem::create_directory(scratch / "empty");
        CHECK(toy_search(options(scratch / "empty", 1)).run.pairs.size() == 96);
        const auto run = (scratch / "empty").string();
        CHECK_THROWS_WITH_AS(
            (void)toy_search(options(scratch / "empty", 1)),
            (run + ": holds a run already; go on with it by --resume, or choose another directory").c_str(),
            dyad::core::Error);
        CHECK_THROWS_WITH_AS((void)toy_search(options(scratch / "empty", 1, true), 0, 5),
                             (run + ": holds another run: its seed is 1, not 5").c_str(), dyad::core::Error);
        dyad::core::write_file(scratch / "a" / "letter.txt", "mine");
        CHECK_THROWS_WITH_AS((void)toy_search(options(scratch / "a", 1)),
                             ((scratch / "a").string() + ": is not empty and holds no run").c_str(), dyad::core::Error);
        CHECK_THROWS_WITH_AS(
            (void)toy_search(options(scratch / "a" / "letter.txt", 1)),
            ((scratch / "a" / "letter.txt").string() + ": cannot make the directory: Not a directory").c_str(),
            dyad::core::Error);
        dyad::core::write_file(scratch / "empty" / "run.sqlite", "something else altogether");
        CHECK_THROWS_WITH_AS((void)toy_search(options(scratch / "empty", 1, true)),
                             (run + "/run.sqlite: file is not a database").c_str(), dyad::core::Error);
    }

    TEST_CASE("a run with no feasible pair yields the least violating and says what is in the way") {
        const Scratch scratch;
        auto experiment = toy_experiment(10, 3);
        experiment.constraints = {{Metric::area, true, 0.5, "area <= 0.5 mm2"},
                                  {Metric::latency, true, 9, "latency <= 9 s"}};
        FunctionEvaluator evaluator(toy_chip);
        const auto outcome =
            search(std::make_shared<const Experiment>(experiment), evaluator, options(scratch / "r", 0));
        CHECK_FALSE(outcome.run.feasible);
        CHECK_FALSE(outcome.run.front.empty());
        // The smallest chip is width 1 (0.7 mm2) with hardly any buffer.
        CHECK(outcome.run.verdict.starts_with(
            "no pair keeps every budget; 'area <= 0.5 mm2' is kept by none of 30 (the nearest has 0.7"));
        double least = 1e9;
        for (const auto& pair : outcome.run.pairs)
            if (!pair.evaluation.failed()) least = std::min(least, fitness(experiment, pair.evaluation).violation);
        for (const auto i : outcome.run.front)
            CHECK(fitness(experiment, outcome.run.pairs[i].evaluation).violation == least);
    }

    TEST_CASE("budgets that no value keeps both of are named") {
        auto experiment = toy_experiment(6, 5);
        experiment.constraints = {{Metric::area, true, 1, "area <= 1 mm2"}, {Metric::area, false, 2, "area >= 2 mm2"}};
        Verdict verdict(experiment);
        for (const double area : {0.5, 3.0}) verdict.add({1, {0, 0, 0}, worth(1, 1, area)});
        CHECK(verdict.text() ==
              "no pair keeps every budget at once; 'area <= 1 mm2' is broken by 1 of 2; 'area >= 2 mm2' is broken by 1 "
              "of 2; 'area <= 1 mm2' and 'area >= 2 mm2' exclude each other");
    }

    TEST_CASE("a run in which nothing can be evaluated says why") {
        const Scratch scratch;
        FunctionEvaluator evaluator(
            [](const Genome&) -> Evaluation { throw dyad::core::Error("no unit for softmax"); });
        const auto outcome =
            search(std::make_shared<const Experiment>(toy_experiment(5, 2)), evaluator, options(scratch / "r", 0));
        CHECK(outcome.run.front.empty());
        CHECK(outcome.run.verdict ==
              "no pair could be evaluated; the commonest reason (10 of 10): no unit for softmax");
    }

    TEST_CASE("a sweep takes every setting once, and its shards make up the whole") {
        const Scratch scratch;
        auto experiment = toy_experiment(2, 1);
        auto genes = experiment.space.genes();
        genes[2].kind = dyad::core::Gene::Kind::grid;
        genes[2].step = 0.5;  // 0, 0.5, 1
        experiment.space = dyad::core::ChoiceSpace(genes);
        const auto shared = std::make_shared<const Experiment>(experiment);
        FunctionEvaluator evaluator(toy_chip);
        const auto whole = sweep(shared, evaluator, options(scratch / "whole", 2)).run;
        REQUIRE(whole.pairs.size() == 16 * 16 * 3);
        std::map<std::uint64_t, Genome> parts;
        for (std::uint64_t i = 1; i <= 3; ++i) {
            auto o = options(scratch / ("part" + std::to_string(i)), 0);
            o.shard = {i, 3};
            for (const auto& pair : sweep(shared, evaluator, o).run.pairs)
                CHECK(parts.emplace(pair.id, pair.genome).second);
        }
        REQUIRE(parts.size() == whole.pairs.size());
        CHECK_THROWS_WITH_AS((void)merge({scratch / "part1", scratch / "part3"}, scratch / "two"),
                             "shard 2/3 is missing", dyad::core::Error);
        CHECK_THROWS_WITH_AS((void)merge({scratch / "part1", scratch / "whole"}, scratch / "two"),
                             ((scratch / "whole").string() + ": is shard 1/1, not one of 3").c_str(),
                             dyad::core::Error);
        CHECK_FALSE(std::filesystem::exists(scratch / "two"));
        for (const auto& pair : whole.pairs) CHECK(parts.at(pair.id) == pair.genome);
        SUBCASE("of a run too large for memory the front stays whole, and the others are thinned") {
            const Database database(scratch / "whole" / "run.sqlite");
            const auto thin = assemble(shared, "sweep", database, true, 100);
            CHECK(thin.evaluated == 768);
            CHECK(thin.kept_budgets == whole.kept_budgets);
            CHECK(thin.reference == whole.reference);
            REQUIRE(thin.front.size() == whole.front.size());
            for (std::size_t i = 0; i < thin.front.size(); ++i)
                CHECK(thin.pairs[thin.front[i]].id == whole.pairs[whole.front[i]].id);
            const auto others = thin.pairs.size() - thin.front.size();
            CHECK(others > 20);  // one in 2 x 768 / 100 = 15 of some 700
            CHECK(others < 100);
        }
        SUBCASE("main effects are the means over feasible pairs") {
            const auto effects = main_effects(experiment, whole.pairs);
            REQUIRE(effects.size() == 3);
            CHECK(effects[1].levels.size() == 16);
            double sum = 0;
            std::size_t count = 0;
            for (const auto& pair : whole.pairs)
                if (pair.genome[1] == 4 && fitness(experiment, pair.evaluation).feasible()) {
                    sum += pair.evaluation.metrics[static_cast<std::size_t>(Metric::energy)];
                    ++count;
                }
            CHECK(effects[1].levels[4].pairs == count);
            CHECK(effects[1].levels[4].label == "5");
            CHECK(effects[1].levels[4].means[1] == doctest::Approx(sum / static_cast<double>(count)));
        }
    }

    TEST_CASE("a full disk ends the run with the reason; with room again it is resumed to the same bytes") {
        const Scratch scratch;
        (void)toy_search(options(scratch / "whole", 0));
        const pid_t child = ::fork();
        if (child == 0) {
            ::signal(SIGXFSZ, SIG_IGN);
            const rlimit full{40960, 40960};  // the tables fit, some hundred pairs do not
            ::setrlimit(RLIMIT_FSIZE, &full);
            try {
                (void)toy_search(options(scratch / "run", 0));
            } catch (const dyad::core::Error& error) {
                ::_exit(std::string(error.what()).find("run") != std::string::npos ? 42 : 2);
            }
            ::_exit(1);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        REQUIRE(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 42);
        (void)toy_search(options(scratch / "run", 0, true));
        CHECK(result(scratch / "run") == result(scratch / "whole"));
    }

    TEST_CASE("what cannot be swept or searched is refused before anything is written") {
        const Scratch scratch;
        FunctionEvaluator evaluator(toy_chip);
        CHECK_THROWS_WITH_AS(
            (void)sweep(std::make_shared<const Experiment>(toy_experiment(2, 1)), evaluator, options(scratch / "r", 0)),
            "toy.yaml: to take every setting needs a step for every !range", dyad::core::Error);
        auto fixed = toy_experiment(2, 1);
        fixed.space = dyad::core::ChoiceSpace(std::vector<dyad::core::Gene>{});
        CHECK_THROWS_WITH_AS(
            (void)search(std::make_shared<const Experiment>(fixed), evaluator, options(scratch / "r", 0)),
            "toy.yaml: nothing to choose: neither network nor accelerator has a choice; one pair is for "
            "'dyad simulate'",
            dyad::core::Error);
        CHECK_FALSE(std::filesystem::exists(scratch / "r"));
    }

    TEST_CASE("Ctrl-C ends cleanly with everything done so far on disk, and resuming completes it") {
        const Scratch scratch;
        (void)toy_search(options(scratch / "whole", 1));
        const pid_t child = ::fork();
        if (child == 0) ::_exit(toy_search(options(scratch / "run", 2), 10).interrupted ? 42 : 1);
        std::this_thread::sleep_for(std::chrono::milliseconds(250));
        ::kill(child, SIGINT);
        int status = 0;
        ::waitpid(child, &status, 0);
        REQUIRE(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 42);
        CHECK(dyad::core::read_file(scratch / "run" / "results.csv").size() > 100);
        CHECK(dyad::core::read_file(scratch / "run" / "manifest.json").find("\"finished\": false") !=
              std::string::npos);
        (void)toy_search(options(scratch / "run", 2, true));
        CHECK(result(scratch / "run") == result(scratch / "whole"));
    }

    TEST_CASE("the default reference point is the budget, else the worst of the first generation") {
        const Scratch scratch;
        const auto run = toy_search(options(scratch / "r", 0)).run;
        double worst = 0;
        for (std::size_t i = 0; i < 12; ++i)
            if (!run.pairs[i].evaluation.failed())
                worst = std::max(worst, run.pairs[i].evaluation.metrics[static_cast<std::size_t>(Metric::latency)]);
        CHECK(run.reference[0] == worst);
        CHECK(run.reference[2] == 8);
        CHECK(run.convergence.back().evaluations == 96);
        CHECK(run.convergence.back().hypervolume > run.convergence.front().hypervolume);
    }
}
