// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <nlohmann/json.hpp>

#include "codesign/commands/command.hpp"
#include "core/files.hpp"
#include "core/value.hpp"
#include "models/exact/exact.hpp"
#include "models/kernel_file.hpp"
#include "models/mapper.hpp"
#include "models/mapping_file.hpp"

namespace dyad::codesign {
namespace {

using models::Objective;
using Json = nlohmann::ordered_json;

struct Arguments {
    std::string kernel, accelerator, mapping;
    Objective objective = Objective::edp;
    std::uint64_t evaluations = 0;
    bool exhaustive = false;
    double seconds = 0;  ///< 0 = no limit
};

/// One mapping of a kernel and its cost, found or given.
struct Mapped {
    models::Kernel kernel;
    std::string engine;
    models::Hierarchy hierarchy;
    models::AccessCounts counts;
    std::optional<models::Mapping> mapping;
    bool optimal = false;
    std::uint64_t evaluated = 0, pruned = 0, cycles = 0, steady = 0, peak = 0;
    core::Joules energy;
    core::Hertz clock;
    double seconds = 0, gap = 0;
    [[nodiscard]] double utilization() const {
        return static_cast<double>(kernel.macs()) / (static_cast<double>(cycles) * static_cast<double>(peak));
    }
    [[nodiscard]] double steady_edp() const { return energy.count() * (core::Cycles(steady) / clock).count(); }
    [[nodiscard]] double edp() const { return energy.count() * (core::Cycles(cycles) / clock).count(); }
};

std::size_t first_engine(const hw_space::Accelerator& chip, const models::Kernel& kernel) {
    for (std::size_t e = 0; e < chip.engines.size(); ++e)
        if (models::accepts(chip.engines[e], kernel)) return e;
    throw core::Error(fmt::format("no engine of '{}' runs kernel '{}'", chip.name, kernel.name));
}

/// The hierarchy that a mapping file speaks of, and the bits that a word of each operand takes in it.
std::pair<models::Hierarchy, std::array<unsigned, 3>> hierarchy_of(const hw_space::Accelerator& chip,
                                                                   std::size_t engine, const models::Kernel& kernel) {
    if (chip.hierarchy) {
        const auto bits = chip.hierarchy->multiplier_bits;
        return {models::storage_levels(*chip.hierarchy), {bits, bits, bits}};
    }
    return {
        models::hierarchy(chip, chip.engines[engine], kernel, models::energy_table(chip)),
        {core::bits(kernel.weight_precision), core::bits(kernel.input_precision), core::bits(kernel.output_precision)}};
}

/// Costs the mapping at hand: found or given, the figures are the same.
void cost(Mapped& all) {
    all.counts = models::count_accesses(*all.kernel.nest, all.hierarchy, *all.mapping);
    all.steady = models::steady_cycles(all.hierarchy, all.counts);
    all.cycles = all.steady + models::fill_and_drain_cycles(all.hierarchy, all.counts);
    all.energy = models::access_energy(*all.kernel.nest, all.hierarchy, all.counts);
}

/// Costs the mapping of a file.
void cost_given(Mapped& all, const std::string& file, const std::array<unsigned, 3>& bits) {
    const auto document = core::read_document(core::find_config(file, "mappings"));
    std::vector<std::string> levels;
    for (const auto& level : all.hierarchy.levels) levels.push_back(level.name);
    core::Errors errors;
    all.mapping = models::parse_mapping(core::Value(*document, nullptr, errors), *all.kernel.nest, levels);
    errors.throw_if_any();
    for (auto& why : models::why_invalid(*all.kernel.nest, all.hierarchy, *all.mapping, bits))
        errors.add(file + ": " + why);
    errors.throw_if_any();
    cost(all);
    all.evaluated = 1;
}

/// The best mapping onto a hierarchy that is given as it stands.
void search_exactly(Mapped& all, const hw_space::ExplicitHierarchy& hierarchy, const Arguments& arguments) {
    models::ExactOptions options{arguments.objective, arguments.exhaustive, arguments.evaluations, {}};
    const auto start = std::chrono::steady_clock::now();
    if (arguments.seconds > 0)
        options.out_of_time = [start, limit = std::chrono::duration<double>(arguments.seconds)] {
            return std::chrono::steady_clock::now() - start >= limit;
        };
    const auto found = models::map_exactly(*all.kernel.nest, hierarchy, options);
    if (!found)
        throw core::Error(fmt::format("no mapping of kernel '{}' fits the levels and constraints", all.kernel.name));
    all.mapping = found->mapping;
    all.optimal = found->optimal;
    all.gap = found->gap;
    all.evaluated = found->evaluated;
    all.pruned = found->pruned;
    cost(all);
}

double value(const models::KernelPlan& plan, Objective objective) {
    const auto cycles = static_cast<double>(plan.cycles.count()), energy = plan.energy.total().count();
    return objective == Objective::latency ? cycles : objective == Objective::energy ? energy : cycles * energy;
}

/// The best plan over all engines that run the kernel.
void search(Mapped& all, const hw_space::Accelerator& chip, const Arguments& arguments) {
    models::MapperMemo memo;
    std::shared_ptr<const models::KernelPlan> best;
    for (std::size_t e = 0; e < chip.engines.size(); ++e) {
        const auto plan = models::map_kernel(
            all.kernel, chip, e, {.objective = arguments.objective, .evaluations = arguments.evaluations}, memo);
        if (!plan || (best && value(*plan, arguments.objective) >= value(*best, arguments.objective))) continue;
        best = plan;
        all.engine = name(chip.engines[e]);
        all.peak = hw_space::peak_macs(chip.engines[e]);
        all.hierarchy = models::hierarchy(chip, chip.engines[e], all.kernel, models::energy_table(chip));
    }
    if (!best)
        throw core::Error(fmt::format("no tile of kernel '{}' fits the buffers of '{}'", all.kernel.name, chip.name));
    all.counts = best->counts;
    all.mapping = best->mapping;
    all.optimal = best->optimal;
    all.evaluated = best->evaluated;
    all.pruned = best->pruned;
    all.cycles = best->cycles.count();
    all.steady = best->compute.count();
    all.energy = best->energy.total();
}

Mapped map(const Arguments& arguments) {
    Mapped all;
    all.kernel = models::read_kernel(arguments.kernel);
    const auto file = core::read_document(core::find_config(arguments.accelerator, "accelerators"));
    const auto chip = hw_space::read_accelerator(*file);
    all.clock = chip.clock;
    if (!chip.hierarchy && (arguments.exhaustive || arguments.seconds > 0))
        throw core::Error(
            fmt::format("--exhaustive and --time need an accelerator with a hierarchy, '{}' has engines", chip.name));
    const auto engine = first_engine(chip, all.kernel);
    const auto start = std::chrono::steady_clock::now();
    if (arguments.mapping.empty() && !chip.hierarchy) {
        search(all, chip, arguments);
    } else {
        all.engine = name(chip.engines[engine]);
        all.peak = hw_space::peak_macs(chip.engines[engine]);
        auto [hierarchy, bits] = hierarchy_of(chip, engine, all.kernel);
        all.hierarchy = std::move(hierarchy);
        if (arguments.mapping.empty())
            search_exactly(all, *chip.hierarchy, arguments);
        else
            cost_given(all, arguments.mapping, bits);
    }
    all.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return all;
}

Json kernel_json(const models::Kernel& kernel) {
    Json dims = Json::object();
    for (const auto& dim : kernel.nest->dims) dims[dim.name] = dim.size;
    return {{"name", kernel.name}, {"op", kernel.op}, {"dimensions", dims}, {"macs", kernel.macs()}};
}

Json mapping_json(const Mapped& all) {
    if (!all.mapping) return Json::object();
    Json levels = Json::array();
    for (std::size_t l = 0; l < all.hierarchy.levels.size(); ++l) {
        const auto& level = all.mapping->levels[l];
        Json keeps = Json::array(), loops = Json::array();
        for (const auto operand : models::operands)
            if (level.keeps[static_cast<std::size_t>(operand)]) keeps.push_back(name(operand));
        for (const auto& loop : level.loops)
            loops.push_back({{"dim", all.kernel.nest->dims[loop.dim].name},
                             {"factor", loop.factor},
                             {"axis", loop.axis == models::LoopAxis::temporal ? "time"
                                      : loop.axis == models::LoopAxis::rows   ? "rows"
                                                                              : "cols"}});
        levels.push_back({{"level", all.hierarchy.levels[l].name}, {"keeps", keeps}, {"loops", loops}});
    }
    return {{"levels", levels}};
}

/// Calls `visit(level, operand, counts)` for every level that holds something.
template <class Visit>
void each_level(const Mapped& all, const Visit& visit) {
    for (std::size_t l = 0; l < all.counts.levels.size(); ++l)
        for (const auto operand : models::operands)
            if (const auto& c = all.counts.levels[l][static_cast<std::size_t>(operand)]; c.instances > 0)
                visit(all.hierarchy.levels[l].name, name(operand), c);
}

Json to_json(const Mapped& all) {
    Json levels = Json::array();
    each_level(all, [&](const std::string& level, const char* tensor, const models::LevelCounts& c) {
        levels.push_back({{"level", level},
                          {"tensor", tensor},
                          {"instances", c.instances},
                          {"tile_words", c.tile_words},
                          {"reads", c.reads},
                          {"fills", c.fills},
                          {"updates", c.updates}});
    });
    return {{"schema", "dyad/mapping/1"},
            {"kernel", kernel_json(all.kernel)},
            {"engine", all.engine},
            {"optimal", all.optimal},
            {"gap", all.gap},
            {"evaluated", all.evaluated},
            {"pruned", all.pruned},
            {"seconds", all.seconds},
            {"cost",
             {{"cycles", all.cycles},
              {"steady_cycles", all.steady},
              {"energy_j", all.energy.count()},
              {"edp_js", all.edp()},
              {"steady_edp_js", all.steady_edp()},
              {"utilization", all.utilization()}}},
            {"levels", levels},
            {"mapping", mapping_json(all)}};
}

Table levels_table(const Mapped& all) {
    Table table({"level", "tensor", "instances", "tile words", "reads", "fills", "updates"});
    each_level(all, [&](const std::string& level, const char* tensor, const models::LevelCounts& c) {
        table.add({level, tensor, std::to_string(c.instances), std::to_string(c.tile_words), std::to_string(c.reads),
                   std::to_string(c.fills), std::to_string(c.updates)});
    });
    return table;
}

std::string to_text(const Mapped& all) {
    auto text =
        fmt::format("{} on {}: {} cycles ({} in steady state), {}, {:.1f} % of the multipliers\n", all.kernel.name,
                    all.engine, all.cycles, all.steady, core::to_text(all.energy), 100 * all.utilization());
    if (!all.optimal && all.evaluated > 1)
        text += all.gap > 0 ? fmt::format("the search was cut short: a mapping up to {:.3g} % better may exist\n",
                                          100 * all.gap)
                            : "the search was cut short: a better mapping may exist\n";
    text += "\n" + levels_table(all).text();
    if (!all.mapping) return text;
    std::vector<std::string> levels;
    for (const auto& level : all.hierarchy.levels) levels.push_back(level.name);
    return text + "\n" + models::mapping_yaml(*all.mapping, *all.kernel.nest, levels);
}

int run_map(const Arguments& arguments, const Output& output) {
    const auto all = map(arguments);
    print(output, output.format == Format::json  ? json_text(to_json(all))
                  : output.format == Format::csv ? levels_table(all).csv()
                                                 : to_text(all));
    return good;
}

}  // namespace

Action define_map(CLI::App& app, std::shared_ptr<Output> output) {
    auto a = std::make_shared<Arguments>();
    const std::map<std::string, Objective> objectives{
        {"latency", Objective::latency}, {"energy", Objective::energy}, {"edp", Objective::edp}};
    app.add_option("KERNEL", a->kernel, "conv:N,C,H,W,K,R,S,stride,pad[,groups], gemm:M,N,K, or a kernel file")
        ->required();
    app.add_option("ACCELERATOR", a->accelerator, "an accelerator file, or the name of one")->required();
    app.add_option("--mapping", a->mapping, "cost this mapping instead of searching for the best")->option_text("FILE");
    app.add_option("--objective", a->objective, "latency, energy or edp (default)")
        ->transform(CLI::CheckedTransformer(objectives).description(""))
        ->option_text("GOAL");
    app.add_option("--evaluations", a->evaluations, "stop after so many mappings (default: when done)")
        ->option_text("N");
    app.add_option("--time", a->seconds, "stop after so many seconds (chips given as a hierarchy)")
        ->check(CLI::PositiveNumber.description(""))
        ->option_text("SECONDS");
    app.add_flag("--exhaustive", a->exhaustive, "cost every mapping (chips given as a hierarchy): slow");
    return [=] { return run_map(*a, *output); };
}

}  // namespace dyad::codesign
