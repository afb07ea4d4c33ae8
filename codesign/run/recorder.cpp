// SPDX-License-Identifier: Apache-2.0
#include "codesign/run/recorder.hpp"

#include <fmt/format.h>

#include <chrono>

#include "codesign/run/batch.hpp"
#include "core/error.hpp"

namespace dyad::codesign {
namespace {

using Clock = std::chrono::steady_clock;
/// Between two transactions: what a crash may cost.
constexpr std::chrono::milliseconds commit_pause{500};

/// Pairs on their way to the disk.
class Outbox {
public:
    Outbox(const Experiment& experiment, Database& database) : experiment_(experiment), database_(database) {}
    void add(const Pair& pair) {
        waiting_.push_back(pair);
        if (Clock::now() - stored_ >= commit_pause) flush();
    }
    void flush() {
        if (!waiting_.empty()) database_.store(experiment_, waiting_);
        waiting_.clear();
        stored_ = Clock::now();
    }

private:
    const Experiment& experiment_;
    Database& database_;
    std::vector<Pair> waiting_;
    Clock::time_point stored_ = Clock::now();
};

}  // namespace

Recorder::Recorder(const Experiment& experiment, EvaluatorPool& pool, Database& database, Interrupt& interrupt,
                   core::Progress& progress)
    : experiment_(experiment),
      pool_(pool),
      database_(database),
      interrupt_(interrupt),
      progress_(progress),
      resumed_(database.count_pairs() > 0) {
    if (experiment.evaluator) answers_ = std::make_unique<Answers>(experiment, database);
}

Recorder::~Recorder() = default;

std::vector<Pair*> Recorder::recall(std::vector<Pair>& batch) {
    std::vector<Pair*> open;
    if (batch.empty()) return open;
    auto known = resumed_ ? database_.pairs_between(batch.front().id, batch.back().id) : std::vector<Pair>{};
    auto next = known.begin();
    for (auto& pair : batch) {
        while (next != known.end() && next->id < pair.id) ++next;
        if (next == known.end() || next->id != pair.id) {
            open.push_back(&pair);
            continue;
        }
        if (next->genome != pair.genome)
            throw core::Error(fmt::format("run.sqlite: pair {} is not the one that this search makes", pair.id));
        pair.evaluation = std::move(next->evaluation);
        progress_.add(1, true);
    }
    return open;
}

void Recorder::evaluate(std::vector<Pair>& pairs) {
    Batch batch(experiment_, answers_.get());
    for (auto* pair : recall(pairs)) batch.add(*pair);
    Outbox outbox(experiment_, database_);
    const auto complete = [&](const Pair& pair) {
        outbox.add(pair);
        progress_.add(1);
    };
    std::string end;  // of the run: not to be taken for what a candidate is worth
    const auto done = [&](std::size_t job, const Evaluation& evaluation) {
        evaluation.ends_run ? void(end = evaluation.reason) : batch.done(job, evaluation, complete);
    };
    const bool whole = pool_.evaluate(batch.jobs(), done, [&] { return !end.empty() || interrupt_.requested(); });
    outbox.flush();
    if (!end.empty()) throw core::Error(end);
    if (!whole || interrupt_.requested()) throw Interrupted{};
}

}  // namespace dyad::codesign
