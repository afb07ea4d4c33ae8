// SPDX-License-Identifier: Apache-2.0
#include "models/plan_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/value.hpp"
#include "models/mapper.hpp"
#include "models/mapper/given_array.hpp"
#include "models/mapper/plan.hpp"
#include "models/mapper/plan_passes.hpp"
#include "models/mapping_file.hpp"

namespace dyad::models {
namespace {

using mapper::Problem;
using Plan = std::shared_ptr<const KernelPlan>;

constexpr std::int64_t most = std::int64_t{1} << 40;
constexpr std::pair<const char*, std::uint64_t PassMapping::*> letters[] = {
    {"m", &PassMapping::m}, {"n", &PassMapping::n}, {"e", &PassMapping::e}, {"p", &PassMapping::p},
    {"q", &PassMapping::q}, {"r", &PassMapping::r}, {"t", &PassMapping::t}};

class Reader {
public:
    Reader(const Kernel& kernel, const hw_space::Accelerator& chip, const EnergyTable& energy)
        : kernel_(kernel), chip_(chip), energy_(energy) {}

    std::optional<GivenPlan> read(const core::Value& file) const {
        const auto before = file.errors().messages().size();
        std::optional<GivenPlan> given;
        {
            auto object = file.map();
            const auto plan = object.find("plan"), mapping = object.find("mapping");
            if (plan && mapping)
                file.fail("found both plan and mapping, expected one of them");
            else if (plan)
                given = read_decisions(*plan);
            else if (mapping)
                given = read_loops(*mapping);
            else
                file.fail("missing key 'mapping' (a list of levels) or 'plan' (what an engine does)");
        }
        return file.errors().messages().size() == before && given && given->plan ? given : std::nullopt;
    }

private:
    [[nodiscard]] std::optional<std::size_t> first_engine(const std::string& named) const {
        for (std::size_t e = 0; e < chip_.engines.size(); ++e)
            if ((named.empty() || hw_space::name(chip_.engines[e]) == named) && accepts(chip_.engines[e], kernel_))
                return e;
        return std::nullopt;
    }

    [[nodiscard]] std::optional<Problem> problem(std::size_t engine, const core::Value& place) const {
        auto result = mapper::problem(kernel_, chip_, engine, {}, energy_);
        if (!result)
            place.fail(fmt::format("kernel '{}' does not fit the elements of '{}'", kernel_.name,
                                   hw_space::name(chip_.engines[engine])));
        return result;
    }

    [[nodiscard]] GivenPlan read_decisions(const core::Value& value) const {
        auto object = value.map();
        const auto named = object.find("engine");
        const auto engine = first_engine(named ? named->text() : "");
        const auto loops = object.find("loops"), passes = object.find("passes"), chunks = object.find("chunks");
        if (!engine) {
            named.value_or(value).fail(fmt::format("no engine{} of '{}' runs kernel '{}'",
                                                   named ? " '" + core::shortened(named->text()) + "'" : "", chip_.name,
                                                   kernel_.name));
            return {};
        }
        const auto all = problem(*engine, value);
        if (!all) return {};
        if (!one_of_three(value, *all, {loops.has_value(), passes.has_value(), chunks.has_value()})) return {};
        if (loops) return {*engine, tiles(*loops, *all), {}};
        return {*engine, passes ? in_passes(*passes, *all) : in_chunks(*chunks, *all), {}};
    }

    /// The one key that says how the engine runs this kernel.
    static bool one_of_three(const core::Value& value, const Problem& problem, const std::array<bool, 3>& found) {
        const auto shape = mapper::shape_in_passes(problem);
        const bool in_passes = shape && mapper::best_pass_mapping(problem, *shape);
        const std::array<const char*, 3> keys{"loops", "passes", "chunks"};
        const std::size_t expected = !problem.nest ? 2 : in_passes ? 1 : 0;
        for (std::size_t k = 0; k < keys.size(); ++k)
            if (found[k] != (k == expected)) {
                value.fail(fmt::format("expected `{}`, which is how this engine runs the kernel", keys[expected]));
                return false;
            }
        return true;
    }

    Plan tiles(const core::Value& list, const Problem& problem) const {
        const auto before = list.errors().messages().size();
        const mapper::NestByRole nest(*problem.nest);
        std::vector<TileLoop> loops;
        double tiles = 1;
        for (const auto& item : list.list()) {
            const auto [name, count] = item.single();
            const auto dim = nest.nest->dim(name);
            const auto trips = static_cast<std::uint64_t>(count.integer(1, most));
            tiles *= static_cast<double>(trips);
            if (!dim)
                item.fail("there is no dimension '" + core::shortened(name) + "'");
            else if (trips > 1)
                add_loop(item, nest, *dim, trips, loops);
        }
        if (tiles > static_cast<double>(mapper::most_tiles))
            list.fail(fmt::format("{:g} tiles, expected at most {}", tiles, mapper::most_tiles));
        return list.errors().messages().size() > before ? nullptr : fitting(mapper::plan_tiles(problem, loops), list);
    }

    static void add_loop(const core::Value& item, const mapper::NestByRole& nest, std::size_t dim, std::uint64_t trips,
                         std::vector<TileLoop>& loops) {
        const auto& [name, size] = nest.nest->dims[dim];
        const auto tile = core::ceil_div(size, trips);
        if (core::ceil_div(size, tile) != trips)
            item.fail(fmt::format("{}: {} in tiles of {} makes {} of them, not {}", name, size, tile,
                                  core::ceil_div(size, tile), trips));
        if (std::ranges::find(loops, dim, &TileLoop::dim) != loops.end()) item.fail("two loops over tiles of " + name);
        if (const auto why = mapper::why_never_cut(nest, dim); !why.empty()) item.fail(why);
        loops.push_back({dim, tile, trips});
    }

    static Plan fitting(mapper::TiledPlan tiled, const core::Value& place) {
        if (!tiled.plan) place.fail(tiled.why);
        return std::move(tiled.plan);
    }

    static Plan in_passes(const core::Value& value, const Problem& problem) {
        const auto before = value.errors().messages().size();
        const auto shape = *mapper::shape_in_passes(problem);
        PassMapping mapping{.folds = mapper::folds_of(problem, shape)};
        {
            auto object = value.map();
            for (const auto& [letter, member] : letters)
                mapping.*member =
                    static_cast<std::uint64_t>(object.require(letter, "a whole number from 1").integer(1, most));
        }
        if (value.errors().messages().size() > before) return nullptr;
        const auto fault = mapper::pass_fault(problem, shape, mapping);
        if (!fault) return mapper::plan_passes(problem, shape, mapping);
        value.fail(fmt::format("{}: {}", fault->letter, fault->why));
        return nullptr;
    }

    static Plan in_chunks(const core::Value& value, const Problem& problem) {
        const auto before = value.errors().messages().size();
        const auto chunks = value.integer(1, static_cast<std::int64_t>(mapper::most_chunks(problem)));
        if (value.errors().messages().size() > before) return nullptr;
        auto plan = mapper::plan_chunks(problem, static_cast<std::uint64_t>(chunks));
        if (!plan) value.fail("such chunks do not fit the buffers");
        return plan;
    }

    /// The engine whose registers the list names, or else the first that runs the kernel.
    [[nodiscard]] std::optional<std::size_t> engine_of(const core::Value& list) const {
        for (const auto& item : list.node().items)
            for (const auto& [key, line, column, value] : item.entries)
                if (key == "level" && value.text.ends_with(registers))
                    return first_engine(value.text.substr(0, value.text.size() - registers.size()));
        return first_engine("");
    }

    [[nodiscard]] GivenPlan read_loops(const core::Value& list) const {
        const auto engine = engine_of(list);
        if (!engine) {
            list.fail(fmt::format("no such engine of '{}' runs kernel '{}'", chip_.name, kernel_.name));
            return {};
        }
        const auto& unit = chip_.engines[*engine];
        const auto all = problem(*engine, list);
        if (!all) return {};
        if (!all->nest || !mapper::takes_loops(unit, *all)) {
            list.fail(
                fmt::format("'{}' walks through its tiles in a way of its own: expected `plan`, not the loops of "
                            "every level",
                            hw_space::name(unit)));
            return {};
        }
        std::vector<std::string> levels;
        for (const auto& level : hierarchy(chip_, unit, kernel_, energy_).levels) levels.push_back(level.name);
        auto mapping = parse_levels(list, *all->nest, levels, [&](const Mapping& read) {
            return mapper::array_faults(*all, std::get<hw_space::PeArray>(unit), read);
        });
        if (!mapping) return {};
        auto plan =
            mapper::plan_tiles(mapper::laid_out(*all, *mapping), mapper::loops_over_tiles(*all->nest, *mapping));
        return {*engine, fitting(std::move(plan), list), std::move(mapping)};
    }

    static constexpr std::string_view registers = "/registers";
    const Kernel& kernel_;
    const hw_space::Accelerator& chip_;
    const EnergyTable& energy_;
};

}  // namespace

std::optional<GivenPlan> read_plan(const core::Value& file, const Kernel& kernel, const hw_space::Accelerator& chip,
                                   const EnergyTable& energy) {
    return Reader(kernel, chip, energy).read(file);
}

std::string plan_yaml(const KernelPlan& plan, const Kernel& kernel, const std::string& engine) {
    std::vector<std::string> parts;
    if (plan.passes)
        for (const auto& [letter, member] : letters)
            parts.push_back(fmt::format("{}: {}", letter, (*plan.passes).*member));
    else if (kernel.nest)
        for (const auto& loop : plan.order.loops)
            parts.push_back(fmt::format("{{{}: {}}}", kernel.nest->dims[loop.dim].name, loop.trips));
    const auto joined = fmt::format("{}", fmt::join(parts, ", "));
    const auto decided = plan.passes   ? fmt::format("passes: {{{}}}", joined)
                         : kernel.nest ? fmt::format("loops: [{}]", joined)
                                       : fmt::format("chunks: {}", totals(plan.tiles).tiles);
    return fmt::format("plan: {{engine: {}, {}}}\n", engine, decided);
}

}  // namespace dyad::models
