// SPDX-License-Identifier: Apache-2.0
#include "codesign/run/identity.hpp"

#include <fmt/format.h>

#include "core/document.hpp"
#include "core/files.hpp"
#include "core/manifest.hpp"

namespace dyad::codesign {
namespace {

/// A hash over all technology tables: a space may choose among them.
std::string technology_hash() {
    std::string all;
    for (const auto& name : core::list_configs("technology"))
        all += name + " " + core::sha256(core::read_file(core::find_config(name, "technology"))) + "\n";
    return core::sha256(all);
}

}  // namespace

Identity identify(const Experiment& experiment, const std::string& command, const Shard& shard) {
    Identity identity{{"command", command}, {"version", core::version()}, {"technology", technology_hash()}};
    if (command != "sweep") identity["seed"] = std::to_string(experiment.search.seed);
    if (command == "sweep") identity["shard"] = fmt::format("{}/{}", shard.index, shard.count);
    if (const auto hash = experiment.evaluator ? experiment.evaluator->checkpoint_hash() : ""; !hash.empty())
        identity["checkpoint"] = hash;
    for (std::size_t i = 0; i < experiment.configs.size(); ++i) {
        const auto& config = experiment.configs[i];
        identity[i == 0 ? "experiment" : fmt::format("{} {}", config.kind, config.name)] = config.sha256;
    }
    return identity;
}

std::string first_difference(const Identity& found, const Identity& expected) {
    const auto value = [](const Identity& identity, const std::string& key) {
        const auto it = identity.find(key);
        return it == identity.end() ? std::string("absent") : it->second;
    };
    Identity all = found;
    all.insert(expected.begin(), expected.end());
    for (const auto& [key, ignored] : all) {
        const auto a = value(found, key), b = value(expected, key);
        if (a == b) continue;
        const bool contents = a.size() == 64 && b.size() == 64;
        return contents ? fmt::format("its {} has other contents", key)
                        : fmt::format("its {} is {}, not {}", key, a, b);
    }
    return "";
}

}  // namespace dyad::codesign
