// SPDX-License-Identifier: Apache-2.0
#include "models/device/calibrate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.hpp"
#include "core/random.hpp"
#include "core/statistics.hpp"
#include "models/device/datasheet.hpp"
#include "models/device/doubt.hpp"
#include "models/device/intervals.hpp"

namespace dyad::models {
namespace {

PhysicsByClass start_from(const std::vector<Device>& siblings, std::map<WorkClass, std::string>& taken_from) {
    PhysicsByClass classes;
    for (const auto kind : work_classes) {
        auto physics = typical_physics();
        taken_from[kind] = "priors";
        for (const auto& sibling : siblings) {
            if (!sibling.calibration || sibling.calibration->taken_from.contains(kind)) continue;
            physics = sibling.calibration->physics.at(kind);
            taken_from[kind] = sibling.name;
            break;
        }
        set_spread_as_taken(physics, taken_from[kind]);
        classes.emplace(kind, physics);
    }
    return classes;
}

Calibration start(const std::vector<Device>& siblings, const CalibrateOptions& options, std::size_t rows) {
    Calibration c;
    c.model = options.model;
    c.rows = rows;
    c.holdout = options.holdout;
    c.physics = start_from(siblings, c.taken_from);
    return c;
}

/// Rows that are fitted, and rows kept for the errors: by configuration.
struct Split {
    Samples fitted, unseen;
};
/// The configurations to fit to when their number is given.
std::set<std::string> chosen_configs(const std::vector<Sample>& samples, const CalibrateOptions& options) {
    std::map<std::pair<double, std::string>, const Sample*> order;
    for (const auto& s : samples)
        order.try_emplace({core::Stream(options.seed, "sample " + s.config).uniform(), s.config}, &s);
    Samples drawn;
    for (const auto& [at, sample] : order)
        if (drawn.size() < options.samples * (options.known.empty() ? 1 : 20)) drawn.push_back(sample);
    std::set<std::string> chosen;
    if (options.known.empty())
        for (const auto* s : drawn) chosen.insert(s->config);
    else
        for (const auto i : Transfer::choose(options.known, drawn, options.samples)) chosen.insert(drawn[i]->config);
    return chosen;
}

Split split(const std::vector<Sample>& samples, const CalibrateOptions& options) {
    Split s;
    const auto chosen = chosen_configs(samples, options);
    for (const auto& sample : samples) {
        const bool keep = options.samples > 0 ? !chosen.contains(sample.config)
                                              : options.known.empty() && held_out(sample.config, options.holdout);
        (keep ? s.unseen : s.fitted).push_back(&sample);
    }
    return s;
}

/// The interval of so few rows: the least that 90 % of a further row and these lie within, each predicted from the
/// others (jackknife; Barber et al. 2021, equation 1.3): of ten rows the largest of the errors.
Calibration::Band band_of(const Samples& samples, const std::vector<double>& predicted) {
    std::vector<double> errors;
    for (std::size_t i = 0; i < samples.size(); ++i)
        errors.push_back(std::abs(std::log(samples[i]->seconds / predicted[i])));
    std::ranges::sort(errors);
    const auto inside = static_cast<std::size_t>(std::ceil(0.9 * static_cast<double>(errors.size() + 1)));
    const double half = errors[std::min(inside, errors.size()) - 1];
    return {-half, half};
}

/// No kernel begins and ends in less, however it is called: a GPU takes commands at some hundred thousand a second, a
/// call of a processor's library takes dozens of cycles; on others a compiled network may have no calls at all.
double least_launch(Platform::Kind kind) {
    return kind == Platform::Kind::gpu ? 1e-6 : kind == Platform::Kind::cpu ? 2e-8 : 0;
}

/// What a row's kernels take at the datasheet's rates.
struct DatasheetTime {
    double macs = 0, bytes = 0, kernels = 0, compute = 0, memory = 0, launch = 0;
    [[nodiscard]] double most() const { return std::max({compute, memory, launch}); }
};
DatasheetTime datasheet_time(const Platform& platform, const Sample& sample) {
    DatasheetTime t;
    for (const auto& [work, count] : sample.works) {
        t.macs += count * work.macs();
        t.bytes += count * work.elements() * platform.bytes_per_element;
        t.kernels += count;
    }
    t.launch = t.kernels * least_launch(platform.kind);
    t.compute = 2 * t.macs / platform.peak.count();
    t.memory = t.bytes / platform.bandwidth.count();
    return t;
}

/// The sample in the middle of the order of `values`.
const Sample& nearest(const std::vector<Sample>& samples, const std::vector<double>& values) {
    const double middle = core::quantile(values, 0.5);
    std::size_t best = 0;
    for (std::size_t i = 1; i < values.size(); ++i)
        if (std::abs(values[i] - middle) < std::abs(values[best] - middle)) best = i;
    return samples[best];
}

std::string arithmetic(const Platform& platform, const Sample& sample) {
    const auto t = datasheet_time(platform, sample);
    const auto launch = fmt::format(", {:.6g} x a launch of at least {:.3g} ms = {:.3g} ms", t.kernels,
                                    1e3 * least_launch(platform.kind), t.launch * 1e3);
    return fmt::format("2 x {:.6g} MACs / {} = {:.3g} ms and {:.6g} bytes / {} = {:.3g} ms{}, measured {:.3g} ms",
                       t.macs, to_text(platform.peak), t.compute * 1e3, t.bytes, to_text(platform.bandwidth),
                       t.memory * 1e3, t.launch < t.most() ? "" : launch, sample.seconds * 1e3);
}

Device transferred(Device device, const Split& rows, const CalibrateOptions& options) {
    auto& c = *device.calibration;
    c.model = "transfer";
    c.holdout = 0;
    std::vector<double> left_out, measured;
    c.transfer = Transfer::fit(options.known, rows.fitted, left_out);
    for (const auto kind : work_classes) c.taken_from[kind] = "known devices";
    c.bands["any"] = c.bands["network"] = band_of(rows.fitted, left_out);
    for (const auto* s : rows.fitted) measured.push_back(s->seconds);
    c.errors["each from the others/transfer"] = held_out_errors(left_out, measured);
    score(device, nullptr, rows.fitted, rows.unseen);
    return device;
}

Device by_datasheet(const Device& device, const std::vector<Sample>& samples, const CalibrateOptions& options) {
    Samples others, own;
    for (const auto& s : options.others) others.push_back(&s);
    for (const auto& s : samples) own.push_back(&s);
    if (others.size() <= Physics::count)
        throw core::Error(
            fmt::format("{}: the profiles have {} rows of other devices of its kind, expected more than "
                        "the {} parameters of a class of kernels",
                        device.name, others.size(), Physics::count));
    const auto elsewhere = [&](const Sample* s) { return s->platform != others.front()->platform; };
    if (std::ranges::none_of(others, elsewhere))
        throw core::Error(
            fmt::format("{}: the profiles have rows of one other device of its kind, expected two: the interval is "
                        "from predicting each by the others",
                        device.name));
    auto result = from_datasheet(device, others);
    add_intervals(result, others);
    score(result, nullptr, {}, own);
    return result;
}

/// Throws when half of these rows are far beyond what the device can do, or below what such devices do.
void check_units(const Device& device, const std::vector<Sample>& samples, const std::string& which) {
    PhysicsByClass typical;
    for (const auto kind : work_classes) typical.emplace(kind, typical_physics());
    std::vector<double> fast, slow;
    for (const auto& s : samples) {
        const auto least = datasheet_time(device.platform, s);
        const bool in_cache =
            least.macs == 0 && least.bytes <= static_cast<double>(device.platform.cache.count());  // beyond DRAM's rate
        fast.push_back(s.seconds / (in_cache ? least.launch : least.most()));
        slow.push_back(s.seconds / physical_seconds(device.platform, typical, s.works));
    }
    if (core::quantile(fast, 0.5) < 0.1)
        throw core::Error(
            fmt::format("{}: half of the rows{} take less than 0.1 of the time that the datasheet allows: {}: "
                        "are the times in another unit?",
                        device.name, which, arithmetic(device.platform, nearest(samples, fast))));
    if (core::quantile(slow, 0.5) > 200)
        throw core::Error(
            fmt::format("{}: half of the rows{} take more than 200 times what such a device typically takes: "
                        "{}: are the times in another unit?",
                        device.name, which, arithmetic(device.platform, nearest(samples, slow))));
}

}  // namespace

bool held_out(const std::string& config, double share) { return core::Stream(1, config).uniform() < share; }

void check_samples(const Device& device, const std::vector<Sample>& samples) {
    if (samples.size() <= Physics::count)
        throw core::Error(
            fmt::format("{}: {} rows of the profile are of this device, expected more than the {} "
                        "parameters of a class of kernels",
                        device.name, samples.size(), Physics::count));
    const auto same = [&](const Sample& s) { return s.seconds == samples.front().seconds; };
    if (std::ranges::all_of(samples, same))
        throw core::Error(
            fmt::format("{}: all {} rows have the same time, {} ms: expected times that vary with the work",
                        device.name, samples.size(), samples.front().seconds * 1e3));
    check_units(device, samples, "");
    std::map<std::string, std::vector<Sample>> groups;
    for (const auto& s : samples) groups[s.group].push_back(s);
    constexpr std::size_t enough = 5;  // rows to tell a unit by
    for (const auto& [group, rows] : groups)
        if (groups.size() > 1 && rows.size() >= enough) check_units(device, rows, " of " + group);
}

Device calibrate(Device device, const std::vector<Sample>& samples, const std::vector<Device>& siblings,
                 const CalibrateOptions& options) {
    if (options.model == "datasheet") return by_datasheet(device, samples, options);
    check_samples(device, samples);
    const auto rows = split(samples, options);
    std::set<std::string> configs;
    for (const auto* s : rows.fitted) configs.insert(s->config);
    if (configs.size() <= Physics::count)
        throw core::Error(
            fmt::format("{}: {} different rows are left to fit and {} kept aside (--holdout), expected more than the "
                        "{} parameters of a class of kernels",
                        device.name, configs.size(), rows.unseen.size(), Physics::count));
    device.calibration = start(siblings, options, samples.size());
    if (!options.known.empty()) return transferred(std::move(device), rows, options);
    fit_with_intervals(device, rows.fitted);
    std::optional<Device> sheet;
    if (!options.others.empty()) {
        Samples others;
        for (const auto& s : options.others) others.push_back(&s);
        sheet = from_datasheet(device, others);
    }
    score(device, sheet ? &*sheet : nullptr, rows.fitted, rows.unseen);
    return device;
}

}  // namespace dyad::models
