// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>
#include <regex>

#include "codesign/validate/chips.hpp"
#include "core/document.hpp"
#include "core/files.hpp"
#include "hw_space/accelerator.hpp"
#include "models/energy.hpp"
#include "models/kernel_file.hpp"
#include "models/mapper.hpp"

namespace dyad::codesign {
namespace {

hw_space::Accelerator chip(const char* name) {
    return hw_space::read_accelerator(*core::read_document(core::find_config(name, "accelerators")));
}

double megabytes(const hw_space::Accelerator& accelerator) {
    double sum = 0;
    for (const auto& buffer : accelerator.buffers) sum += static_cast<double>(buffer.size.count()) / (1 << 20);
    return sum;
}

/// M, N and K of `M128 N128 K128`.
std::optional<std::string> product_of(const std::string& layer) {
    static const std::regex form(R"(M(\d{1,6}) N(\d{1,6}) K(\d{1,6}))");
    std::smatch match;
    if (!std::regex_match(layer, match, form)) return std::nullopt;
    return fmt::format("gemm:{},{},{}", match[1].str(), match[2].str(), match[3].str());
}

double microseconds(const std::string& product, const hw_space::Accelerator& accelerator) {
    auto kernel = models::read_kernel(product);
    kernel.weight_precision = kernel.input_precision = kernel.output_precision = core::Precision::bf16;
    models::MapperMemo memo;
    const auto plan = models::map_kernel(kernel, accelerator, 0, {.objective = models::Objective::latency}, memo);
    return 1e6 * static_cast<double>(plan->cycles.count()) / accelerator.clock.count();
}

}  // namespace

void validate_tpu_v1(const PublishedFigures& figures, std::vector<ValidationSet>& sets) {
    if (figures.empty()) return;
    const auto tpu = chip("tpu_v1");
    const double clock = tpu.clock.count();
    const std::map<std::string, double> ours{{"clock", clock / 1e6},
                                             {"peak", 2 * static_cast<double>(tpu.peak_macs()) * clock / 1e12},
                                             {"dram_bw", tpu.dram.peak().count() / 1e9},
                                             {"onchip", megabytes(tpu)},
                                             {"die", models::area(tpu).count()}};
    ValidationSet set{.name = "TPU v1",
                      .model = "configs/accelerators/tpu_v1.yaml",
                      .rows = {},
                      .not_modelled = {"the networks MLP1 and CNN1, whose layers are not published",
                                       "idle, busy and design power of the die"}};
    for (const auto& figure : figures) {
        const auto found = figure.workload == "chip" ? ours.find(figure.metric) : ours.end();
        if (figure.workload == "chip")
            set.rows.push_back(figure.compared(found == ours.end() ? std::nullopt : std::optional(found->second)));
    }
    sets.push_back(std::move(set));
}

void validate_tpu_v4(const PublishedFigures& figures, std::vector<ValidationSet>& sets) {
    if (figures.empty()) return;
    const auto tpu = chip("tpu_v4");
    ValidationSet set{
        .name = "TPU v4",
        .model = "configs/accelerators/tpu_v4.yaml, operands in HBM, bf16",
        .rows = {},
        .not_modelled = {"the start of a kernel by its host", "the precision of the products, which is not published",
                         "module_latency beyond its kernel"}};
    for (const auto& figure : figures) {
        const auto product = product_of(figure.layer);
        const bool modelled = product && figure.metric == "kernel_latency" && figure.unit == "us";
        set.rows.push_back(figure.compared(modelled ? std::optional(microseconds(*product, tpu)) : std::nullopt));
    }
    sets.push_back(std::move(set));
}

}  // namespace dyad::codesign
