// SPDX-License-Identifier: Apache-2.0
#include "codesign/validate/fidelity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "arch_space/network.hpp"
#include "codesign/commands/output.hpp"
#include "core/document.hpp"
#include "core/files.hpp"
#include "core/statistics.hpp"
#include "hw_space/accelerator.hpp"
#include "models/mapper.hpp"
#include "sim/simulate.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;
using Chip = std::shared_ptr<const hw_space::Accelerator>;

constexpr double worth_telling = 0.01;  ///< of a pair's time
constexpr std::size_t always_told = 3;  ///< the kernels that differ most, of a pair that differs so much

std::string percent(double share) { return fmt::format("{:+.1f} %", 100 * share); }
std::string micro(double seconds) { return fmt::format("{:.1f}", 1e6 * seconds); }

PairGap pair_gap(const std::string& name, const Chip& chip, models::MapperMemo& memo) {
    const auto network = arch_space::read_network(*core::read_document(core::find_config(name, "networks")));
    auto dataflow = std::make_shared<const models::Dataflow>(arch_space::lower(network, {}));
    const auto schedule = models::map_all(std::move(dataflow), chip, {}, memo);
    const auto played = sim::simulate(schedule), closed = models::analytic(schedule);
    PairGap pair{name, chip->name, played.latency.count(), closed.latency.count(), {}};
    for (std::size_t k = 0; k < played.kernels.size(); ++k)
        pair.kernels.push_back(kernel_gap(played.kernels[k], closed.kernels[k], *chip));
    const auto size = [](const KernelGap& gap) { return std::abs(gap.difference()); };
    std::ranges::stable_sort(pair.kernels, std::greater{}, size);
    const auto small = std::ranges::find_if(
        pair.kernels, [&](const KernelGap& gap) { return size(gap) <= worth_telling * pair.played; });
    const auto told = std::abs(pair.error()) > worth_telling ? std::min(always_told, pair.kernels.size()) : 0;
    pair.kernels.erase(std::max(small, pair.kernels.begin() + static_cast<std::ptrdiff_t>(told)), pair.kernels.end());
    return pair;
}

core::RelativeErrors errors_of(const std::vector<PairGap>& pairs) {
    std::vector<double> closed, played;
    for (const auto& pair : pairs) {
        closed.push_back(pair.closed);
        played.push_back(pair.played);
    }
    return core::relative_errors(closed, played);
}

std::vector<std::string> row(const PairGap& pair, const KernelGap& k) {
    return {pair.network,        pair.accelerator, k.kernel,      micro(k.played),    micro(k.closed),
            micro(k.contention), micro(k.rows),    micro(k.tail), micro(k.transfers), k.mostly()};
}

Table kernels_table(const std::vector<PairGap>& pairs) {
    Table table({"network", "accelerator", "kernel", "systemc us", "analytic us", "contention us", "row misses us",
                 "tail us", "transfers us", "mostly"});
    for (const auto& pair : pairs)
        for (const auto& kernel : pair.kernels) table.add(row(pair, kernel));
    return table;
}

}  // namespace

const char* KernelGap::mostly() const {
    if (difference() > 0) return "overlap";
    const std::array<std::pair<double, const char*>, 4> all{
        {{contention, "contention"}, {rows, "row misses"}, {tail, "tail"}, {transfers, "transfers"}}};
    const auto most = std::ranges::max_element(all, {}, [](const auto& part) { return part.first; });
    return most->first > 0 ? most->second : "none";
}

KernelGap kernel_gap(const models::KernelReport& played, const models::KernelReport& closed,
                     const hw_space::Accelerator& chip) {
    KernelGap gap{.kernel = played.name, .played = played.latency.count(), .closed = closed.latency.count()};
    if (!played.stalls) return gap;
    const auto& stalls = *played.stalls;
    const auto seconds = [&](core::Cycles cycles) { return (cycles / chip.clock).count(); };
    double bytes = 0;
    for (const auto& traffic : played.traffic)
        if (traffic.level == chip.dram.name) bytes += static_cast<double>((traffic.read + traffic.write).count());
    const auto& standard = *chip.dram.standard;
    const auto filled = std::ceil(bytes / static_cast<double>(standard.row.count()));
    const auto beyond = std::max(0.0, static_cast<double>(stalls.row_misses) - filled);
    const auto waited = seconds(stalls.prefetch) + seconds(stalls.loads) + seconds(stalls.stores);
    // Channels open rows side by side.
    gap.rows = std::min(waited,
                        beyond * (standard.precharge + standard.rcd).count() / static_cast<double>(chip.dram.channels));
    gap.contention = seconds(stalls.ports);
    gap.transfers = waited - gap.rows;
    gap.tail = seconds(stalls.drain);
    return gap;
}

std::vector<PairGap> fidelity_gaps() {
    std::vector<PairGap> pairs;
    for (const auto& name : core::list_configs("accelerators")) {
        const Chip chip = std::make_shared<const hw_space::Accelerator>(
            hw_space::read_accelerator(*core::read_document(core::find_config(name, "accelerators"))));
        models::MapperMemo memo;
        for (const auto& network : core::list_configs("networks")) pairs.push_back(pair_gap(network, chip, memo));
    }
    return pairs;
}

std::string gaps_text(const std::vector<PairGap>& pairs) {
    const auto errors = errors_of(pairs);
    const auto& worst = pairs.at(errors.worst_at);
    Table table({"network", "accelerator", "systemc ms", "analytic ms", "error"});
    for (const auto& pair : pairs)
        table.add({pair.network, pair.accelerator, fmt::format("{:.4g}", 1e3 * pair.played),
                   fmt::format("{:.4g}", 1e3 * pair.closed), percent(pair.error())});
    return table.text() +
           fmt::format("\nanalytic against systemc over {} pairs: mean {:.1f} %, worst {} ({} on {})\n", pairs.size(),
                       100 * errors.mean_absolute, percent(errors.worst), worst.network, worst.accelerator) +
           "\nkernels that differ by more than a hundredth of their network's time (three at least where the network "
           "does), and what they waited for in SystemC; overlap: less than the closed form adds up\n" +
           kernels_table(pairs).text();
}

std::string gaps_csv(const std::vector<PairGap>& pairs) { return kernels_table(pairs).csv(); }

Json gaps_json(const std::vector<PairGap>& pairs) {
    const auto errors = errors_of(pairs);
    Json json{{"schema", "dyad/fidelity/1"},
              {"mean_absolute_error", errors.mean_absolute},
              {"worst_error", errors.worst},
              {"pairs", Json::array()}};
    for (const auto& pair : pairs) {
        Json kernels = Json::array();
        for (const auto& k : pair.kernels)
            kernels.push_back({{"kernel", k.kernel},
                               {"systemc_s", k.played},
                               {"analytic_s", k.closed},
                               {"contention_s", k.contention},
                               {"row_misses_s", k.rows},
                               {"tail_s", k.tail},
                               {"transfers_s", k.transfers},
                               {"mostly", k.mostly()}});
        json["pairs"].push_back({{"network", pair.network},
                                 {"accelerator", pair.accelerator},
                                 {"systemc_s", pair.played},
                                 {"analytic_s", pair.closed},
                                 {"error", pair.error()},
                                 {"kernels", std::move(kernels)}});
    }
    return json;
}

}  // namespace dyad::codesign
