// SPDX-License-Identifier: Apache-2.0
#include "codesign/run/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "codesign/run/database.hpp"
#include "codesign/run/pair_text.hpp"
#include "codesign/run/results.hpp"
#include "core/error.hpp"
#include "core/files.hpp"

namespace dyad::codesign {
namespace {

/// The experiment as it was when the run began, from the texts that the run holds.
Experiment stored_experiment(const Database& database, const std::filesystem::path& file) {
    const auto configs = database.configs();
    if (configs.empty()) throw core::Error(fmt::format("{}: holds no experiment", file.string()));
    const auto reader = [&](const std::string& kind, const std::string& name, const std::filesystem::path&) {
        for (const auto& config : configs)
            if (config.kind == kind && config.name == name) return config;
        throw core::Error(fmt::format("{}: holds no {} '{}'", file.string(), kind, name));
    };
    return read_experiment(configs.front().name, reader);
}

std::string entry(const Identity& identity, const std::string& key, const std::string& otherwise) {
    const auto found = identity.find(key);
    return found == identity.end() ? otherwise : found->second;
}

std::uint64_t seed_of(const Identity& identity, std::uint64_t otherwise, const std::filesystem::path& file) {
    const auto text = entry(identity, "seed", std::to_string(otherwise));
    std::uint64_t seed = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
    if (error == std::errc{} && rest == text.data() + text.size()) return seed;
    throw core::Error(fmt::format("{}: is damaged: found the seed '{}'", file.string(), core::shortened(text)));
}

}  // namespace

Run read_run(const std::filesystem::path& directory) {
    const auto file = directory / "run.sqlite";
    if (!std::filesystem::exists(file)) throw core::Error(fmt::format("{}: no run in it", directory.string()));
    const Database database(file);
    const auto identity = database.identity();
    auto experiment = stored_experiment(database, file);
    experiment.search.seed = seed_of(identity, experiment.search.seed, file);
    return assemble(std::make_shared<const Experiment>(std::move(experiment)), entry(identity, "command", "search"),
                    database, database.finished());
}

nlohmann::ordered_json read_run_block(const std::filesystem::path& directory) {
    using Json = nlohmann::ordered_json;
    const auto file = directory / "manifest.json";
    if (!std::filesystem::exists(file)) return Json::object();
    const auto manifest = Json::parse(core::read_file(file), nullptr, false);
    return manifest.is_object() && manifest.contains("run") ? manifest["run"] : Json::object();
}

std::vector<MainEffect> main_effects(const Experiment& experiment, const std::vector<Pair>& pairs) {
    std::vector<MainEffect> effects;
    const auto& genes = experiment.space.genes();
    for (std::size_t g = 0; g < genes.size(); ++g) {
        MainEffect effect{g, {}};
        effect.levels.resize(genes[g].count());
        for (const auto& pair : pairs) {
            if (effect.levels.size() < 2 || !experiment.space.active(pair.genome, g)) continue;
            if (!fitness(experiment, pair.evaluation).feasible()) continue;
            auto& level = effect.levels[genes[g].index(pair.genome[g])];
            level.label = genes[g].label(pair.genome[g]);
            level.means.resize(experiment.objectives.size());
            ++level.pairs;
            for (std::size_t k = 0; k < level.means.size(); ++k)
                level.means[k] += pair.evaluation.metrics[static_cast<std::size_t>(experiment.objectives[k])];
        }
        for (auto& level : effect.levels)
            for (auto& mean : level.means) mean /= static_cast<double>(level.pairs);
        std::erase_if(effect.levels, [](const auto& level) { return level.pairs == 0; });
        if (effect.levels.size() >= 2) effects.push_back(std::move(effect));
    }
    return effects;
}

}  // namespace dyad::codesign
