// SPDX-License-Identifier: Apache-2.0
#include "codesign/run/results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "codesign/evaluation/decode.hpp"
#include "codesign/experiment/target.hpp"
#include "codesign/run/certainty.hpp"
#include "codesign/run/pair_text.hpp"
#include "codesign/run/stagnation.hpp"
#include "codesign/run/targets.hpp"
#include "codesign/run/verdict.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/random.hpp"
#include "models/energy.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;

/// Whether each gene has a value that it can have: a file may be damaged.
bool is_of(const core::ChoiceSpace& space, const core::Genome& genome) {
    const auto& genes = space.genes();
    const auto possible = [](double value, const core::Gene& gene) {
        constexpr double rounding = 1e-9;
        const bool listed = !gene.options.empty();
        const double from = listed ? 0 : gene.from,
                     to = listed ? static_cast<double>(gene.options.size()) - 1 : gene.to;
        return value >= from - rounding * std::abs(from) && value <= to + rounding * std::abs(to);
    };
    return std::ranges::equal(genome, genes, possible);
}

/// What one pass over all pairs tells.
struct Survey {
    explicit Survey(const Experiment& of)
        : experiment(of), archives(std::max<std::size_t>(1, of.targets.size())), verdict(of) {}
    void add(const Pair& pair, bool first_generation);
    /// Ids on the front. The pairs of a target do not compete with those of the others.
    [[nodiscard]] std::set<std::uint64_t> front() const;
    [[nodiscard]] bool feasible() const {
        return std::ranges::any_of(archives, [](const Archive& a) { return a.feasible(); });
    }

    const Experiment& experiment;
    std::vector<Archive> archives;  ///< by target
    Verdict verdict;
    Fitness worst;  ///< of the first generation, by objective
    std::uint64_t evaluated = 0, kept_budgets = 0, failed = 0;
};

void Survey::add(const Pair& pair, bool first_generation) {
    const auto worth = fitness(experiment, pair.evaluation);
    archives.at(target_index(experiment, pair.genome)).insert(pair.id, worth);
    verdict.add(pair);
    ++evaluated;
    failed += pair.evaluation.failed() ? 1 : 0;
    kept_budgets += worth.feasible() ? 1 : 0;
    if (!first_generation || worth.objectives.empty()) return;
    if (worst.objectives.empty()) worst.objectives = worth.objectives;
    for (std::size_t k = 0; k < worst.objectives.size(); ++k)
        worst.objectives[k] = std::max(worst.objectives[k], worth.objectives[k]);
}

std::set<std::uint64_t> Survey::front() const {
    std::set<std::uint64_t> ids;
    for (const auto& archive : archives)
        if (archive.feasible() == feasible())
            for (const auto& member : archive.members()) ids.insert(member.id);
    return ids;
}

/// Whether a pair that is not on the front is among one in `step`, drawn by its id so that no gene keeps time with it.
bool sampled(std::uint64_t id, std::uint64_t step) {
    return step <= 1 || core::Stream(0, "sample", id).below(step) == 0;
}

/// The pairs that stay, which of them are the front, and the hypervolume by evaluation (needs a finite reference).
void gather(const Database& database, const std::set<std::uint64_t>& front, std::uint64_t most, Run& run) {
    const auto finite = [](double x) { return std::isfinite(x); };
    const bool converges = !has_targets(*run.experiment) && std::ranges::all_of(run.reference, finite);
    Convergence convergence(run.reference);
    const std::uint64_t step = run.evaluated <= most ? 1 : 2 * run.evaluated / most;
    database.for_each_pair([&](Pair pair) {
        if (converges) convergence.add(fitness(*run.experiment, pair.evaluation));
        if (front.contains(pair.id))
            run.front.push_back(run.pairs.size());
        else if (!sampled(pair.id, step))
            return;
        run.pairs.push_back(std::move(pair));
    });
    if (converges) run.convergence = convergence.samples();
}

/// Constants and technologies of the chips on the front.
void add_constants(Run& run) {
    const auto& experiment = *run.experiment;
    if (!experiment.accelerator.document && experiment.targets.empty()) return;
    std::set<core::Genome> seen;
    std::set<std::string> technologies;
    for (const auto i : run.front) {
        const auto& genome = run.pairs[i].genome;
        const auto* target = target_of(experiment, genome);
        if (target != nullptr && target->device) continue;
        if (!seen.insert(experiment.accelerator.slice(genome)).second) continue;
        const auto chip = decode_accelerator(experiment, genome);
        technologies.insert(chip->technology->name);
        for (auto& constant : models::constants(*chip))
            if (std::find(run.manifest.constants.begin(), run.manifest.constants.end(), constant) ==
                run.manifest.constants.end())
                run.manifest.constants.push_back(std::move(constant));
    }
    for (const auto& name : technologies)
        run.manifest.technology += (run.manifest.technology.empty() ? "" : ", ") + name;
}

/// All pairs, one after another; as a whole or not at all.
void write_all(const Run& run, const Database& database, const std::filesystem::path& file) {
    const auto part = file.string() + ".part";
    std::ofstream out(part, std::ios::binary);
    out << pairs_csv(*run.experiment, {});
    database.for_each_pair([&](const Pair& pair) { out << pair_csv(*run.experiment, pair); });
    out.close();
    if (!out) throw core::Error(fmt::format("{}: cannot be written: {}", file.string(), std::strerror(errno)));
    std::filesystem::rename(part, file);
}

Json manifest_json(const Run& run, const Json& run_block) {
    Json json{{"schema", "dyad/run/1"},
              {"command", run.command},
              {"experiment", run.experiment->name},
              {"fidelity", models::name(run.experiment->fidelity)},
              {"finished", run.finished},
              {"evaluations", run.evaluated}};
    json.update(core::to_json(run.manifest));
    json["run"] = run_block;
    return json;
}

}  // namespace

Run assemble(std::shared_ptr<const Experiment> experiment, const std::string& command, const Database& database,
             bool finished, std::uint64_t most) {
    Run run;
    run.command = command;
    run.seed = experiment->search.seed;
    run.finished = finished;
    Survey survey(*experiment);
    const auto first = command == "search" ? experiment->search.population : std::numeric_limits<std::size_t>::max();
    database.for_each_pair([&](const Pair& pair) {
        if (!is_of(experiment->space, pair.genome))
            throw core::Error(fmt::format("run.sqlite: pair {} is of another space", pair.id));
        survey.add(pair, survey.evaluated < first);
    });
    run.evaluated = survey.evaluated;
    run.kept_budgets = survey.kept_budgets;
    run.failed = survey.failed;
    run.feasible = survey.feasible();
    if (!run.feasible) run.verdict = survey.verdict.text();
    run.reference = reference_point(*experiment, {survey.worst});
    run.manifest.seed = run.seed;
    for (const auto& config : experiment->configs) run.manifest.configs.push_back({config.file, config.sha256});
    run.experiment = std::move(experiment);
    gather(database, survey.front(), most, run);
    if (run.feasible && !has_targets(*run.experiment))
        run.chances = front_chances(*run.experiment, run.pairs, run.front);
    add_constants(run);
    return run;
}

void write_results(const Run& run, const Database& database, const std::filesystem::path& directory,
                   const Json& run_block) {
    std::vector<const Pair*> front;
    for (const auto i : run.front) front.push_back(&run.pairs[i]);
    write_all(run, database, directory / "results.csv");
    core::write_file(directory / "front.csv", pairs_csv(*run.experiment, front));
    core::write_file(directory / "front.json",
                     front_json(run).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    core::write_file(directory / "manifest.json",
                     manifest_json(run, run_block).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace dyad::codesign
