// SPDX-License-Identifier: Apache-2.0
#include "codesign/evaluation/pool.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "tests/codesign/synthetic.hpp"

using namespace dyad::codesign;
using namespace dyad::codesign::testing;
using dyad::core::Genome;

namespace {
std::vector<Job> jobs_of(std::size_t count) {
    std::vector<Job> jobs;
    for (std::size_t i = 0; i < count; ++i)
        jobs.push_back({{static_cast<double>(i % 7), 3, static_cast<double>(i) / 100}, i % 3});
    return jobs;
}

std::vector<Evaluation> evaluate(EvaluatorPool& pool, const std::vector<Job>& jobs) {
    std::vector<Evaluation> all(jobs.size());
    std::vector<int> answers(jobs.size(), 0);
    const bool complete = pool.evaluate(
        jobs,
        [&](std::size_t job, const Evaluation& evaluation) {
            all[job] = evaluation;
            ++answers[job];
        },
        [] { return false; });
    CHECK(complete);
    CHECK(answers == std::vector<int>(jobs.size(), 1));
    return all;
}

bool same(const Evaluation& a, const Evaluation& b) {
    for (std::size_t m = 0; m < metric_count; ++m)
        if (a.metrics[m] != b.metrics[m] && !(std::isnan(a.metrics[m]) && std::isnan(b.metrics[m]))) return false;
    return a.reason == b.reason && a.spreads == b.spreads;
}
}  // namespace

TEST_SUITE("codesign/pool") {
    TEST_CASE("in process, one worker and three workers give the same, to the last bit") {
        FunctionEvaluator evaluator(toy_chip);
        const auto jobs = jobs_of(60);
        const auto here = evaluate(*in_process_pool(evaluator), jobs);
        const auto one = evaluate(*process_pool(evaluator, {.workers = 1}), jobs);
        const auto three = evaluate(*process_pool(evaluator, {.workers = 3}), jobs);
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            CHECK(same(here[i], one[i]));
            CHECK(same(here[i], three[i]));
        }
    }

    TEST_CASE("what an evaluator throws is the candidate's reason") {
        FunctionEvaluator evaluator([](const Genome& g) -> Evaluation {
            if (g[0] == 1) throw dyad::core::Error("edge.yaml:3:1: no tile fits");
            if (g[0] == 2) throw std::logic_error("lost count");
            if (g[0] == 3) throw std::bad_alloc();
            return worth(1, 2, 3);
        });
        const auto all = evaluate(*process_pool(evaluator, {.workers = 2}), jobs_of(4));
        CHECK_FALSE(all[0].failed());
        CHECK(all[1].reason == "edge.yaml:3:1: no tile fits");
        CHECK(all[2].reason == "internal error: lost count");
        CHECK(all[3].reason == "out of memory");
    }

    TEST_CASE("a crash costs one candidate") {
        FunctionEvaluator evaluator([](const Genome& g) {
            if (g[0] == 2) std::raise(SIGKILL);
            if (g[0] == 4) ::_exit(7);
            return worth(g[0], 0, 0);
        });
        const auto all = evaluate(*process_pool(evaluator, {.workers = 2}), jobs_of(7));
        for (std::size_t i = 0; i < all.size(); ++i) CHECK(all[i].failed() == (i == 2 || i == 4));
        CHECK(all[2].reason == "the evaluation crashed with signal 9 (Killed)");
        CHECK(all[4].reason == "the evaluation ended its process with status 7");
    }

    TEST_CASE("a crash that does not repeat costs nothing") {
        const Scratch scratch;
        const auto mark = scratch / "mark";
        FunctionEvaluator evaluator([mark](const Genome& g) {
            if (g[0] == 3 && std::filesystem::create_directory(mark)) std::raise(SIGKILL);
            return worth(g[0], 0, 0);
        });
        for (const auto& evaluation : evaluate(*process_pool(evaluator, {.workers = 2}), jobs_of(6)))
            CHECK_FALSE(evaluation.failed());
    }

    TEST_CASE("an evaluation that hangs costs one candidate") {
        FunctionEvaluator evaluator([](const Genome& g) {
            while (g[0] == 1) std::this_thread::sleep_for(std::chrono::seconds(1));
            return worth(g[0], 0, 0);
        });
        const auto all = evaluate(
            *process_pool(evaluator, {.workers = 2, .time_limit = std::chrono::milliseconds(300)}), jobs_of(5));
        for (std::size_t i = 0; i < all.size(); ++i) CHECK(all[i].failed() == (i == 1));
        CHECK(all[1].reason == "the evaluation took longer than 0.3 s");
    }

    TEST_CASE("stop ends a batch early and leaves the pool usable") {
        FunctionEvaluator evaluator([](const Genome& g) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            return worth(g[0], 0, 0);
        });
        const auto pool = process_pool(evaluator, {.workers = 2});
        std::size_t done = 0;
        const bool complete = pool->evaluate(
            jobs_of(100), [&](std::size_t, const Evaluation&) { ++done; }, [&] { return done >= 5; });
        CHECK_FALSE(complete);
        CHECK(done < 100);
        CHECK(evaluate(*pool, jobs_of(5)).size() == 5);
    }

    TEST_CASE("candidates with the same hardware share a worker while there is enough for all") {
        FunctionEvaluator evaluator([](const Genome&) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
            return worth(::getpid(), 0, 0);
        });
        const auto pool = process_pool(evaluator, {.workers = 2});
        std::vector<Job> jobs;
        for (std::size_t i = 0; i < 20; ++i) jobs.push_back({{0}, i % 2});
        const auto all = evaluate(*pool, jobs);
        std::size_t with_first = 0;
        for (std::size_t i = 0; i < all.size(); i += 2) with_first += all[i].metrics[1] == all[0].metrics[1];
        CHECK(with_first >= 8);  // only the last few may be taken over
    }
}
