// SPDX-License-Identifier: Apache-2.0
#include "codesign/report/constants.hpp"

#include <fmt/format.h>

namespace dyad::codesign {
namespace {

using hw_space::SramAccess;

template <class Q>
void grow(Q& quantity, double factor) {
    quantity = quantity * factor;
}

void scale_access(SramAccess& fit, double factor) {
    grow(fit.per_bit, factor);
    grow(fit.per_root, factor);
    grow(fit.per_bit_root, factor);
}

void add_arithmetic(std::vector<CostConstant>& all) {
    for (unsigned p = 0; p <= static_cast<unsigned>(core::Precision::fp32); ++p) {
        const auto add = [&](const char* part, auto member) {
            const auto scale = [p, member](Priced& on, double f) { grow(on.technology.operations.at(p).*member, f); };
            all.push_back({fmt::format("arithmetic.{}.{}", core::name(static_cast<core::Precision>(p)), part), scale});
        };
        add("multiply", &hw_space::OperationCost::multiply);
        add("add", &hw_space::OperationCost::add);
        add("multiply_area", &hw_space::OperationCost::multiply_area);
        add("add_area", &hw_space::OperationCost::add_area);
    }
}

void add_sram(std::vector<CostConstant>& all) {
    all.push_back({"sram.read", [](Priced& on, double f) { scale_access(on.technology.sram.read_fit, f); }});
    all.push_back({"sram.write", [](Priced& on, double f) { scale_access(on.technology.sram.write_fit, f); }});
    all.push_back({"sram.area", [](Priced& on, double f) {
                       grow(on.technology.sram.area_per_byte, f);
                       grow(on.technology.sram.area_per_bit_root, f);
                   }});
    all.push_back({"sram.leakage", [](Priced& on, double f) {
                       grow(on.technology.sram.leakage_per_byte, f);
                       grow(on.technology.sram.leakage_per_root, f);
                   }});
}

void add_technology(std::vector<CostConstant>& all) {
    const auto add = [&](const char* name, auto member) {
        all.push_back({name, [member](Priced& on, double f) { grow(on.technology.*member, f); }});
    };
    using hw_space::Technology;
    add("registers.energy", &Technology::register_energy_per_bit);
    add("registers.area", &Technology::register_area_per_bit);
    add("wires.energy", &Technology::wire_energy_per_bit_mm);
    add("logic.leakage", &Technology::logic_leakage_per_mm2);
    add("overhead.area", &Technology::area_overhead);
    add("overhead.energy", &Technology::energy_overhead);
}

void add_dram(std::vector<CostConstant>& all) {
    const auto add = [&](const char* name, auto member) {
        all.push_back({name, [member](Priced& on, double f) { grow(on.dram.*member, f); }});
    };
    using hw_space::DramStandard;
    add("dram.read", &DramStandard::read_bit);
    add("dram.write", &DramStandard::write_bit);
    add("dram.activate", &DramStandard::energy_per_activate);
    add("dram.refresh", &DramStandard::energy_per_refresh);
    add("dram.background", &DramStandard::background);
}

template <class Change>
void each_unit(Priced& on, const Change& change) {
    for (auto& engine : on.chip.engines)
        if (auto* unit = std::get_if<hw_space::CustomUnit>(&engine)) change(*unit);
}

}  // namespace

std::vector<CostConstant> cost_constants() {
    std::vector<CostConstant> all;
    add_arithmetic(all);
    add_sram(all);
    add_technology(all);
    add_dram(all);
    all.push_back({"custom units: energy_per_operation", [](Priced& on, double f) {
                       each_unit(on, [f](auto& unit) { grow(unit.energy_per_operation, f); });
                   }});
    all.push_back({"clock_network", [](Priced& on, double f) { grow(on.chip.clock_network, f); }});
    all.push_back({"register_access", [](Priced& on, double f) {
                       for (auto& engine : on.chip.engines)
                           if (auto* array = std::get_if<hw_space::PeArray>(&engine)) grow(array->register_access, f);
                   }});
    all.push_back(
        {"custom units: area", [](Priced& on, double f) { each_unit(on, [f](auto& unit) { grow(unit.area, f); }); }});
    return all;
}

hw_space::Accelerator scaled(const hw_space::Accelerator& chip, const CostConstant& constant, double factor) {
    Priced priced{chip, *chip.technology, *chip.dram.standard};
    constant.scale(priced, factor);
    priced.chip.technology = std::make_shared<const hw_space::Technology>(std::move(priced.technology));
    priced.chip.dram.standard = std::make_shared<const hw_space::DramStandard>(std::move(priced.dram));
    return std::move(priced.chip);
}

}  // namespace dyad::codesign
