// SPDX-License-Identifier: Apache-2.0
#include "codesign/run/results.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "codesign/evaluation/decode.hpp"
#include "codesign/run/pair_text.hpp"
#include "codesign/run/stagnation.hpp"
#include "codesign/run/verdict.hpp"
#include "core/files.hpp"
#include "models/energy.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;

std::vector<Fitness> fitness_of(const Experiment& experiment, const std::vector<Pair>& pairs) {
    std::vector<Fitness> all;
    for (const auto& pair : pairs) all.push_back(fitness(experiment, pair.evaluation));
    return all;
}

/// The hypervolume by evaluation; needs a finite reference point.
void add_convergence(const std::vector<Fitness>& all, Run& run) {
    const auto finite = [](double x) { return std::isfinite(x); };
    if (!std::all_of(run.reference.begin(), run.reference.end(), finite)) return;
    Convergence convergence(run.reference);
    for (const auto& f : all) convergence.add(f);
    run.convergence = convergence.samples();
}

/// Constants and technologies of the chips on the front.
void add_constants(Run& run) {
    const auto& experiment = *run.experiment;
    if (!experiment.accelerator.document) return;
    std::set<core::Genome> seen;
    std::set<std::string> technologies;
    for (const auto i : run.front) {
        const auto& genome = run.pairs[i].genome;
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

Json manifest_json(const Run& run, const Json& run_block) {
    Json json{{"schema", "dyad/run/1"},
              {"command", run.command},
              {"experiment", run.experiment->name},
              {"fidelity", models::name(run.experiment->fidelity)},
              {"finished", run.finished},
              {"evaluations", run.pairs.size()}};
    json.update(core::to_json(run.manifest));
    json["run"] = run_block;
    return json;
}

}  // namespace

Run assemble(std::shared_ptr<const Experiment> experiment, const std::string& command, std::vector<Pair> pairs,
             bool finished) {
    Run run;
    run.command = command;
    run.seed = experiment->search.seed;
    run.finished = finished;
    run.pairs = std::move(pairs);
    const auto all = fitness_of(*experiment, run.pairs);
    Archive archive;
    for (std::size_t i = 0; i < all.size(); ++i) archive.insert(i, all[i]);
    for (const auto& member : archive.members()) run.front.push_back(member.id);
    run.feasible = archive.feasible();
    if (!run.feasible) run.verdict = verdict(*experiment, run.pairs);
    const auto first = command == "search" ? std::min(experiment->search.population, all.size()) : all.size();
    const std::vector<Fitness> generation(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(first));
    run.reference = reference_point(*experiment, generation);
    run.manifest.seed = run.seed;
    for (const auto& config : experiment->configs) run.manifest.configs.push_back({config.file, config.sha256});
    run.experiment = std::move(experiment);
    add_convergence(all, run);
    add_constants(run);
    return run;
}

void write_results(const Run& run, const std::filesystem::path& directory, const Json& run_block) {
    std::vector<const Pair*> all, front;
    for (const auto& pair : run.pairs) all.push_back(&pair);
    for (const auto i : run.front) front.push_back(&run.pairs[i]);
    core::write_file(directory / "results.csv", pairs_csv(*run.experiment, all));
    core::write_file(directory / "front.csv", pairs_csv(*run.experiment, front));
    core::write_file(directory / "front.json",
                     front_json(run).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    core::write_file(directory / "manifest.json",
                     manifest_json(run, run_block).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace dyad::codesign
