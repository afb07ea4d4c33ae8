// SPDX-License-Identifier: Apache-2.0
#include "codesign/run/campaign.hpp"

#include <fmt/format.h>

#include <ctime>
#include <functional>
#include <nlohmann/json.hpp>

#include "codesign/evaluation/ranks.hpp"
#include "codesign/run/directory.hpp"
#include "codesign/run/identity.hpp"
#include "codesign/run/pair_text.hpp"
#include "codesign/run/recorder.hpp"
#include "codesign/run/results.hpp"
#include "codesign/run/stagnation.hpp"
#include "codesign/run/targets.hpp"
#include "core/error.hpp"

namespace dyad::codesign {
namespace {

std::string now() {
    const std::time_t time = std::time(nullptr);
    std::tm utc{};
    ::gmtime_r(&time, &utc);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return text;
}

std::unique_ptr<EvaluatorPool> make_pool(const Experiment& experiment, Evaluator& evaluator,
                                         const CampaignOptions& options) {
    if (options.ranks > 1) return rank_pool(options.ranks);
    if (options.workers == 0) return in_process_pool(evaluator);
    return process_pool(evaluator, {options.workers, time_limit(experiment, options.time_limit)});
}

/// Starts a new run, or makes sure that the one on disk is this one.
void claim(Database& database, const Experiment& experiment, const Identity& identity, const RunDirectory& directory) {
    const auto found = database.identity();
    if (found.empty())
        database.begin(identity, experiment.configs);
    else if (const auto difference = first_difference(found, identity); !difference.empty())
        throw core::Error(fmt::format("{}: holds another run: {}", directory.path().string(), difference));
}

nlohmann::ordered_json run_block(const core::Progress& progress, const CampaignOptions& options,
                                 const std::string& started) {
    const double seconds = progress.seconds();
    return {{"started", started},
            {"seconds", seconds},
            {"evaluated", progress.evaluated()},
            {"per_second", static_cast<double>(progress.evaluated()) / seconds},
            {"workers", options.workers},
            {"ranks", options.ranks},
            {"resumed", options.resume}};
}

void require_choices(const Experiment& experiment) {
    if (experiment.space.genes().empty())
        throw core::Error(
            fmt::format("{}: nothing to choose: neither network nor accelerator has a choice; one pair is "
                        "for 'dyad simulate'",
                        experiment.configs.front().file));
}

void require_sweepable(const Experiment& e) {
    constexpr std::uint64_t largest = 100'000'000;
    const std::uint64_t size = e.space.size();
    if (size == 0)
        throw core::Error(
            fmt::format("{}: to take every setting needs a step for every !range", e.configs.front().file));
    if (size > largest)
        throw core::Error(
            fmt::format("{}: {:.3g} settings are too many to sweep (at most {}); search them, or fix some "
                        "choices",
                        e.configs.front().file, e.space.size_estimate(), largest));
}

/// One search; `whole` makes a pair of what the algorithm asks for.
void walk_with(Algorithm& algorithm, const std::function<core::Genome(core::Genome)>& whole,
               const Experiment& experiment, Recorder& recorder, std::vector<Pair>& pairs) {
    Stagnation stagnation(experiment);
    for (auto genomes = algorithm.ask(); !genomes.empty(); genomes = algorithm.ask()) {
        std::vector<Pair> batch;
        for (auto& genome : genomes) batch.push_back({pairs.size() + batch.size() + 1, whole(std::move(genome)), {}});
        recorder.evaluate(batch);
        std::vector<Fitness> worth;
        for (const auto& pair : batch) worth.push_back(fitness(experiment, pair.evaluation));
        algorithm.tell(worth);
        pairs.insert(pairs.end(), std::make_move_iterator(batch.begin()), std::make_move_iterator(batch.end()));
        if (stagnation.add(worth)) return;
    }
}

/// One search of the networks for each target, with the same seed, then each champion on the others' targets.
void walk_targets(const Experiment& experiment, Recorder& recorder, std::vector<Pair>& pairs) {
    const auto& genes = experiment.space.genes();
    const core::ChoiceSpace networks(std::vector<core::Gene>(genes.begin(), genes.end() - 1));
    auto options = experiment.search;
    for (auto& genome : options.start) genome.pop_back();
    for (std::size_t t = 0; t < experiment.targets.size(); ++t) {
        const auto algorithm = make_algorithm(networks, options, experiment.objectives.size());
        const auto whole = [t](core::Genome genome) {
            genome.push_back(static_cast<double>(t));
            return genome;
        };
        walk_with(*algorithm, whole, experiment, recorder, pairs);
    }
    exchange_champions(experiment, recorder, pairs);
}

void walk_search(const Experiment& experiment, Recorder& recorder, std::vector<Pair>& pairs) {
    if (has_targets(experiment)) return walk_targets(experiment, recorder, pairs);
    const auto algorithm = make_algorithm(experiment.space, experiment.search, experiment.objectives.size());
    walk_with(*algorithm, std::identity{}, experiment, recorder, pairs);
}

/// Keeps no more than one batch in memory: what was evaluated is on disk.
void walk_sweep(const Experiment& experiment, const Shard& shard, Recorder& recorder) {
    constexpr std::size_t batch_size = 1024;
    const std::uint64_t size = experiment.space.size();
    std::vector<Pair> batch;
    for (std::uint64_t index = shard.index - 1; index < size; index += shard.count) {
        batch.push_back({index + 1, experiment.space.at(index), {}});
        if (batch.size() < batch_size && index + shard.count < size) continue;
        recorder.evaluate(batch);
        batch.clear();
    }
}

}  // namespace

std::chrono::milliseconds time_limit(const Experiment& experiment, std::chrono::milliseconds given) {
    if (!experiment.evaluator) return given;
    constexpr std::chrono::seconds around{10};
    const auto answers = experiment.evaluator->timeout * static_cast<std::int64_t>(experiment.evaluator->seeds);
    return std::max<std::chrono::milliseconds>(given, answers + around);
}

Outcome campaign(std::shared_ptr<const Experiment> experiment, Evaluator& evaluator, const CampaignOptions& options,
                 const Plan& plan) {
    Interrupt interrupt;
    const auto pool = make_pool(*experiment, evaluator, options);
    auto identity = identify(*experiment, plan.command, options.shard);
    identity.insert(plan.identity.begin(), plan.identity.end());
    const auto started = now();
    RunDirectory directory(options.directory, options.resume);
    Database database(directory.database());
    claim(database, *experiment, identity, directory);
    Outcome outcome;
    core::Progress progress("pairs", plan.total, options.quiet);
    try {
        std::vector<Pair> pairs;
        Recorder recorder(*experiment, *pool, database, interrupt, progress);
        plan.walk(recorder, pairs);
    } catch (const Interrupted&) {
        outcome.interrupted = true;
    }
    outcome.run = assemble(std::move(experiment), plan.command, database, !outcome.interrupted);
    write_results(outcome.run, database, directory.path(), run_block(progress, options, started));
    if (!outcome.interrupted) database.finish();
    return outcome;
}

Outcome search(std::shared_ptr<const Experiment> experiment, Evaluator& evaluator, const CampaignOptions& options) {
    require_choices(*experiment);
    const auto& e = *experiment;
    const double searches = static_cast<double>(std::max<std::size_t>(1, e.targets.size()));
    const double planned =
        searches * static_cast<double>(e.search.population) * static_cast<double>(e.search.generations) +
        (has_targets(e) ? searches * (searches - 1) : 0);  // each champion abroad
    const bool whole = e.search.method == Method::exhaustive;
    if (whole) require_sweepable(e);
    const auto total =
        static_cast<std::uint64_t>(whole ? e.space.size_estimate() : std::min(planned, e.space.size_estimate()));
    const Plan plan{
        "search", total, [&e](Recorder& recorder, std::vector<Pair>& pairs) { walk_search(e, recorder, pairs); }, {}};
    return campaign(std::move(experiment), evaluator, options, plan);
}

Outcome sweep(std::shared_ptr<const Experiment> experiment, Evaluator& evaluator, const CampaignOptions& options) {
    require_choices(*experiment);
    const auto& e = *experiment;
    require_sweepable(e);
    const std::uint64_t size = e.space.size();
    const auto total = (size - options.shard.index + options.shard.count) / options.shard.count;
    const Plan plan{
        "sweep", total, [&](Recorder& recorder, std::vector<Pair>&) { walk_sweep(e, options.shard, recorder); }, {}};
    return campaign(std::move(experiment), evaluator, options, plan);
}

}  // namespace dyad::codesign
