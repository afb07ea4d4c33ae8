// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "codesign/commands/command.hpp"
#include "codesign/devices/validate.hpp"
#include "codesign/validate/accuracy.hpp"
#include "codesign/validate/chips.hpp"
#include "codesign/validate/fidelity.hpp"
#include "core/error.hpp"

namespace dyad::codesign {
namespace {

using Validator = std::vector<ValidationSet> (*)(const std::optional<std::filesystem::path>& data);

/// What can be validated, by the word that asks for it.
const std::map<std::string, Validator>& validators() {
    static const std::map<std::string, Validator> all{{"chips", validate_chips}};
    return all;
}

struct Arguments {
    std::string what, folder;
    ProxyValidation proxies;
};

std::vector<ValidationSet> validate_accuracy(const Arguments& arguments, const Output& output) {
    if (arguments.folder.empty())
        throw core::Error("validate accuracy: give the folder of nb201_accuracy.csv with --data");
    auto proxies = arguments.proxies;
    proxies.data = arguments.folder;
    proxies.quiet = output.quiet;
    return validate_proxies(proxies);
}

int run_validate(const Arguments& arguments, const Output& output) {
    const auto& [what, folder, proxies] = arguments;
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
    if (what == "accuracy") sets = validate_accuracy(arguments, output);
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
    auto a = std::make_shared<Arguments>();
    std::vector<std::string> names;
    for (const auto& [name, validate] : validators()) names.push_back(name);
    names.insert(names.end(), {"devices", "fidelity", "accuracy"});
    app.add_option("WHAT", a->what, "chips (default), devices, fidelity (analytic against systemc) or accuracy")
        ->check(CLI::IsMember(names).description(""));
    app.add_option("--data", a->folder,
                   "folder with measured_chips.csv, or with reference/measured_chips.csv; for devices, with their "
                   "profiles; for accuracy, with nb201_accuracy.csv")
        ->option_text("DIR");
    app.add_option("--proxy", a->proxies.proxies,
                   "accuracy: these proxies (default: synflow,jacob_cov,naswot,macs,parameters)")
        ->delimiter(',')
        ->option_text("NAME,...");
    app.add_option("--cells", a->proxies.cells,
                   "accuracy: so many of the table's cells, drawn at random (default: all)")
        ->option_text("N");
    app.add_option("--images", a->proxies.images,
                   "accuracy: a data set whose images the proxies look at (default: normal noise)")
        ->option_text("DIR");
    app.add_option("--workers", a->proxies.workers, "accuracy: evaluators at a time (default 1)")
        ->check(CLI::Range(1U, 1024U).description(""))
        ->option_text("N");
    return [=] { return run_validate(*a, *output); };
}

}  // namespace dyad::codesign
