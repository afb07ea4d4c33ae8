// SPDX-License-Identifier: Apache-2.0
#include "sim/plugin/play_units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <sstream>
#include <string_view>
#include <variant>

#include "core/error.hpp"
#include "sim/plugin/apart.hpp"
#include "sim/plugin/library.hpp"
#include "sim/session.hpp"

namespace dyad::sim {
namespace {

/// A module has stalled when its answer takes this many cycles, or so many steps without time going on.
constexpr double longest_tile = 1e10;
constexpr std::uint64_t most_idle_steps = 1'000'000;
/// A module that never gives control back is ended, and its kernel is an error: of all limits the only one in time of
/// the day, which a slow machine reaches sooner; far beyond what a module of a sane size needs.
constexpr std::chrono::seconds longest_play{60};

/// The module of one unit, and what it said of the tiles that it has seen.
class PluginUnit {
public:
    PluginUnit(const hw_space::CustomUnit& unit, core::Hertz clock)
        : name_(unit.name), clock_(clock.count()), library_(unit.name, unit.plugin) {}

    /// The module plays in a process of its own: it is a stranger's code.
    [[nodiscard]] std::shared_ptr<const models::KernelPlan> play(const models::Kernel& kernel,
                                                                 const models::KernelPlan& plan, models::UnitGap& gap) {
        const auto told = work_apart([&] { return answer(kernel, plan); }, longest_play);
        if (!told.failure.empty()) fail(kernel, "its module " + told.failure);
        if (!told.answer.starts_with(good)) throw core::Error(told.answer);
        auto played = std::make_shared<models::KernelPlan>(plan);
        std::istringstream cycles(told.answer.substr(good.size()));
        for (auto& block : played->tiles)
            for (auto& run : block.runs) cycles >> run.tile.compute_cycles;
        const auto before = models::totals(plan.tiles).compute_cycles;
        const auto after = models::totals(played->tiles).compute_cycles;
        played->compute = plan.compute - core::Cycles(before) + core::Cycles(after);
        gap.file += core::Cycles(before);
        gap.module += core::Cycles(after);
        return played;
    }

private:
    using Key = std::array<std::uint64_t, 5>;
    static constexpr std::string_view good = "cycles ";

    /// The cycles of all runs of tiles, or the complaint.
    std::string answer(const models::Kernel& kernel, const models::KernelPlan& plan) {
        const Session session;
        std::string text(good);
        try {
            module_ = library_.create("unit", clock_);
            run_for(sc_core::SC_ZERO_TIME);  // its processes come to where they wait for work
            for (const auto& block : plan.tiles)
                for (const auto& run : block.runs) text += fmt::format("{} ", cycles(kernel, run.tile));
        } catch (const core::Error& error) {
            text = error.what();
        } catch (const std::exception& error) {
            text = complaint(kernel, fmt::format("its module threw: {}", error.what()));
        } catch (...) {
            text = complaint(kernel, "its module threw");
        }
        module_.reset();
        return text;
    }

    [[nodiscard]] std::string complaint(const models::Kernel& kernel, const std::string& why) const {
        return fmt::format("unit '{}', kernel '{}': {}", name_, kernel.name, why);
    }
    [[noreturn]] void fail(const models::Kernel& kernel, const std::string& why) const {
        tell_sanitizer_of_stack();
        throw core::Error(complaint(kernel, why));
    }

    std::uint64_t cycles(const models::Kernel& kernel, const models::Tile& tile) {
        const auto& read = tile.buffer_read_bytes;
        const Key key{read[0], read[1], read[2], tile.buffer_write_bytes, tile.compute_cycles};
        if (const auto known = seen_.find(key); known != seen_.end()) return known->second;
        return seen_[key] = ask(kernel, {.kernel = kernel.name.c_str(),
                                         .op = kernel.op.c_str(),
                                         .read_bytes = {read[0], read[1], read[2]},
                                         .write_bytes = tile.buffer_write_bytes,
                                         .cycles_by_file = tile.compute_cycles});
    }

    std::uint64_t ask(const models::Kernel& kernel, const plugin::Tile& tile) {
        tell_sanitizer_of_stack();  // starting may throw
        module_->forget();
        const auto begin = sc_core::sc_time_stamp();
        module_->start(tile);
        wait_for_answer(kernel, begin);
        const auto taken = (sc_core::sc_time_stamp() - begin).to_seconds() * clock_;
        const auto answer = module_->has_answered() ? module_->answer() : taken;
        if (!std::isfinite(answer) || answer < 0 || answer > longest_tile)
            fail(kernel, fmt::format("its module says that a tile takes {:g} cycles", answer));
        return static_cast<std::uint64_t>(std::ceil(answer - 1e-6));  // times are whole picoseconds
    }

    /// One step of the simulation at a time, so that neither time nor steps run away.
    void wait_for_answer(const models::Kernel& kernel, const sc_core::sc_time& begin) {
        for (std::uint64_t idle = 0; !module_->is_finished();) {
            if (sc_core::sc_pending_activity_at_current_time()) {
                if (++idle > most_idle_steps)
                    fail(kernel, fmt::format("its module made {} steps without time going on", most_idle_steps));
                run_for(sc_core::SC_ZERO_TIME);
                continue;
            }
            if (!sc_core::sc_pending_activity()) fail(kernel, "its module stalled: nothing is left to happen");
            idle = 0;
            run_for(sc_core::sc_time_to_pending_activity());
            if ((sc_core::sc_time_stamp() - begin).to_seconds() * clock_ > longest_tile)
                fail(kernel, fmt::format("its module stalled: no answer after {:g} cycles", longest_tile));
        }
    }

    const std::string name_;
    const double clock_;
    const PluginLibrary library_;
    std::unique_ptr<plugin::Unit> module_;
    std::map<Key, std::uint64_t> seen_;
};

const hw_space::CustomUnit* plugin_of(const models::Schedule& schedule, std::size_t engine) {
    const auto* unit = std::get_if<hw_space::CustomUnit>(&schedule.accelerator->engines[engine]);
    return unit != nullptr && !unit->plugin.empty() ? unit : nullptr;
}

}  // namespace

std::vector<models::UnitGap> play_units(models::Schedule& schedule) {
    std::vector<models::UnitGap> gaps;
    for (std::size_t e = 0; e < schedule.accelerator->engines.size(); ++e) {
        const auto* unit = plugin_of(schedule, e);
        if (unit == nullptr) continue;
        if (schedule.accelerator->cores.count > 1)
            throw core::Error(fmt::format("unit '{}': a module plays on chips of one core, '{}' has {}", unit->name,
                                          schedule.accelerator->name, schedule.accelerator->cores.count));
        PluginUnit module(*unit, schedule.accelerator->clock);
        models::UnitGap gap{unit->name, {}, {}};
        for (auto& step : schedule.steps)
            if (step.engine == static_cast<int>(e))
                step.plan = module.play(schedule.dataflow->nodes()[step.node].kernel, *step.plan, gap);
        gaps.push_back(std::move(gap));
    }
    return gaps;
}

}  // namespace dyad::sim
