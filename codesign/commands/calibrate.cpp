// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "codesign/commands/command.hpp"
#include "codesign/commands/fit.hpp"
#include "codesign/devices/residuals.hpp"
#include "codesign/devices/tables.hpp"
#include "codesign/run/csv.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "models/device/calibrate.hpp"

namespace dyad::codesign {
namespace {

struct Arguments {
    std::string device;
    std::vector<std::string> profiles;
    models::CalibrateOptions options;
    std::string known, residuals;
    bool choose = false;
};

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

/// Errors on held-out rows, group by group, predictor beside predictor.
Table error_table(const models::Calibration& calibration) {
    Table table(
        {"rows of", "predictor", "held out", "mean", "median", "p90", "within 10 %", "Spearman", "interval covers"});
    for (const auto& [key, e] : calibration.errors) {
        const auto slash = key.find('/');
        const auto group = key.substr(0, slash), predictor = key.substr(slash + 1);
        const bool answers = predictor == calibration.model && calibration.coverage.contains(group);
        table.add({group, predictor, std::to_string(e.rows), percent(e.mean), percent(e.median), percent(e.p90),
                   percent(e.within_10), fmt::format("{:.3f}", e.spearman),
                   answers ? percent(calibration.coverage.at(group)) : ""});
    }
    return table;
}

/// What the fit left open of the physics of each class that has rows.
Table physics_table(const models::Calibration& calibration) {
    std::vector<std::string> header{"class"};
    for (std::size_t p = 0; p < models::Physics::count; ++p) header.emplace_back(models::parameter_name(p));
    Table table(header);
    for (const auto& [kind, physics] : calibration.physics) {
        if (calibration.taken_from.contains(kind)) continue;
        std::vector<std::string> row{std::string(models::name(kind))};
        for (std::size_t p = 0; p < models::Physics::count; ++p)
            row.push_back(fmt::format("{:.3g} +- {:.0f} %", physics.value[p], 100 * physics.spread[p]));
        table.add(std::move(row));
    }
    return table;
}

std::string noise_text(const models::Calibration& calibration) {
    std::string text;
    for (const auto& [group, n] : calibration.noise) {
        if (n.groups > 0)
            text += fmt::format(
                "noise of {}: {} rows are {} groups of equal kernels; {} lie within 10 % of the mean of their group, "
                "mean distance {}, Spearman {:.3f} with it (each distance times sqrt(n / (n - 1)))\n",
                group, n.rows, n.groups, percent(n.within_10), percent(n.mean), n.spearman);
        if (n.table_10 > 0)
            text += fmt::format(
                "noise of {}: a table with a time for each kind of kernel, fitted to all rows, has {} of them within "
                "10 "
                "%; {} without the drift that neighbours in the profile share\n",
                group, percent(n.table_10), percent(n.steady_10));
    }
    return text;
}

/// Prints the rows of a table that tell most of a device that is not measured yet.
int run_choose(const Arguments& arguments, const Output& output) {
    if (arguments.known.empty() || arguments.options.samples == 0 || arguments.profiles.size() != 1)
        throw core::Error("calibrate: --choose takes one table, --transfer and --samples");
    const auto device = find_device(arguments.device);
    const auto table = models::CsvTable::read(arguments.profiles.front());
    std::vector<models::Sample> candidates;
    for (auto& works : rows_to_predict(device, table)) candidates.emplace_back().works = std::move(works);
    models::Samples pointers;
    for (const auto& candidate : candidates) pointers.push_back(&candidate);
    std::string text = csv_line(table.header);
    const auto known = known_devices(device, arguments.known);
    for (const auto i : models::Transfer::choose(known, pointers, arguments.options.samples))
        text += csv_line(table.rows[i]);
    print(output, text);
    return good;
}

/// What the errors do not say: that there are none, and which classes of kernels no row told of.
std::string remarks(const models::Calibration& calibration) {
    std::string text;
    if (calibration.errors.empty())
        text += fmt::format("no row was kept aside, so no error is known (--holdout {})\n", calibration.holdout);
    std::map<std::string, std::vector<std::string_view>> taken;
    if (calibration.transfer.empty())
        for (const auto& [kind, from] : calibration.taken_from) taken[from].push_back(models::name(kind));
    for (const auto& [from, kinds] : taken)
        text += fmt::format("without rows of their own, from {}: {}\n", from, fmt::join(kinds, ", "));
    return text;
}

nlohmann::ordered_json to_json(const models::Device& device) {
    const auto& c = *device.calibration;
    auto errors = nlohmann::ordered_json::array();
    for (const auto& [key, e] : c.errors) {
        const auto slash = key.find('/');
        errors.push_back({{"group", key.substr(0, slash)},
                          {"predictor", key.substr(slash + 1)},
                          {"rows", e.rows},
                          {"mean", e.mean},
                          {"median", e.median},
                          {"p90", e.p90},
                          {"within_10", e.within_10},
                          {"spearman", e.spearman}});
    }
    nlohmann::ordered_json taken = nlohmann::ordered_json::object();
    for (const auto& [kind, from] : c.taken_from) taken[std::string(models::name(kind))] = from;
    return {{"schema", "dyad/calibration/1"},
            {"device", device.name},
            {"model", c.model},
            {"rows", c.rows},
            {"holdout", c.holdout},
            {"errors", std::move(errors)},
            {"coverage", c.coverage},
            {"taken_from", std::move(taken)}};
}

/// What is written is fitted for minutes first.
void refuse_unwritable(const std::string& path) {
    if (path.empty()) throw core::Error("calibrate: give the device file to write with -o");
    const auto folder = std::filesystem::path(path).parent_path();
    if (!folder.empty() && !std::filesystem::is_directory(folder))
        throw core::Error(fmt::format("{}: there is no folder {}", path, folder.string()));
}

int run_calibrate(const Arguments& arguments, const Output& output) {
    if (arguments.choose) return run_choose(arguments, output);
    refuse_unwritable(output.path);
    const auto device = find_device(arguments.device);
    const auto samples = samples_of(device, arguments.profiles);
    auto options = arguments.options;
    if (samples.empty() && options.model != "datasheet")
        throw core::Error(
            fmt::format("{}: no row of the profiles is of this device; they are of {} (`measured_as` and "
                        "`columns` of its file say what tables call it)",
                        device.name, devices_in(arguments.profiles)));
    if (!arguments.known.empty()) options.known = known_devices(device, arguments.known);
    if (options.known.empty()) options.others = samples_of_others(device, arguments.profiles);
    const auto fitted = models::calibrate(device, samples, siblings_of(device), options);
    models::write_device(fitted, output.path);
    if (!arguments.residuals.empty()) core::write_file(arguments.residuals, residual_plot(fitted, samples));
    if (output.quiet) return good;
    if (output.format == Format::json) {
        fmt::print("{}", json_text(to_json(fitted)));
        return good;
    }
    const auto table = error_table(*fitted.calibration);
    fmt::print("{}: {} rows, {} answers\n\n{}", fitted.name, fitted.calibration->rows, fitted.calibration->model,
               output.format == Format::csv ? table.csv() : table.text());
    if (output.format != Format::table) return good;
    if (options.known.empty()) fmt::print("\n{}", physics_table(*fitted.calibration).text());
    fmt::print("\n{}{}", remarks(*fitted.calibration), noise_text(*fitted.calibration));
    return good;
}

/// The rows of a part of a table with their predictions.
std::string predicted_rows(const models::Device& device, const models::CsvTable& table,
                           const std::vector<models::WorkList>& works, std::size_t from, std::size_t to) {
    std::string text;
    for (std::size_t i = from; i < to; ++i) {
        const auto p = device.predict(works[i]);
        auto cells = table.rows[i];
        for (const double seconds : {p.seconds, p.low, p.high}) cells.push_back(fmt::format("{:.7g}", seconds * 1e3));
        cells.push_back(device.taken_from(works[i]));
        text += csv_line(cells);
    }
    return text;
}

std::string predictions_json(const std::string& device, const std::string& csv) {
    const auto table = models::CsvTable::parse(csv, device);
    auto rows = nlohmann::ordered_json::array();
    for (const auto& cells : table.rows) {
        auto& row = rows.emplace_back(nlohmann::ordered_json::object());
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const bool number = i + 4 >= cells.size() && i + 1 < cells.size();  // what predict adds, but its remark
            if (number)
                row[table.header[i]] = std::stod(cells[i]);
            else
                row[table.header[i]] = cells[i];
        }
    }
    return json_text({{"schema", "dyad/predictions/1"}, {"device", device}, {"rows", std::move(rows)}});
}

int run_predict(const std::string& name, const std::string& profile, const Output& output) {
    if (const auto accuracies = predict_accuracy(name, profile)) {
        print(output, *accuracies);
        return good;
    }
    const auto device = find_device(name);
    if (!device.calibration)
        throw core::Error(fmt::format("{}: the device is not calibrated (dyad calibrate)", device.name));
    const auto table = models::CsvTable::read(profile);
    const auto works = rows_to_predict(device, table);
    const std::size_t each = 2000, parts = (works.size() + each - 1) / each;
    std::vector<std::string> texts(parts);
    std::atomic<std::size_t> next = 0;
    {
        std::vector<std::jthread> threads;
        for (unsigned t = 0; t < std::clamp(std::thread::hardware_concurrency(), 1u, 16u) && t < parts; ++t)
            threads.emplace_back([&] {
                for (auto part = next++; part < parts; part = next++)
                    texts[part] =
                        predicted_rows(device, table, works, part * each, std::min(works.size(), (part + 1) * each));
            });
    }
    auto header = table.header;
    for (const auto* column : {"predicted_ms", "low_ms", "high_ms", "taken_from"}) {
        if (table.has(column))
            throw core::Error(fmt::format("{}:1: column '{}' is one that predict adds", profile, column));
        header.emplace_back(column);
    }
    const auto csv = fmt::format("{}{}", csv_line(header), fmt::join(texts, ""));
    print(output, output.format == Format::json ? predictions_json(device.name, csv) : csv);
    return good;
}

}  // namespace

Action define_calibrate(CLI::App& app, std::shared_ptr<Output> output) {
    auto a = std::make_shared<Arguments>();
    app.add_option("DEVICE", a->device, "a device file, or the name of one")->required();
    app.add_option("CSV", a->profiles, "profiles: configs/devices/README.md describes the columns")->required();
    app.add_option("--holdout", a->options.holdout, "share of the configurations kept for the errors (default 0.2)")
        ->check(CLI::Range(0.0, 0.9).description(""))
        ->option_text("FRACTION");
    app.add_option(
           "--model", a->options.model,
           "which model answers: physical, learned (default), or datasheet: from the rows of other devices alone")
        ->check(CLI::IsMember({"physical", "learned", "datasheet"}).description(""))
        ->option_text("MODEL");
    app.add_option("--transfer", a->known,
                   "for 10 to 20 measured networks: devices that are known, or 'all' (comma-separated)")
        ->option_text("DEVICES");
    app.add_option("--residuals", a->residuals, "a figure of the errors on rows kept aside, by class and size")
        ->option_text("SVG");
    app.add_option("--samples", a->options.samples,
                   "fit to so many of the configurations, keep the others for the errors; with --transfer those that "
                   "tell most, of 20 times as many drawn at random")
        ->check(CLI::Range(10, 1'000'000).description(""))
        ->option_text("N");
    app.add_flag("--choose", a->choose,
                 "with --transfer and --samples: print the rows of CSV, which needs no times, that are best measured");
    app.add_option("--seed", a->options.seed, "which are drawn (default 1)")
        ->check(CLI::Validator(check_seed, ""))
        ->option_text("N");
    return [=] { return run_calibrate(*a, *output); };
}

Action define_predict(CLI::App& app, std::shared_ptr<Output> output) {
    auto device = std::make_shared<std::string>(), profile = std::make_shared<std::string>();
    app.add_option("DEVICE", *device, "a calibrated device, or a fitted predictor of accuracy; or its file")
        ->required();
    app.add_option("CSV", *profile, "rows to predict: a profile without times, or members of the predictor's space")
        ->required();
    return [=] { return run_predict(*device, *profile, *output); };
}

}  // namespace dyad::codesign
