// SPDX-License-Identifier: Apache-2.0
#include "codesign/run/merge.hpp"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "codesign/run/database.hpp"
#include "codesign/run/directory.hpp"
#include "codesign/run/identity.hpp"
#include "codesign/run/results.hpp"
#include "core/error.hpp"

namespace dyad::codesign {
namespace {

namespace fs = std::filesystem;

/// What the whole sweep would be called; `shard` is the one that this is.
struct ShardOf {
    Identity whole;
    std::string shard;
};

ShardOf part_of(const fs::path& directory) {
    const auto file = directory / "run.sqlite";
    if (!fs::exists(file)) throw core::Error(fmt::format("{}: no run in it", directory.string()));
    const Database database(file);
    auto identity = database.identity();
    if (identity["command"] != "sweep")
        throw core::Error(fmt::format("{}: found a {}, expected a sweep", directory.string(), identity["command"]));
    if (!database.finished())
        throw core::Error(fmt::format("{}: is not finished; finish it by --resume", directory.string()));
    const auto shard = std::exchange(identity["shard"], "1/1");
    return {std::move(identity), shard};
}

/// Throws unless the parts are all the shards of one sweep.
void check(const std::vector<fs::path>& shards, const std::vector<ShardOf>& parts) {
    std::map<std::string, fs::path> seen;
    const auto count = parts.front().shard.substr(parts.front().shard.find('/'));
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto where = shards[i].string();
        if (const auto difference = first_difference(parts[i].whole, parts.front().whole); !difference.empty())
            throw core::Error(
                fmt::format("{}: is of another sweep than {}: {}", where, shards[0].string(), difference));
        if (!parts[i].shard.ends_with(count))
            throw core::Error(fmt::format("{}: is shard {}, not one of {}", where, parts[i].shard, count.substr(1)));
        if (const auto [other, added] = seen.emplace(parts[i].shard, shards[i]); !added)
            throw core::Error(fmt::format("{}: is shard {}, as {} is", where, parts[i].shard, other->second.string()));
    }
    for (std::uint64_t i = 1; i <= std::stoull(count.substr(1)); ++i)
        if (const auto shard = std::to_string(i) + count; seen.count(shard) == 0)
            throw core::Error(fmt::format("shard {} is missing", shard));
}

}  // namespace

Run merge(const std::vector<fs::path>& shards, const fs::path& directory) {
    std::vector<ShardOf> parts;
    for (const auto& shard : shards) parts.push_back(part_of(shard));
    check(shards, parts);
    {
        const RunDirectory target(directory, false);
        Database database(target.database());
        database.begin(parts.front().whole, Database(shards.front() / "run.sqlite").configs());
        for (const auto& shard : shards) database.copy(shard / "run.sqlite");
        database.finish();
    }
    auto run = read_run(directory);
    write_results(run, Database(directory / "run.sqlite"), directory, {{"merged", shards.size()}});
    return run;
}

}  // namespace dyad::codesign
