// SPDX-License-Identifier: Apache-2.0
#include "codesign/devices/validate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "codesign/devices/tables.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "models/device/calibrate.hpp"
#include "models/device/learn.hpp"
#include "models/device/noise.hpp"
#include "models/device/scores.hpp"

namespace dyad::codesign {
namespace {

constexpr const char* legend =
    "Errors |predicted / measured - 1| on rows that the fit has not seen; macs: rank correlation of MACs with the "
    "time; "
    "coverage: of the 90 %\ninterval; datasheet: mean error of a fit to the rows of other devices alone. What the "
    "source "
    "allows: noise, noise_10: mean distance and\nshare within 10 % of the mean of rows with equal kernels (times "
    "sqrt(n / (n - 1)) in a group of n: no predictor from the network does\nbetter), noise_rank: their rank "
    "correlation "
    "with it (with --data); table_10: share of all rows within 10 % of a table with a time for each kind\nof kernel, "
    "fitted to these very rows; steady_10: the same with each error taken from the median of the ten rows around it, "
    "as "
    "if the\nmachine had not drifted.\n";

std::vector<std::string> profiles_in(const std::string& folder) {
    if (!std::filesystem::is_directory(folder)) throw core::Error(fmt::format("--data {}: is no folder", folder));
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".csv") files.push_back(entry.path().string());
    std::ranges::sort(files);
    std::erase_if(files, [](const auto& file) {
        const auto table = models::CsvTable::read(file);
        return !NetworkTables::knows(table) && !(models::is_kernel_table(table) && models::has_times(table));
    });
    if (files.empty()) throw core::Error(fmt::format("--data {}: has no profiles", folder));
    return files;
}

std::optional<models::NoiseFloor> noise_of(const models::Calibration& c, const std::string& group) {
    const auto found = c.noise.find(group);
    return found == c.noise.end() ? std::nullopt : std::optional(found->second);
}
std::optional<models::HeldOut> stored(const models::Calibration& c, const std::string& key) {
    const auto found = c.errors.find(key);
    return found == c.errors.end() ? std::nullopt : std::optional(found->second);
}

void add_stored(const models::Device& device, std::vector<DeviceErrors>& list) {
    const auto& c = *device.calibration;
    for (const auto& [group, coverage] : c.coverage)
        if (const auto found = c.errors.find(group + "/" + c.model); found != c.errors.end())
            list.push_back({device.name, group, found->second, coverage, noise_of(c, group),
                            stored(c, group + "/datasheet"), stored(c, group + "/macs")});
}

void add_measured(const models::Device& device, const std::vector<std::string>& files,
                  std::vector<DeviceErrors>& list) {
    struct Rows {
        std::vector<double> ours, measured;
        models::Samples all;
        double inside = 0;
    };
    std::map<std::string, Rows> groups;
    const auto samples = samples_of(device, files, false);
    models::KernelSums sums(device);
    for (const auto& sample : samples) {
        groups[sample.group].all.push_back(&sample);
        if (!models::held_out(sample.config, device.calibration->holdout)) continue;
        auto& rows = groups[sample.group];
        const auto& works = sample.works;
        const auto p = models::single(works) ? device.predict(works) : device.predict(works, sums(works));
        rows.ours.push_back(p.seconds);
        rows.measured.push_back(sample.seconds);
        rows.inside += p.low <= sample.seconds && sample.seconds <= p.high ? 1 : 0;
    }
    const auto& c = *device.calibration;
    for (const auto& [group, rows] : groups) {
        if (rows.ours.empty()) continue;
        const auto noise = models::noise_floor(rows.all);
        list.push_back({device.name, group, models::held_out_errors(rows.ours, rows.measured),
                        rows.inside / static_cast<double>(rows.ours.size()),
                        noise.known() ? std::optional(noise) : std::nullopt, stored(c, group + "/datasheet"),
                        stored(c, group + "/macs")});
    }
}

}  // namespace

std::vector<DeviceErrors> validate_devices(const std::string& folder) {
    const auto files = folder.empty() ? std::vector<std::string>{} : profiles_in(folder);
    std::vector<DeviceErrors> list;
    for (const auto& name : core::list_configs("devices")) {
        const auto device = find_device(name);
        if (!device.calibration) continue;
        if (files.empty())
            add_stored(device, list);
        else
            add_measured(device, files, list);
    }
    if (list.empty())
        throw core::Error(fmt::format("--data {}: no unseen row of a shipped device; the profiles there are of {}",
                                      folder, devices_in(files)));
    return list;
}

std::string devices_text(const std::vector<DeviceErrors>& list, const Output& output) {
    Table table({"device", "rows of", "unseen", "mean", "median", "p90", "within_10", "spearman", "macs", "coverage",
                 "noise", "noise_10", "noise_rank", "table_10", "steady_10", "datasheet"});
    auto json = nlohmann::ordered_json::array();
    const auto share = [](double v) { return fmt::format("{:.4f}", v); };
    for (const auto& d : list) {
        const auto& e = d.errors;
        const bool equal = d.noise && d.noise->groups > 0, table_fits = d.noise && d.noise->table_10 > 0;
        table.add({d.device, d.group, std::to_string(e.rows), share(e.mean), share(e.median), share(e.p90),
                   share(e.within_10), share(e.spearman), d.macs ? share(d.macs->spearman) : "", share(d.coverage),
                   equal ? share(d.noise->mean) : "", equal ? share(d.noise->within_10) : "",
                   equal && d.noise->spearman > 0 ? share(d.noise->spearman) : "",
                   table_fits ? share(d.noise->table_10) : "", table_fits ? share(d.noise->steady_10) : "",
                   d.datasheet ? share(d.datasheet->mean) : ""});
        json.push_back({{"device", d.device},
                        {"group", d.group},
                        {"rows", e.rows},
                        {"mean", e.mean},
                        {"median", e.median},
                        {"p90", e.p90},
                        {"within_10", e.within_10},
                        {"spearman", e.spearman},
                        {"coverage", d.coverage}});
        if (d.macs) json.back()["macs_spearman"] = d.macs->spearman;
        if (d.datasheet) json.back()["datasheet_mean"] = d.datasheet->mean;
        if (equal)
            json.back()["noise"] = {{"rows", d.noise->rows},
                                    {"groups", d.noise->groups},
                                    {"mean", d.noise->mean},
                                    {"within_10", d.noise->within_10}};
        if (equal && d.noise->spearman > 0) json.back()["noise"]["spearman"] = d.noise->spearman;
        if (table_fits) json.back()["table"] = {{"within_10", d.noise->table_10}, {"steady_10", d.noise->steady_10}};
    }
    if (output.format == Format::json) return json_text({{"schema", "dyad/devices/1"}, {"devices", json}});
    if (output.format == Format::csv) return table.csv();
    return table.text() + "\n" + std::string(legend);
}

}  // namespace dyad::codesign
