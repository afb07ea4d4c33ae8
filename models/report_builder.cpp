// SPDX-License-Identifier: Apache-2.0
#include "models/report_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/error.hpp"
#include "hw_space/floorplan.hpp"
#include "models/analytic/dram_stream.hpp"
#include "models/compression.hpp"
#include "models/schedule/residence.hpp"

namespace dyad::models {
namespace {

using core::Bytes;
using core::Joules;
using core::Seconds;

constexpr auto index_of(Operand operand) { return static_cast<std::size_t>(operand); }

/// What crosses DRAM for one step, by operand.
struct DramBytes {
    std::array<std::uint64_t, 3> read{};
    std::uint64_t written = 0;
    [[nodiscard]] Bytes all_read() const { return Bytes(read[0] + read[1] + read[2]); }
};

DramBytes dram_bytes(const Step& step) {
    if (!step.plan) return {};
    const auto moved = totals(step.plan->tiles);
    DramBytes bytes{moved.load_bytes, moved.store_bytes};
    if (step.weights == Home::buffer) bytes.read[index_of(Operand::weights)] = 0;
    if (step.inputs == Home::buffer) bytes.read[index_of(Operand::inputs)] = 0;
    if (step.outputs == Home::buffer) bytes.read[index_of(Operand::outputs)] = bytes.written = 0;
    bytes.read[index_of(Operand::inputs)] += step.side_from_dram.count();
    return bytes;
}

/// Bytes that the plan fills into the residence buffer and that a resident operand does not need: what is loaded, as
/// the buffer keeps it.
std::array<std::uint64_t, 3> spared_fills(const Schedule& schedule, const Step& step) {
    const auto& chip = *schedule.accelerator;
    const auto home = residence(chip);
    if (!home) return {};
    const auto& kernel = schedule.dataflow->nodes()[step.node].kernel;
    const auto at_dram = stored_fractions(chip.dram.compression, kernel);
    const auto here = stored_fractions(chip.buffers[*home].compression, kernel);
    const auto loaded = totals(step.plan->tiles).load_bytes;
    const auto filled = [&](std::size_t at) {
        return static_cast<std::uint64_t>(std::llround(static_cast<double>(loaded[at]) * here[at] / at_dram[at]));
    };
    return {step.weights == Home::buffer ? filled(0) : 0, step.inputs == Home::buffer ? filled(1) : 0, 0};
}

/// The plan's traffic at the buffers after residency, with the residual operand among the inputs.
std::vector<Traffic> buffer_traffic(const Schedule& schedule, const Step& step) {
    const auto home = residence(*schedule.accelerator);
    const auto spared = spared_fills(schedule, step);
    std::vector<Traffic> rows;
    for (const auto& buffer : schedule.accelerator->buffers) {
        const bool resident = home && &buffer == &schedule.accelerator->buffers[*home];
        for (const auto operand : operands) {
            Traffic row{buffer.name, operand, {}, {}};
            for (const auto& planned : step.plan->traffic) {
                if (planned.level != buffer.name || planned.operand != operand) continue;
                row.read += planned.read;
                row.write += planned.write;
            }
            if (resident) row.write -= std::min(row.write, Bytes(spared[index_of(operand)]));
            if (resident && operand == Operand::inputs) row.read += step.side_from_buffer;
            rows.push_back(row);
        }
    }
    return rows;
}

Bytes sum_of(const std::vector<Traffic>& traffic, const std::string& level) {
    Bytes sum;
    for (const auto& row : traffic)
        if (row.level == level) sum += row.read + row.write;
    return sum;
}

/// Cycles of all tiles of the engine or core that has most to do.
core::Cycles busiest_tiles(const KernelPlan& plan) {
    if (!plan.parts.empty()) return core::Cycles(totals(plan.parts.front()->tiles).compute_cycles);
    if (!plan.chain) return core::Cycles(totals(plan.tiles).compute_cycles);
    return core::Cycles(totals(plan.chain->lanes[busiest_lane(*plan.chain)].tiles).compute_cycles);
}

std::uint64_t products(const Kernel& kernel, const hw_space::Engine& engine) {
    return hw_space::narrow_rate(engine, kernel.weight_precision, kernel.input_precision);
}

/// Multiply-accumulates a cycle of all engines and cores that a step uses, of operands as wide as the kernel's.
std::uint64_t peak_of(const hw_space::Accelerator& chip, const Step& step, const Kernel& kernel) {
    std::uint64_t sum = 0;
    for (const auto number : engines_of(step)) {
        const auto& engine = chip.engines.at(static_cast<std::size_t>(number));
        sum += hw_space::peak_macs(engine) * products(kernel, engine);
    }
    return sum * std::max<std::size_t>(step.plan->parts.size(), 1);
}

/// The innermost buffer that keeps an operand; null when none does.
const hw_space::Buffer* innermost(const hw_space::Accelerator& chip, Operand operand) {
    const auto& buffers = chip.buffers;
    const auto keeps = [operand](const hw_space::Buffer& buffer) {
        return std::array{buffer.keeps.weights, buffer.keeps.inputs, buffer.keeps.outputs}[index_of(operand)];
    };
    const auto found = std::ranges::find_if(buffers.rbegin(), buffers.rend(), keeps);
    return found == buffers.rend() ? nullptr : &*found;
}

/// Cycles of the busiest link of a network: between engines and buffers, or into cores that have buffers of their own.
std::uint64_t network_cycles(const hw_space::Accelerator& chip, const Step& step, const std::vector<Traffic>& traffic) {
    const auto topology = chip.network.topology;
    if (topology == hw_space::Topology::direct) return 0;
    const auto width = chip.network.width.count();
    if (hw_space::has_own_buffers(chip)) return core::ceil_div(moved_into_cores(step).count(), width);
    std::uint64_t in = 0, out = 0;
    for (const auto& row : traffic) {
        const auto* buffer = innermost(chip, row.operand);
        if (buffer == nullptr || buffer->name != row.level) continue;
        in += row.read.count();
        if (row.operand == Operand::outputs) out += row.write.count();
    }
    if (topology != hw_space::Topology::bus) return core::ceil_div(std::max(in, out), width);
    return core::ceil_div(in + out + sum_of(traffic, chip.dram.name).count(), width);
}

/// What takes longest when everything else is free: "compute", a level, "network", or "overhead".
std::string bound_by(const Schedule& schedule, const Step& step, const std::vector<Traffic>& traffic) {
    const auto& chip = *schedule.accelerator;
    const auto tiles = busiest_tiles(*step.plan);
    std::string bound = "compute";
    auto longest = (tiles / chip.clock).count();
    const auto consider = [&](const std::string& what, double seconds) {
        if (seconds > longest) {
            bound = what;
            longest = seconds;
        }
    };
    for (const auto& buffer : chip.buffers) {
        const auto cycles = core::ceil_div(sum_of(traffic, buffer.name).count(), buffer.per_cycle().count());
        consider(buffer.name, (core::Cycles(cycles) / chip.clock).count());
    }
    consider("network", (core::Cycles(network_cycles(chip, step, traffic)) / chip.clock).count());
    const DramStream dram(chip.dram, chip.dma);
    consider(chip.dram.name, dram.transfer_seconds(sum_of(traffic, chip.dram.name).count()));
    consider("overhead", ((step.plan->compute - tiles) / chip.clock).count());
    return bound;
}

std::string host_bound_by(const hw_space::Host& host, const Step& step) {
    const auto link = ((step.host_in + step.host_out) / host.link).count();
    const auto work = step.host_operations / host.rate.count();
    if (host.launch.count() >= std::max(link, work)) return "overhead";
    return work >= link ? "compute" : "link";
}

/// "a", or "a+b" of a chain.
std::string engine_names(const hw_space::Accelerator& chip, const Step& step) {
    std::string names;
    for (const auto engine : engines_of(step))
        names += (names.empty() ? "" : "+") + hw_space::name(chip.engines.at(static_cast<std::size_t>(engine)));
    return names;
}

std::optional<ChainReport> chain_report(const hw_space::Accelerator& chip, const Step& step) {
    const auto& chain = step.plan->chain;
    if (!chain) return std::nullopt;
    ChainReport report{{}, chain->tiles, chain->rows, chain->cols, chain->cached, chain->recomputed_macs, chain->held};
    for (const auto& lane : chain->lanes) report.engines.push_back(hw_space::name(chip.engines[lane.engine]));
    return report;
}

/// Multiply-accumulates at the engines' own precision that keep multipliers as busy as those of the kernels do.
double full_macs(const Schedule& schedule) {
    double sum = 0;
    for (const auto& step : schedule.steps) {
        const auto& kernel = schedule.dataflow->nodes()[step.node].kernel;
        const auto& engines = schedule.accelerator->engines;
        const auto each =
            step.plan ? products(kernel, engines.at(static_cast<std::size_t>(engines_of(step).front()))) : 1;
        sum += static_cast<double>(kernel.macs()) / static_cast<double>(each);
    }
    return sum;
}

/// What is left after the engine has ended - its last results, other cores, other members of a chain - is `drain`.
/// Each part is rounded to cycles: what is too much then comes off the largest.
Stalls adding_up(Stalls stalls, core::Cycles all) {
    std::array parts{&stalls.prefetch, &stalls.loads, &stalls.stores, &stalls.ports};
    core::Cycles sum;
    for (const auto* part : parts) sum += *part;
    stalls.drain = all - std::min(all, sum);
    if (sum > all) {
        auto* largest = *std::ranges::max_element(parts, {}, [](const auto* part) { return *part; });
        *largest = *largest - std::min(*largest, sum - all);
    }
    return stalls;
}

KernelReport kernel_report(const Schedule& schedule, std::size_t index, const StepTiming& timing,
                           const EnergyTable& table) {
    const auto& step = schedule.steps[index];
    const auto& kernel = schedule.dataflow->nodes()[step.node].kernel;
    const auto& chip = *schedule.accelerator;
    KernelReport report;
    report.name = kernel.name;
    report.op = kernel.op;
    report.engine = "host";
    report.members = kernel.members;
    report.macs = kernel.macs();
    report.density = kernel.density;
    report.start = timing.start;
    report.latency = timing.end - timing.start;
    report.cycles = core::Cycles(static_cast<std::uint64_t>(std::llround(report.latency.count() * chip.clock.count())));
    if (!step.plan) {
        report.bound_by = host_bound_by(chip.host, step);
        return report;
    }
    report.engine = engine_names(chip, step);
    report.chain = chain_report(chip, step);
    report.stall_cycles = report.cycles - std::min(report.cycles, step.plan->compute);
    if (timing.stalls) report.stalls = adding_up(*timing.stalls, report.stall_cycles);
    const auto offered = static_cast<double>(report.cycles.count()) * static_cast<double>(peak_of(chip, step, kernel));
    report.utilization = offered > 0 ? static_cast<double>(report.macs) / offered : 0;
    report.energy = step_energy(schedule, index, table, timing.dram_activates);
    report.traffic = step_traffic(schedule, index);
    report.bound_by = bound_by(schedule, step, report.traffic);
    return report;
}

/// Shares what the chip and its DRAM take for being switched on out to the kernels by their time.
void share_standing_power(Report& report, const EnergyTable& table) {
    Seconds busy;
    for (const auto& kernel : report.kernels) busy += kernel.latency;
    if (!(busy.count() > 0)) return;
    for (auto& kernel : report.kernels) {
        const Seconds time(report.latency.count() * (kernel.latency / busy));
        kernel.energy.leakage += table.leakage * time;
        kernel.energy.dram += table.dram_background * time;
    }
}

void add_up(Report& report, const std::string& dram) {
    for (const auto& kernel : report.kernels) {
        report.energy += kernel.energy.total();
        for (const auto& row : kernel.traffic) {
            if (row.level != dram) continue;
            report.dram_read += row.read;
            report.dram_write += row.write;
        }
    }
}

void set_rates(Report& report, const hw_space::Accelerator& chip, double macs) {
    report.cycles = core::Cycles(static_cast<std::uint64_t>(std::llround(report.latency.count() * chip.clock.count())));
    if (!(report.latency.count() > 0)) return;
    report.power = report.energy / report.latency;
    const auto offered = report.latency.count() * chip.clock.count() * static_cast<double>(chip.peak_macs());
    report.utilization = offered > 0 ? macs / offered : 0;
}

}  // namespace

void check_capacity(const Schedule& schedule) {
    const auto& dram = schedule.accelerator->dram;
    const auto& dataflow = *schedule.dataflow;
    const auto needed = dataflow.weight_bytes() + dataflow.peak_activation_bytes();
    if (needed <= dram.capacity()) return;
    throw core::Error(
        fmt::format("{} on {}: weights and activations take {} bytes, beyond the last address of '{}', "
                    "which holds {} ({} of {} rank{} of {})",
                    dataflow.name(), schedule.accelerator->name, needed.count(), dram.name, to_text(dram.capacity()),
                    dram.channels == 1 ? "1 channel" : fmt::format("{} channels", dram.channels), dram.ranks,
                    dram.ranks == 1 ? "" : "s", dram.standard->name));
}

Bytes moved_into_cores(const Step& step) {
    const auto moved = totals(step.plan->tiles);
    return Bytes(moved.load_bytes[0] + moved.load_bytes[1] + moved.load_bytes[2] + moved.store_bytes) +
           step.side_from_dram + step.side_from_buffer;
}

Seconds host_time(const hw_space::Host& host, const Step& step) {
    return host.launch + (step.host_in + step.host_out) / host.link + Seconds(step.host_operations / host.rate.count());
}

std::vector<Traffic> step_traffic(const Schedule& schedule, std::size_t index) {
    const auto& step = schedule.steps.at(index);
    if (!step.plan) return {};
    const auto dram = dram_bytes(step);
    std::vector<Traffic> rows;
    for (const auto operand : operands)
        rows.push_back({schedule.accelerator->dram.name, operand, Bytes(dram.read[index_of(operand)]),
                        Bytes(operand == Operand::outputs ? dram.written : 0)});
    const auto buffers = buffer_traffic(schedule, step);
    rows.insert(rows.end(), buffers.begin(), buffers.end());
    std::erase_if(rows, [](const Traffic& row) { return row.read + row.write == Bytes(); });
    return rows;
}

EnergyParts step_energy(const Schedule& schedule, std::size_t index, const EnergyTable& table,
                        std::uint64_t activates) {
    const auto& step = schedule.steps.at(index);
    if (!step.plan) return {};
    auto energy = step.plan->energy;
    const auto moved = dram_bytes(step);
    energy.dram = table.dram_read_byte * moved.all_read() + table.dram_write_byte * Bytes(moved.written) +
                  Joules(table.dram_activate.count() * static_cast<double>(activates));
    energy.network += table.core_byte * moved_into_cores(step);
    const auto home = residence(*schedule.accelerator);
    if (!home) return energy;
    const auto& access = table.buffers.at(*home);
    const auto spared = spared_fills(schedule, step);
    energy.buffer -= access.write_byte * Bytes(spared[0] + spared[1]);
    energy.buffer += access.read_byte * step.side_from_buffer;
    return energy;
}

Report build_report(const Schedule& schedule, Fidelity fidelity, const std::vector<StepTiming>& timings) {
    if (timings.size() != schedule.steps.size()) throw std::logic_error("a report needs one timing a step");
    const auto table = energy_table(*schedule.accelerator);
    const auto& dataflow = *schedule.dataflow;
    Report report;
    report.network = dataflow.name();
    report.accelerator = schedule.accelerator->name;
    report.fidelity = fidelity;
    report.batch = dataflow.batch();
    report.area = area(*schedule.accelerator);
    report.macs = dataflow.macs();
    report.parameters = dataflow.parameters();
    report.weight_bytes = dataflow.weight_bytes();
    report.peak_activation_bytes = dataflow.peak_activation_bytes();
    for (std::size_t step = 0; step < timings.size(); ++step) {
        report.kernels.push_back(kernel_report(schedule, step, timings[step], table));
        report.latency = std::max(report.latency, timings[step].end);
    }
    share_standing_power(report, table);
    add_up(report, schedule.accelerator->dram.name);
    set_rates(report, *schedule.accelerator, full_macs(schedule));
    return report;
}

}  // namespace dyad::models
