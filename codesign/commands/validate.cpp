// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "codesign/commands/command.hpp"
#include "codesign/devices/validate.hpp"
#include "codesign/validate/chips.hpp"
#include "codesign/validate/fidelity.hpp"

namespace dyad::codesign {
namespace {

using Validator = std::vector<ValidationSet> (*)(const std::optional<std::filesystem::path>& data);

/// What can be validated, by the word that asks for it.
const std::map<std::string, Validator>& validators() {
    static const std::map<std::string, Validator> all{{"chips", validate_chips}};
    return all;
}

int run_validate(const std::string& what, const std::string& folder, const Output& output) {
    if (what == "devices") {
        print(output, devices_text(validate_devices(folder), output));
        return good;
    }
    if (what == "fidelity") {
        const auto gaps = fidelity_gaps();
        print(output, output.format == Format::json  ? json_text(gaps_json(gaps))
                      : output.format == Format::csv ? gaps_csv(gaps)
                                                     : gaps_text(gaps));
        return good;
    }
    const auto data = folder.empty() ? std::nullopt : std::optional<std::filesystem::path>(folder);
    std::vector<ValidationSet> sets;
    for (const auto& [name, validate] : validators()) {
        if (!what.empty() && what != name) continue;
        for (auto& set : validate(data)) sets.push_back(std::move(set));
    }
    if (output.format == Format::json)
        print(output, json_text(validation_json(sets)));
    else
        print(output, output.format == Format::csv ? validation_csv(sets) : validation_text(sets));
    return good;
}

}  // namespace

Action define_validate(CLI::App& app, std::shared_ptr<Output> output) {
    auto what = std::make_shared<std::string>(), data = std::make_shared<std::string>();
    std::vector<std::string> names;
    for (const auto& [name, validate] : validators()) names.push_back(name);
    names.insert(names.end(), {"devices", "fidelity"});
    app.add_option("WHAT", *what, "chips (default), devices, or fidelity (analytic against systemc)")
        ->check(CLI::IsMember(names).description(""));
    app.add_option(
           "--data", *data,
           "folder with measured_chips.csv, or with reference/measured_chips.csv; for devices, with their profiles")
        ->option_text("DIR");
    return [=] { return run_validate(*what, *data, *output); };
}

}  // namespace dyad::codesign
