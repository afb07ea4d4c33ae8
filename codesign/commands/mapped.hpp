// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "codesign/commands/output.hpp"
#include "models/mapper.hpp"
#include "models/mapper/layout.hpp"

namespace dyad::codesign {

/// How `dyad map` goes about it.
struct MapArguments {
    std::string kernel, accelerator, mapping;
    models::Objective objective = models::Objective::edp;
    std::uint64_t evaluations = 0;
    bool exhaustive = false, bypass = false, imperfect = false;
    double seconds = 0;  ///< for each kernel; 0 = no limit
    /// Whether the search may end before it is done, or costs every mapping.
    [[nodiscard]] bool limited() const { return evaluations > 0 || exhaustive || seconds > 0; }
};

/// One mapping of a kernel and its cost, found or given.
struct Mapped {
    models::Kernel kernel;
    std::string engine;
    models::Hierarchy hierarchy;
    models::AccessCounts counts;           ///< of a nest
    std::vector<models::Traffic> traffic;  ///< of a vector kernel
    std::optional<models::Mapping> mapping;
    bool optimal = false;
    std::uint64_t evaluated = 0, pruned = 0, cycles = 0, steady = 0, peak = 0;
    core::Joules energy;
    core::Hertz clock;
    double seconds = 0, gap = 0;
    /// Of an engine: what it decides, absent where the loops of every level were given instead; and what follows.
    std::shared_ptr<const models::KernelPlan> plan;
    std::vector<models::mapper::RoleLayout> layout;
    std::vector<std::string> remarks;  ///< what mappings onto this chip leave out
    [[nodiscard]] double utilization() const;
    [[nodiscard]] double edp() const { return energy.count() * (core::Cycles(cycles) / clock).count(); }
    [[nodiscard]] double steady_edp() const { return energy.count() * (core::Cycles(steady) / clock).count(); }
};

/// Maps kernels onto one chip.
class KernelMapper {
public:
    KernelMapper(const hw_space::Accelerator& chip, const MapArguments& arguments);
    /// Throws core::Error when no engine runs the kernel or nothing fits.
    [[nodiscard]] Mapped map(const models::Kernel& kernel);
    /// Whether some engine runs the kernel.
    [[nodiscard]] bool runs(const models::Kernel& kernel) const;

private:
    [[nodiscard]] Mapped given_to_hierarchy(const core::Document& file, Mapped all) const;
    [[nodiscard]] Mapped given_to_engine(const core::Document& file, Mapped all) const;
    void take(Mapped& all, std::size_t engine, const std::shared_ptr<const models::KernelPlan>& plan) const;
    void search_exactly(Mapped& all) const;
    void search_engines(Mapped& all);
    [[nodiscard]] models::MappedKernel search_engine(const models::Kernel& kernel, std::size_t engine,
                                                     const std::function<bool()>& out_of_time);

    const hw_space::Accelerator& chip_;
    const MapArguments& arguments_;
    const models::EnergyTable energy_;
    models::MapperMemo memo_;
};

[[nodiscard]] nlohmann::ordered_json to_json(const Mapped& all);
[[nodiscard]] std::string to_text(const Mapped& all);
/// Words by level and tensor; bytes of a vector kernel.
[[nodiscard]] Table levels_table(const Mapped& all);

}  // namespace dyad::codesign
