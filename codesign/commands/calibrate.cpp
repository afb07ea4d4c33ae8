// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "codesign/commands/command.hpp"
#include "codesign/commands/fit.hpp"
#include "codesign/devices/tables.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "models/device/calibrate.hpp"

namespace dyad::codesign {
namespace {

struct Arguments {
    std::string device;
    std::vector<std::string> profiles;
    models::CalibrateOptions options;
};

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

/// Errors on held-out rows, group by group, predictor beside predictor.
Table error_table(const models::Calibration& calibration) {
    Table table(
        {"rows of", "predictor", "held out", "mean", "median", "p90", "within 10 %", "Spearman", "interval covers"});
    for (const auto& [key, e] : calibration.errors) {
        const auto slash = key.find('/');
        const auto group = key.substr(0, slash), predictor = key.substr(slash + 1);
        const bool answers = predictor == calibration.model;
        table.add({group, predictor, std::to_string(e.rows), percent(e.mean), percent(e.median), percent(e.p90),
                   percent(e.within_10), fmt::format("{:.3f}", e.spearman),
                   answers ? percent(calibration.coverage.at(group)) : ""});
    }
    return table;
}

int run_calibrate(const Arguments& arguments, const Output& output) {
    if (output.path.empty()) throw core::Error("calibrate: give the device file to write with -o");
    const auto device = find_device(arguments.device);
    const auto samples = samples_of(device, arguments.profiles);
    const auto fitted = models::calibrate(device, samples, siblings_of(device), arguments.options);
    models::write_device(fitted, output.path);
    if (output.quiet) return good;
    const auto table = error_table(*fitted.calibration);
    fmt::print("{}: {} rows, {} answers\n\n{}", fitted.name, samples.size(), arguments.options.model,
               output.format == Format::csv ? table.csv() : table.text());
    return good;
}

int run_predict(const std::string& name, const std::string& profile, const Output& output) {
    if (const auto accuracies = predict_accuracy(name, profile)) {
        print(output, *accuracies);
        return good;
    }
    const auto device = find_device(name);
    const auto table = models::CsvTable::read(profile);
    std::string text = fmt::format("{},predicted_ms,low_ms,high_ms\n", fmt::join(table.header, ","));
    const auto works = rows_to_predict(device, table);
    for (std::size_t i = 0; i < works.size(); ++i) {
        for (const auto& cell : table.rows[i])
            text += cell.find(',') == std::string::npos ? cell + "," : "\"" + cell + "\",";
        const auto p = device.predict(works[i]);
        text += fmt::format("{:.7g},{:.7g},{:.7g}\n", p.seconds * 1e3, p.low * 1e3, p.high * 1e3);
    }
    print(output, text);
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
    app.add_option("--model", a->options.model, "which model answers: physical or learned (default)")
        ->check(CLI::IsMember({"physical", "learned"}).description(""))
        ->option_text("MODEL");
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
