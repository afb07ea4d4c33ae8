// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "codesign/validate/chip_run.hpp"
#include "codesign/validate/chips.hpp"
#include "hw_space/accelerator.hpp"

namespace dyad::codesign {
namespace {

/// A network of the paper's tables, with the batch that it was measured with (Chen et al., JSSC 2017, tables V and VI).
struct Measured {
    const char *workload, *network;
    std::uint64_t batch;
    double side;         ///< of an input, in pixels
    const char* passes;  ///< what is known of the chip's own
};
constexpr Measured measured[] = {
    {"alexnet", "alexnet_caffe", 4, 227, "the chip's own choice of mappings: ours are the mapper's"},
    {"vgg", "vgg16", 3, 224,
     "the chip's own passes of VGG-16, unpublished: the mapper finds fewer (in strips of 13 and 14 rows, as the active "
     "elements say, CONV1-2 and CONV4-2 take 808 and 210 ms)"}};

/// Sums over some kernels of a run.
struct Sums {
    double seconds = 0, busy_seconds = 0, joules = 0, buffer_bytes = 0, dram_bytes = 0, macs = 0, active = 0;
};

class Eyeriss {
public:
    Eyeriss(const Measured& what, const PublishedFigures& figures)
        : run_(run_on_chip(what.network, "eyeriss_v1", what.batch, densities(figures), "int16")),
          batch_(what.batch),
          side_(what.side) {}

    [[nodiscard]] std::optional<double> ours(const PublishedFigure& figure) const {
        const auto layer = plain_name(figure.layer);
        const bool all = layer == "total" || layer == "allconv";
        Sums sums;
        for (std::size_t s = 0; s < run_.schedule.steps.size(); ++s)
            if (all ? is_convolution(s) : plain_name(run_.report.kernels[s].name) == layer) add(sums, s);
        if (sums.seconds <= 0) return std::nullopt;
        return value(figure.metric, sums);
    }

private:
    static std::map<std::string, double> densities(const PublishedFigures& figures) {
        std::map<std::string, double> result;
        for (const auto& figure : figures)
            if (figure.metric == "zeros_in_ifmap") result[plain_name(figure.layer)] = 1 - figure.value / 100;
        return result;
    }

    [[nodiscard]] bool is_convolution(std::size_t s) const { return run_.report.kernels[s].op == "conv"; }

    void add(Sums& sums, std::size_t s) const {
        const auto& kernel = run_.report.kernels[s];
        const auto& step = run_.schedule.steps[s];
        const double clock = run_.schedule.accelerator->clock.count();
        sums.seconds += kernel.latency.count();
        const auto busy = static_cast<double>((kernel.cycles - kernel.stall_cycles).count()) / clock;
        sums.busy_seconds += busy;
        sums.joules += (kernel.energy.total() - kernel.energy.dram).count();
        sums.macs += static_cast<double>(kernel.macs);
        sums.active += busy * static_cast<double>(step.plan ? step.plan->used_macs_per_cycle : 0);
        for (const auto& row : kernel.traffic)
            (row.level == "dram" ? sums.dram_bytes : sums.buffer_bytes) +=
                static_cast<double>((row.read + row.write).count());
    }

    [[nodiscard]] std::optional<double> value(const std::string& metric, const Sums& sums) const {
        const double pixels = side_ * side_ * static_cast<double>(batch_);  // of three channels each
        const std::map<std::string, double> known{{"total_latency", 1e3 * sums.seconds},
                                                  {"processing_latency", 1e3 * sums.busy_seconds},
                                                  {"power", 1e3 * sums.joules / sums.seconds},
                                                  {"chip_power", 1e3 * sums.joules / sums.seconds},
                                                  {"macs", sums.macs / 1e9},
                                                  {"active_PEs", sums.active / sums.busy_seconds},
                                                  {"active_PE_fraction", 100 * sums.active / sums.busy_seconds / 168},
                                                  {"global_buffer_accesses", sums.buffer_bytes / 1e6},
                                                  {"dram_accesses", sums.dram_bytes / 1e6},
                                                  {"frame_rate", static_cast<double>(batch_) / sums.seconds},
                                                  {"throughput", sums.macs / sums.seconds / 1e9},
                                                  {"efficiency", sums.macs / sums.joules / 1e9},
                                                  {"dram_per_mac", sums.dram_bytes / 2 / sums.macs},
                                                  {"dram_per_input_pixel", sums.dram_bytes / 2 / pixels}};
        const auto found = known.find(metric);
        return found == known.end() ? std::nullopt : std::optional(found->second);
    }

    ChipRun run_;
    std::uint64_t batch_;
    double side_;
};

}  // namespace

void validate_eyeriss(const PublishedFigures& figures, std::vector<ValidationSet>& sets) {
    static const std::set<std::string> inputs{"zeros_in_ifmap"};
    for (const auto& what : measured) {
        PublishedFigures own;
        for (const auto& figure : figures)
            if (plain_name(figure.workload).starts_with(what.workload)) own.push_back(figure);
        if (own.empty()) continue;
        ValidationSet set{
            .name = std::string("Eyeriss ") + what.network,
            .model = "configs/accelerators/eyeriss_v1.yaml, systemc, zeros of the inputs as published",
            .rows = {},
            .not_modelled = {what.passes, "operating points other than 1 V", "shares of power by component",
                             "zeros of outputs before a pooling (those behind it are taken)"}};
        const Eyeriss chip(what, own);
        for (const auto& figure : own)
            if (!inputs.contains(figure.metric)) set.rows.push_back(figure.compared(chip.ours(figure)));
        sets.push_back(std::move(set));
    }
}

}  // namespace dyad::codesign
