// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "codesign/commands/command.hpp"
#include "core/files.hpp"

namespace dyad::codesign {
namespace {

struct Kind {
    const char* name;
    const char* folder;
};
constexpr Kind kinds[] = {{"networks", "networks"},       {"accelerators", "accelerators"},
                          {"devices", "devices"},         {"units", "units"},
                          {"spaces", "spaces"},           {"experiments", "experiments"},
                          {"technologies", "technology"}, {"accuracy", "accuracy"}};

int run_list(const std::string& kind, const Output& output) {
    Table table({"name", "file"});
    auto json = nlohmann::ordered_json::array();
    std::string names;
    for (const auto& row : kinds) {
        if (kind != row.name) continue;
        for (const auto& name : core::list_configs(row.folder)) {
            const auto file = core::find_config(name, row.folder).string();
            table.add({name, file});
            json.push_back({{"name", name}, {"file", file}});
            names += name + "\n";
        }
    }
    print(output, output.format == Format::json ? json_text(json) : output.format == Format::csv ? table.csv() : names);
    return good;
}

}  // namespace

Action define_list(CLI::App& app, std::shared_ptr<Output> output) {
    auto kind = std::make_shared<std::string>();
    std::vector<std::string> names;
    for (const auto& row : kinds) names.emplace_back(row.name);
    app.add_option("KIND", *kind, fmt::format("one of {}", fmt::join(names, ", ")))
        ->required()
        ->check(CLI::IsMember(names).description(""));
    return [=] { return run_list(*kind, *output); };
}

}  // namespace dyad::codesign
