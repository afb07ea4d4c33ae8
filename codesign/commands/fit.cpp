// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "arch_space/accuracy/measured.hpp"
#include "codesign/commands/command.hpp"
#include "codesign/commands/fit.hpp"
#include "codesign/run/csv.hpp"
#include "core/document.hpp"
#include "core/error.hpp"
#include "core/files.hpp"

namespace dyad::codesign {
namespace {

struct Arguments {
    std::string kind, csv, space;
    arch_space::MeasuredOptions options;
};

std::string fit_text(const arch_space::FittedSurrogate& fitted, const Output& output, const std::string& column) {
    if (output.format == Format::json) {
        auto models = nlohmann::ordered_json::array();
        for (const auto& e : fitted.held_out())
            models.push_back({{"model", e.model},
                              {"spearman", e.spearman},
                              {"kendall", e.kendall},
                              {"new_spearman", e.new_spearman},
                              {"mean_absolute", e.mean_absolute},
                              {"covered", e.covered}});
        return json_text({{"schema", "dyad/fit/1"},
                          {"space", fitted.space()},
                          {"column", column},
                          {"rows", fitted.rows()},
                          {"networks", fitted.networks()},
                          {"held_out", std::move(models)}});
    }
    Table table({"model", "spearman", "kendall", "spearman_of_new", "mean_absolute", "in_90_interval"});
    for (const auto& e : fitted.held_out())
        table.add({e.model, fmt::format("{:.4f}", e.spearman), fmt::format("{:.4f}", e.kendall),
                   fmt::format("{:.4f}", e.new_spearman), fmt::format("{:.3f}", e.mean_absolute),
                   fmt::format("{:.3f}", e.covered)});
    if (output.format == Format::csv) return table.csv();
    return fmt::format("{} of {}: {} rows, {} different networks; rows held out in turn, a fifth at a time:\n\n{}",
                       column, fitted.space(), fitted.rows(), fitted.networks(), table.text());
}

int run_fit(const Arguments& arguments, const Output& output) {
    if (output.path.empty()) throw core::Error("fit: give the file to write with -o");
    const auto csv = core::read_csv(arguments.csv);
    const auto space = core::read_document(core::find_config(arguments.space, "spaces"));
    auto options = arguments.options;
    options.name = std::filesystem::path(output.path).stem().string();
    const auto table = arch_space::read_measured(csv, *space, options);
    const auto fitted = arch_space::FittedSurrogate::fit(table);
    core::write_file(output.path, fitted.yaml());
    if (!output.quiet)
        print({output.format, "", false},
              fit_text(fitted, output, options.column.empty() ? "accuracy" : options.column));
    return good;
}

/// The file of a fitted surrogate; null when `name` is none.
std::shared_ptr<const core::Document> find_surrogate(const std::string& name) {
    std::filesystem::path file;
    try {
        file = core::find_config(name, "accuracy");
    } catch (const core::Error&) {
        return nullptr;
    }
    auto document = core::read_document(file);
    const auto has = [&](const char* key) {
        return std::ranges::any_of(document->root.entries, [key](const auto& entry) { return entry.key == key; });
    };
    return has("accuracy") && has("space") ? document : nullptr;
}

}  // namespace

std::optional<std::string> predict_accuracy(const std::string& name, const std::string& csv) {
    const auto document = find_surrogate(name);
    if (!document) return std::nullopt;
    const auto fitted = arch_space::FittedSurrogate::read(*document);
    const auto table = core::read_csv(csv);
    const auto members = arch_space::read_members(
        table, *core::read_document(core::find_config(fitted.space(), "spaces", document->file)));
    auto header = table.header;
    header.insert(header.end(), {"predicted", "low", "high", "extrapolated"});
    std::string text = csv_line(header);
    for (std::size_t i = 0; i < members.size(); ++i) {
        const auto estimate = fitted.predict(members[i]);
        auto cells = table.rows[i].cells;
        for (const double v : {estimate.value, estimate.value - estimate.spread, estimate.value + estimate.spread})
            cells.push_back(fmt::format("{:.7g}", v));
        cells.push_back(estimate.extrapolated ? "true" : "false");
        text += csv_line(cells);
    }
    return text;
}

Action define_fit(CLI::App& app, std::shared_ptr<Output> output) {
    auto a = std::make_shared<Arguments>();
    app.add_option("KIND", a->kind, "what to fit: accuracy")
        ->required()
        ->check(CLI::IsMember({"accuracy"}).description(""));
    app.add_option("CSV", a->csv, "a table of members and their accuracy")->required();
    app.add_option("SPACE", a->space, "their space, or its file")->required();
    app.add_option("--column", a->options.column, "the values (default: the first column named like an accuracy)")
        ->option_text("NAME");
    app.add_option("--unit", a->options.unit, "of the values (default %)")->option_text("UNIT");
    app.add_option("--source", a->options.source, "where the table is from; stands in the file")->option_text("TEXT");
    return [=] { return run_fit(*a, *output); };
}

}  // namespace dyad::codesign
