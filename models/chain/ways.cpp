// SPDX-License-Identifier: Apache-2.0
#include "models/chain/ways.hpp"

#include <array>
#include <bit>

#include "models/analytic/tile_pipeline.hpp"
#include "models/mapper/memo.hpp"

namespace dyad::models::chain {
namespace {

/// What an estimate reads of a chip and no kind of member says.
mapper::Key surroundings(const hw_space::Accelerator& chip, const EnergyTable& energy, const DramStream& dram) {
    mapper::Key key;
    const auto add = [&key](double number) { key.push_back(std::bit_cast<std::uint64_t>(number)); };
    for (const auto word : std::bit_cast<std::array<std::uint64_t, sizeof(DramStream) / sizeof(std::uint64_t)>>(dram))
        key.push_back(word);
    key.push_back(static_cast<std::uint64_t>(chip.network.topology));
    key.push_back(chip.network.width.count());
    add(chip.clock.count());
    for (const auto joules : {energy.dram_read_byte, energy.dram_write_byte, energy.dram_activate}) add(joules.count());
    for (const auto watts : {energy.leakage, energy.dram_background}) add(watts.count());
    return key;
}

}  // namespace

Ways::Ways(const hw_space::Accelerator& accelerator, const MapOptions& options, const EnergyTable& energy,
           MapperMemo& memo)
    : chip_(accelerator),
      energy_(energy),
      memo_(memo),
      slices_(accelerator, options, energy, memo),
      dram_(accelerator, 1),
      surroundings_(
          memo.impl().chains.number(memo.impl().chains.surroundings, surroundings(accelerator, energy, dram_))) {}

mapper::Key Ways::key(const std::vector<Member>& members, const Shape& shape) {
    mapper::Key key;
    key.reserve(members.size() + 9);  // and what estimate() adds
    for (const auto& member : members) key.push_back(slices_.kind(member));
    for (const auto number : {shape.rows, shape.cols, std::uint64_t{shape.cached}}) key.push_back(number);
    return key;
}

Space Ways::space(const std::vector<Member>& members, const Shape& shape) {
    return memo_.impl().chains.spaces.get(key(members, shape), [&] { return chain::space(members, shape, chip_); });
}

std::shared_ptr<const KernelPlan> Ways::plan(const std::vector<Member>& members, const Shape& shape) {
    return memo_.impl().chains.plans.get(key(members, shape), [&] { return build(members, shape, slices_); });
}

Estimate Ways::estimate(const std::vector<Member>& members, const Shape& shape, const Schedule& schedule) {
    const auto& step = schedule.steps.front();
    auto known = key(members, shape);
    for (const auto number :
         {surroundings_, static_cast<std::uint64_t>(step.inputs), static_cast<std::uint64_t>(step.outputs),
          step.prefetch.count(), step.side_from_dram.count(), step.side_from_buffer.count()})
        known.push_back(number);
    return memo_.impl().chains.estimates.get(std::move(known), [&] { return estimate(schedule); });
}

Estimate Ways::estimate(const Schedule& schedule) const {
    const auto time = time_alone(schedule, 0, dram_, {});
    const core::Seconds seconds(time.duration);
    const auto energy = step_energy(schedule, 0, energy_, static_cast<std::uint64_t>(time.activates));
    return {seconds, energy.total() + (energy_.leakage + energy_.dram_background) * seconds};
}

}  // namespace dyad::models::chain
