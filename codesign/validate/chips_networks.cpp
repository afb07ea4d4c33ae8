// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "codesign/validate/chip_run.hpp"
#include "codesign/validate/chips.hpp"
#include "models/energy.hpp"

namespace dyad::codesign {
namespace {

/// A published chip, the description of ours that stands for it, and what the description leaves open.
struct Chip {
    const char *name, *accelerator;
    std::vector<std::string> not_modelled;
};

const std::vector<Chip>& chips() {
    static const std::string tflite = "the TensorFlow Lite runtime and the transfers over PCIe or USB";
    static const std::string depthwise = "how the chip runs depthwise layers (here channel by channel on its array)";
    static const std::string image_mode =
        "the image input mode, which fills the array with columns of the first layer's filters (here its 3 channels)";
    static const std::string zeros = "zeros of the activations, which switch less";
    static const std::vector<Chip> all{
        {"Edge TPU Dev Board", "edge_tpu_like", {tflite, depthwise, "what the vendor does not publish of the chip"}},
        {"Edge TPU USB3", "edge_tpu_like", {tflite, depthwise, "what the vendor does not publish of the chip"}},
        {"NVDLA 2048-MAC", "nvdla_full", {image_mode, zeros, "Winograd and compressed weights", "28 nm"}},
        {"NVDLA 64-MAC", "nvdla_small", {image_mode, zeros, "Winograd and compressed weights", "28 nm"}}};
    return all;
}

/// Published names of networks that ship.
std::optional<std::string> network_of(const std::string& workload) {
    static const std::map<std::string, std::string> names{
        {"mobilenetv1", "mobilenet_v1"}, {"mobilenetv2", "mobilenet_v2"},
        {"inceptionv1", "googlenet"},    {"googlenet", "googlenet"},
        {"resnet50", "resnet50"},        {"resnet50int8", "resnet50"},
        {"squeezenet", "squeezenet1_1"}, {"vgg16", "vgg16"}};
    const auto found = names.find(plain_name(workload));
    return found == names.end() ? std::nullopt : std::optional(found->second);
}

/// Without the DRAM, which is not on the chip.
double chip_watts(const models::Report& report) {
    double joules = 0;
    for (const auto& kernel : report.kernels) joules += (kernel.energy.total() - kernel.energy.dram).count();
    return joules / report.latency.count();
}

/// Everything busy in every cycle.
double peak_watts(const hw_space::Accelerator& chip) {
    double watts = 0;
    for (const auto& part : models::peak_power(chip)) watts += (part.dynamic + part.leakage).count();
    return watts;
}

std::optional<double> value(const std::string& metric, const ChipRun& run) {
    const auto& report = run.report;
    const double seconds = report.latency.count();
    if (metric == "inference_time") return 1e3 * seconds;
    if (metric == "throughput") return static_cast<double>(report.batch) / seconds;
    if (metric == "area_16nm") return report.area.count();
    if (metric == "power_avg_16nm") return 1e3 * chip_watts(report);
    if (metric == "power_peak_16nm") return 1e3 * peak_watts(*run.schedule.accelerator);
    return std::nullopt;
}

}  // namespace

void validate_networks(const PublishedFigures& figures, std::vector<ValidationSet>& sets) {
    for (const auto& chip : chips()) {
        ValidationSet set{.name = chip.name,
                          .model = std::string("configs/accelerators/") + chip.accelerator + ".yaml, systemc",
                          .rows = {},
                          .not_modelled = chip.not_modelled};
        std::map<std::string, ChipRun> runs;
        for (const auto& figure : of_chip(figures, chip.name)) {
            const auto network = network_of(figure.workload);
            if (network && !runs.contains(*network)) runs.emplace(*network, run_on_chip(*network, chip.accelerator, 1));
            set.rows.push_back(figure.compared(network ? value(figure.metric, runs.at(*network)) : std::nullopt));
        }
        if (!set.rows.empty()) sets.push_back(std::move(set));
    }
}

}  // namespace dyad::codesign
