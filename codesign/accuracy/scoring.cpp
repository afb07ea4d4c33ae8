// SPDX-License-Identifier: Apache-2.0
#include "codesign/accuracy/scoring.hpp"

#include <atomic>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "arch_space/fingerprint.hpp"
#include "arch_space/network_json.hpp"
#include "core/error.hpp"
#include "core/statistics.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;

/// Calls `work(i)` for all i < count from some threads, each with a `Worker` of its own. Rethrows what one throws.
template <class Worker>
void spread(unsigned threads, std::size_t count, const std::function<Worker()>& make,
            const std::function<void(Worker&, std::size_t)>& work) {
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    std::exception_ptr failed;
    const auto run = [&] {
        try {
            auto worker = make();
            for (auto i = next++; i < count; i = next++) work(worker, i);
        } catch (...) {
            const std::lock_guard lock(mutex);
            failed = std::current_exception();
            next = count;
        }
    };
    std::vector<std::thread> others;
    for (unsigned i = 1; i < threads; ++i) others.emplace_back(run);
    run();
    for (auto& other : others) other.join();
    if (failed) std::rethrow_exception(failed);
}

class Crew {
public:
    Crew(const Scoring& scoring, std::size_t count, const NetworkOf& network)
        : scoring_(scoring), network_(network), answers_(count), prints_(count) {}

    std::vector<AccuracyAnswer> run(const std::function<void()>& done) {
        spread<int>(
            scoring_.workers, answers_.size(), [] { return 0; }, [&](int&, std::size_t i) { decode(i); });
        std::map<std::string, std::size_t> firsts;
        std::vector<std::size_t> todo;
        for (std::size_t i = 0; i < prints_.size(); ++i)
            if (!prints_[i].empty() && firsts.emplace(prints_[i], i).second) todo.push_back(i);
        for (auto left = prints_.size() - todo.size(); left > 0; --left) done();
        std::mutex mutex;
        spread<std::unique_ptr<AccuracyProgram>>(
            scoring_.workers, todo.size(),
            [&] { return std::make_unique<AccuracyProgram>(scoring_.command, scoring_.timeout); },
            [&](auto& program, std::size_t i) {
                answers_[todo[i]] = program->ask(request(network_(todo[i])));
                const std::lock_guard lock(mutex);
                done();
            });
        for (std::size_t i = 0; i < prints_.size(); ++i)
            if (!prints_[i].empty()) answers_[i] = answers_[firsts.at(prints_[i])];
        return std::move(answers_);
    }

private:
    void decode(std::size_t i) {
        try {
            prints_[i] = arch_space::fingerprint(network_(i));
        } catch (const core::Error& error) {
            answers_[i].error = error.what();
        }
    }
    [[nodiscard]] Json request(const arch_space::Network& network) const {
        return {{"id", 0},
                {"network", arch_space::to_json(network)},
                {"metrics", scoring_.metrics},
                {"evaluator", scoring_.evaluator},
                {"options", Json::parse(scoring_.options)},
                {"seed", scoring_.seed}};
    }

    const Scoring& scoring_;
    const NetworkOf& network_;
    std::vector<AccuracyAnswer> answers_;
    std::vector<std::string> prints_;  ///< "" where there is no network
};

}  // namespace

std::vector<AccuracyAnswer> score(const Scoring& scoring, std::size_t count, const NetworkOf& network,
                                  const std::function<void()>& done) {
    return Crew(scoring, count, network).run(done);
}

std::vector<double> mean_ranks(const std::vector<std::vector<double>>& scores, const std::vector<double>& weights) {
    double total = 0;
    for (const auto weight : weights) total += weight;
    std::vector<double> means(scores.empty() ? 0 : scores[0].size());
    for (std::size_t s = 0; s < scores.size(); ++s) {
        const auto ranks = core::ranks(scores[s]);
        const double last = std::max(1.0, static_cast<double>(ranks.size()) - 1);
        for (std::size_t i = 0; i < means.size(); ++i) means[i] += weights[s] / total * ranks[i] / last;
    }
    return means;
}

}  // namespace dyad::codesign
