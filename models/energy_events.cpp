// SPDX-License-Identifier: Apache-2.0
#include "models/energy_events.hpp"

#include <algorithm>

#include "models/mapper/problem.hpp"
#include "models/report_builder.hpp"

namespace dyad::models {
namespace {

using hw_space::Accelerator;

template <class Item>
std::size_t place_of(const std::vector<Item>& items, const std::string& name) {
    const auto found = std::ranges::find(items, name, &Item::name);
    return static_cast<std::size_t>(found - items.begin());
}

const Kernel& kernel_of(const Schedule& schedule, const Step& step) {
    return schedule.dataflow->nodes()[step.node].kernel;
}

double custom_price(const Accelerator& chip, std::size_t engine, const EnergyTable& table) {
    const auto& unit = std::get<hw_space::CustomUnit>(chip.engines[engine]);
    return unit.parts ? table.unit_cycle[engine].count() : unit.energy_per_operation.count();
}

}  // namespace

double EnergyEvents::price(const Event& event, const Accelerator& chip, const EnergyTable& table) {
    const auto precision = [](unsigned number) { return static_cast<core::Precision>(number); };
    switch (event.kind) {
        case Kind::mac:
            return table.mac(chip.engines[event.place], precision(event.first), precision(event.second)).count();
        case Kind::operation:
            return table.vector_op(static_cast<hw_space::VectorOp>(event.first), precision(event.second)).count();
        case Kind::custom:
            return custom_price(chip, event.place, table);
        case Kind::storage:
            return table.register_bits[event.place][event.first].count();
        case Kind::buffer_read:
            return table.buffers[event.place].read_byte.count();
        case Kind::buffer_write:
            return table.buffers[event.place].write_byte.count();
        case Kind::dram_read:
            return table.dram_read_byte.count();
        case Kind::dram_write:
            return table.dram_write_byte.count();
        case Kind::activate:
            return table.dram_activate.count();
        case Kind::background:
            return table.dram_background.count();
        case Kind::leakage:
            return table.leakage.count();
        case Kind::wire:
            return table.wire_byte.count();
        case Kind::core:
            return table.core_byte.count();
    }
    return 0;
}

void EnergyEvents::spend(const Event& event, double joules) {
    const auto same = std::ranges::find(shares_, event, &Share::event);
    if (same == shares_.end())
        shares_.push_back({event, joules, 0});
    else
        same->joules += joules;
}

/// Multiply-accumulates take what they cost; the rest goes to elementary operations, by what each of them costs. A
/// chain counts as multiply-accumulates of its first engine.
void EnergyEvents::add_arithmetic(const Schedule& schedule, const Step& step, double joules) {
    const auto& kernel = kernel_of(schedule, step);
    const auto& chip = *schedule.accelerator;
    const auto engine = static_cast<std::size_t>(step.engine);
    if (std::holds_alternative<hw_space::CustomUnit>(chip.engines[engine]))
        return spend({Kind::custom, engine}, joules);
    const auto problem = mapper::problem(kernel, chip, engine, {}, table_);
    const double macs = problem ? static_cast<double>(kernel.macs()) * problem->mac_energy : joules;
    const double whole = macs + (problem ? problem->vector_energy : 0);
    const double scale = whole > 0 ? joules / whole : 0;
    spend({Kind::mac, engine, static_cast<unsigned>(kernel.weight_precision),
           static_cast<unsigned>(kernel.input_precision)},
          macs * scale);
    if (!problem || problem->vector_energy == 0) return;
    const auto counts = mapper::operations(kernel);
    for (unsigned op = 0; op < counts.size(); ++op) {
        const Event event{Kind::operation, engine, op, static_cast<unsigned>(kernel.output_precision)};
        if (counts[op] > 0) spend(event, static_cast<double>(counts[op]) * price(event, chip, table_) * scale);
    }
}

/// By the accesses of each operand's storage.
void EnergyEvents::add_storage(const Step& step, double joules) {
    const auto engine = static_cast<std::size_t>(step.engine);
    std::array<double, 3> weights{};
    double sum = 0;
    for (const auto operand : operands) {
        const auto at = static_cast<std::size_t>(operand);
        if (step.plan->counts.levels.empty()) break;
        const auto& level = step.plan->counts.levels.back()[at];
        weights[at] = static_cast<double>(level.reads + level.updates) * table_.register_bits[engine][at].count();
        sum += weights[at];
    }
    if (sum == 0) sum = weights[0] = 1;
    for (unsigned at = 0; at < weights.size(); ++at) spend({Kind::storage, engine, at}, joules * weights[at] / sum);
}

void EnergyEvents::add_network(const Schedule& schedule, const Step& step, double joules) {
    const auto cores = std::min(joules, (table_.core_byte * moved_into_cores(step)).count());
    if (schedule.accelerator->cores.given) spend({Kind::core}, cores);
    spend({Kind::wire}, joules - cores);
}

/// What the plan spent at buffers, by the bytes that cross each.
void EnergyEvents::add_buffers(const KernelReport& kernel, const Accelerator& chip) {
    std::vector<std::pair<Event, double>> events;
    double sum = 0;
    for (const auto& row : kernel.traffic) {
        const auto place = place_of(chip.buffers, row.level);
        if (place == chip.buffers.size()) continue;
        events.emplace_back(Event{Kind::buffer_read, place}, (table_.buffers[place].read_byte * row.read).count());
        events.emplace_back(Event{Kind::buffer_write, place}, (table_.buffers[place].write_byte * row.write).count());
    }
    for (const auto& [event, joules] : events) sum += joules;
    for (const auto& [event, joules] : events)
        if (sum > 0) spend(event, kernel.energy.buffer.count() * joules / sum);
}

/// Bytes and standing power have known prices; what is left of DRAM's energy opened rows.
void EnergyEvents::add_dram(const Report& report, const Accelerator& chip) {
    double all = 0, read = 0, write = 0, leakage = 0;
    for (const auto& kernel : report.kernels) {
        all += kernel.energy.dram.count();
        leakage += kernel.energy.leakage.count();
        for (const auto& row : kernel.traffic) {
            if (row.level != chip.dram.name) continue;
            read += (table_.dram_read_byte * row.read).count();
            write += (table_.dram_write_byte * row.write).count();
        }
    }
    const double standing = (table_.dram_background * report.latency).count();
    spend({Kind::dram_read}, read);
    spend({Kind::dram_write}, write);
    spend({Kind::background}, standing);
    spend({Kind::activate}, std::max(0.0, all - read - write - standing));
    spend({Kind::leakage}, leakage);
}

EnergyEvents::EnergyEvents(const Schedule& schedule, const Report& report)
    : table_(energy_table(*schedule.accelerator)) {
    for (std::size_t s = 0; s < schedule.steps.size(); ++s) {
        const auto& step = schedule.steps[s];
        if (!step.plan) continue;
        const auto& energy = report.kernels[s].energy;
        add_arithmetic(schedule, step, energy.mac.count());
        add_storage(step, energy.reg.count());
        add_network(schedule, step, energy.network.count());
        add_buffers(report.kernels[s], *schedule.accelerator);
    }
    add_dram(report, *schedule.accelerator);
    std::erase_if(shares_, [](const Share& share) { return share.joules == 0; });
    for (auto& share : shares_) share.price = price(share.event, *schedule.accelerator, table_);
}

core::Joules EnergyEvents::on(const Accelerator& chip) const {
    const auto table = energy_table(chip);
    double sum = 0;
    for (const auto& share : shares_)
        sum += share.price > 0 ? share.joules * price(share.event, chip, table) / share.price : share.joules;
    return core::Joules(sum);
}

}  // namespace dyad::models
