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

namespace dyad::codesign {
namespace {

std::vector<std::string> profiles_in(const std::string& folder) {
    if (!std::filesystem::is_directory(folder)) throw core::Error(fmt::format("--data {}: is no folder", folder));
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".csv") continue;
        const auto table = models::CsvTable::read(entry.path().string());
        if (NetworkTables::knows(table) || (models::is_kernel_table(table) && table.has("latency_ms")))
            files.push_back(entry.path().string());
    }
    std::ranges::sort(files);
    if (files.empty()) throw core::Error(fmt::format("--data {}: has no profiles", folder));
    return files;
}

void add_stored(const models::Device& device, std::vector<DeviceErrors>& list) {
    const auto& c = *device.calibration;
    for (const auto& [group, coverage] : c.coverage)
        if (const auto found = c.errors.find(group + "/" + c.model); found != c.errors.end())
            list.push_back({device.name, group, found->second, coverage});
}

void add_measured(const models::Device& device, const std::vector<std::string>& files,
                  std::vector<DeviceErrors>& list) {
    struct Rows {
        std::vector<double> ours, measured;
        double inside = 0;
    };
    std::map<std::string, Rows> groups;
    for (const auto& sample : samples_of(device, files)) {
        if (!models::held_out(sample.config, device.calibration->holdout)) continue;
        auto& rows = groups[sample.group];
        const auto p = device.predict(sample.works);
        rows.ours.push_back(p.seconds);
        rows.measured.push_back(sample.seconds);
        rows.inside += p.low <= sample.seconds && sample.seconds <= p.high ? 1 : 0;
    }
    for (const auto& [group, rows] : groups)
        list.push_back({device.name, group, models::held_out_errors(rows.ours, rows.measured),
                        rows.inside / static_cast<double>(rows.ours.size())});
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
    return list;
}

std::string devices_text(const std::vector<DeviceErrors>& list, const Output& output) {
    Table table({"device", "rows of", "unseen", "mean", "median", "p90", "within_10", "spearman", "coverage"});
    auto json = nlohmann::ordered_json::array();
    const auto share = [](double v) { return fmt::format("{:.4f}", v); };
    for (const auto& d : list) {
        const auto& e = d.errors;
        table.add({d.device, d.group, std::to_string(e.rows), share(e.mean), share(e.median), share(e.p90),
                   share(e.within_10), share(e.spearman), share(d.coverage)});
        json.push_back({{"device", d.device},
                        {"group", d.group},
                        {"rows", e.rows},
                        {"mean", e.mean},
                        {"median", e.median},
                        {"p90", e.p90},
                        {"within_10", e.within_10},
                        {"spearman", e.spearman},
                        {"coverage", d.coverage}});
    }
    if (output.format == Format::json) return json_text({{"schema", "dyad/devices/1"}, {"devices", json}});
    return output.format == Format::csv ? table.csv() : table.text();
}

}  // namespace dyad::codesign
