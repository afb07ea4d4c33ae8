// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>

#include "codesign/evaluation/pair_evaluator.hpp"
#include "codesign/report/others.hpp"
#include "codesign/run/campaign.hpp"

namespace dyad::codesign {

std::filesystem::path baseline_directory(const std::filesystem::path& run) { return run / "random"; }

bool add_baseline(const std::filesystem::path& directory, unsigned workers, bool quiet) {
    const Run run = read_run(directory);
    Experiment random = *run.experiment;
    random.search.method = Method::random;
    random.search.start.clear();
    random.search.stagnation = 0;
    if (random.evaluator) random.evaluator->reuse.push_back(directory.string());
    const auto wanted = std::clamp<std::uint64_t>(run.evaluated, 1, most_pairs);
    random.search.population = std::min<std::size_t>(random.search.population, wanted);
    random.search.generations = (wanted + random.search.population - 1) / random.search.population;
    const auto experiment = std::make_shared<const Experiment>(std::move(random));
    PairEvaluator evaluator(experiment);
    CampaignOptions options;
    options.directory = baseline_directory(directory);
    options.resume = true;
    options.quiet = quiet;
    options.workers = workers;
    return !search(experiment, evaluator, options).interrupted;
}

}  // namespace dyad::codesign
