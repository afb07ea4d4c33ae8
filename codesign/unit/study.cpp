// SPDX-License-Identifier: Apache-2.0
#include "codesign/unit/study.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "codesign/unit/amdahl.hpp"
#include "codesign/unit/best_size.hpp"
#include "models/energy.hpp"
#include "models/report.hpp"
#include "sim/simulate.hpp"

namespace dyad::codesign {
namespace {

using hw_space::Accelerator;
using models::Report;
using Networks = std::vector<std::shared_ptr<const models::Dataflow>>;

Figures figures(const Report& report) { return {report.latency.count(), report.energy.count(), report.area.count()}; }

std::vector<Figures> figures(const std::vector<Report>& reports) {
    std::vector<Figures> all;
    for (const auto& report : reports) all.push_back(figures(report));
    return all;
}

double busy_time(const Report& report) {
    double sum = 0;
    for (const auto& kernel : report.kernels) sum += kernel.latency.count();
    return sum;
}

const models::KernelReport* find(const Report& report, const std::string& kernel) {
    const auto found = std::ranges::find(report.kernels, kernel, &models::KernelReport::name);
    return found == report.kernels.end() ? nullptr : &*found;
}

std::vector<MovedKernel> moved_kernels(const std::string& unit, const Report& without, const Report& with) {
    std::vector<MovedKernel> moved;
    for (const auto& kernel : with.kernels) {
        const auto* before = find(without, kernel.name);
        if (kernel.engine != unit || before == nullptr) continue;
        moved.push_back(
            {kernel.name, kernel.op, before->engine, kernel.macs, before->latency.count(), kernel.latency.count()});
    }
    return moved;
}

std::vector<Bound> bounds(const std::string& unit, const Report& report) {
    std::map<std::pair<std::string, std::string>, double> sums;
    for (const auto& kernel : report.kernels)
        if (kernel.engine != unit) sums[{kernel.engine, kernel.bound_by}] += kernel.latency.count();
    std::vector<Bound> all;
    for (const auto& [key, sum] : sums) all.push_back({key.first, key.second, sum / busy_time(report)});
    std::ranges::stable_sort(all, std::greater{}, &Bound::share);
    return all;
}

/// Everything about one network but the chips of other sizes.
NetworkStudy network_study(const UnitOnChip& unit, const models::Dataflow& network, const Report& without,
                           const Report& with, const Report& free) {
    NetworkStudy s{.network = network.name(), .without = figures(without), .with = figures(with)};
    s.kernels = network.nodes().size();
    for (const auto& node : network.nodes()) s.accepted += models::accepts(unit.engine, node.kernel) ? 1 : 0;
    s.moved = moved_kernels(unit.name, without, with);
    s.rest = bounds(unit.name, with);
    double before = 0, after = 0, macs = 0;
    for (const auto& kernel : s.moved) {
        before += kernel.before;
        after += kernel.after;
        macs += static_cast<double>(kernel.macs);
    }
    s.time_share = before / busy_time(without);
    s.macs_share = without.macs == 0 ? 0 : macs / static_cast<double>(without.macs);
    if (after > 0) s.acceleration = before / after;
    s.limit = amdahl_speedup(s.time_share, std::numeric_limits<double>::infinity());
    // It could be used as the real one is, where the mapper's closed forms chose worse.
    s.infinitely_fast = without.latency / std::min(free.latency, with.latency);
    for (const auto& gap : with.plugins)
        if (gap.unit == unit.name) s.module_gap = gap.relative();
    if (s.moved.empty()) return s;
    s.break_even = break_even_share(s.with.area / s.without.area, s.acceleration);
    if (s.break_even && s.macs_share > 0) s.break_even_macs = *s.break_even * s.macs_share / s.time_share;
    if (s.break_even_macs && *s.break_even_macs > 1) s.break_even_macs.reset();
    return s;
}

/// Plays, and remembers what the mapper found.
class Player {
public:
    Player(const Networks& networks, models::Objective objective) : networks_(networks), objective_(objective) {}
    /// Kernel by kernel, so that it can be said what each of them gains; or in chains.
    std::vector<Report> play(const Accelerator& chip, bool chains = false) {
        const auto shared = std::make_shared<const Accelerator>(chip);
        const models::MapOptions options{.objective = objective_, .chains = chains};
        std::vector<Report> reports;
        for (const auto& network : networks_)
            reports.push_back(sim::simulate(models::map_all(network, shared, options, memo_)));
        return reports;
    }

private:
    const Networks& networks_;
    models::Objective objective_;
    models::MapperMemo memo_;
};

std::string better(double gain) {
    return gain >= 1 ? fmt::format("{:.2f} times better", gain) : fmt::format("{:.2f} times worse", 1 / gain);
}

/// What the unit itself spends: its arithmetic and registers.
double unit_energy(const std::string& unit, const Report& report) {
    double sum = 0;
    for (const auto& kernel : report.kernels)
        if (kernel.engine == unit) sum += (kernel.energy.mac + kernel.energy.reg).count();
    return sum;
}

class StudyMaker {
public:
    StudyMaker(const UnitOnChip& unit, const Networks& networks, const StudyOptions& options)
        : unit_(unit), networks_(networks), options_(options), player_(networks, options.objective) {}

    Study run() {
        describe();
        say("with and without");
        without_ = player_.play(unit_.without);
        with_ = player_.play(unit_.with);
        const auto free = player_.play(with_engine(unit_.with, infinitely_fast(unit_.engine)));
        for (std::size_t n = 0; n < networks_.size(); ++n)
            result_.networks.push_back(network_study(unit_, *networks_[n], without_[n], with_[n], free[n]));
        result_.gains = gains_of(figures(without_), figures(with_));
        if (result_.used()) {
            in_chains();
            equal_area();
            sensitivity();
        }
        result_.verdict = verdict();
        return std::move(result_);
    }

private:
    void say(const std::string& what) const {
        if (options_.progress) options_.progress(what);
    }

    void describe() {
        result_.unit = unit_.name;
        result_.source = unit_.source;
        result_.note = unit_.note;
        result_.accelerator = unit_.without.name;
        result_.objective = options_.objective;
        result_.batch = networks_.front()->batch();
        result_.area_without = models::area(unit_.without).count();
        result_.area_unit = models::area(unit_.with).count() - result_.area_without;
        result_.size = size_of(unit_.without);
    }

    void in_chains() {
        say("in chains");
        const auto without = figures(player_.play(unit_.without, true)), with = figures(player_.play(unit_.with, true));
        for (std::size_t n = 0; n < networks_.size(); ++n) {
            result_.networks[n].chained_without = without[n];
            result_.networks[n].chained_with = with[n];
        }
        result_.chained_gains = gains_of(without, with);
    }

    std::optional<SizedChip> sized(const std::string& what, std::size_t chip, double budget) {
        say(what);
        const auto best = best_size(*pool_, *evaluator_, chip, core::SquareMillimetres(budget), known_);
        if (!best) return std::nullopt;
        const auto& sizes = evaluator_->sizes(chip);
        const auto size = sizes.at(best->step);
        return SizedChip{what,           chip == 0, budget,
                         best->area,     size,      figures(player_.play(resized(sizes.chip(), size))),
                         best->looked_at};
    }

    void equal_area() {
        evaluator_.emplace(std::vector<Sizes>{Sizes(unit_.with), Sizes(unit_.without)}, networks_, options_.objective);
        pool_ = options_.workers > 0 ? process_pool(*evaluator_, {.workers = options_.workers})
                                     : in_process_pool(*evaluator_);
        const double without = result_.area_without, with = without + result_.area_unit;
        const auto keep = [&](std::optional<SizedChip> chip) {
            if (chip) result_.sized.push_back(std::move(*chip));
        };
        keep(sized("with the unit, at equal area", 0, without));
        keep(sized("without it, best of that area", 1, without));
        keep(sized("without it, at the area with it", 1, with));
        if (result_.sized.size() < 3) return;
        for (std::size_t n = 0; n < networks_.size(); ++n) {
            auto& network = result_.networks[n];
            const auto larger = network.without.latency / result_.sized[2].figures[n].latency;
            network.break_even_array = break_even_share(larger, network.acceleration);
        }
    }

    void sensitivity() {
        for (const double factor : {0.5, 1.5}) {
            say(fmt::format("rate x {}", factor));
            const auto chip = with_engine(unit_.with, at_rate(unit_.engine, factor));
            result_.sensitivity.push_back({"rate",
                                           factor,
                                           models::area(chip).count(),
                                           gains_of(figures(without_), figures(player_.play(chip))),
                                           {}});
        }
        for (const double factor : {0.5, 1.5}) result_.sensitivity.push_back(energy_changed(factor));
        for (const double factor : {0.5, 1.5}) result_.sensitivity.push_back(area_changed(factor));
    }

    /// The mapping stays as it is.
    [[nodiscard]] Sensitivity energy_changed(double factor) const {
        auto with = figures(with_);
        for (std::size_t n = 0; n < with.size(); ++n)
            with[n].energy += (factor - 1) * unit_energy(unit_.name, with_[n]);
        return {"energy", factor, with.front().area, gains_of(figures(without_), with), {}};
    }

    /// A larger unit leaves less to the rest.
    [[nodiscard]] Sensitivity area_changed(double factor) {
        const double more = (factor - 1) * result_.area_unit;
        Sensitivity changed{"area", factor, result_.area_without + result_.area_unit + more, result_.gains, {}};
        if (const auto chip = sized(fmt::format("area x {}", factor), 0, result_.area_without - more))
            changed.equal_area = gains_of(figures(without_), chip->figures);
        return changed;
    }

    [[nodiscard]] std::string verdict() const;

    const UnitOnChip& unit_;
    const Networks& networks_;
    const StudyOptions& options_;
    Player player_;
    std::vector<Report> without_, with_;
    std::optional<SizeEvaluator> evaluator_;
    std::unique_ptr<EvaluatorPool> pool_;
    SizeScores known_;
    Study result_;
};

std::string StudyMaker::verdict() const {
    if (!result_.used()) {
        std::size_t accepted = 0;
        std::set<std::string> ops;
        for (const auto& network : result_.networks) accepted += network.accepted;
        for (const auto& network : networks_)
            for (const auto& node : network->nodes()) ops.insert(node.kernel.op);
        if (accepted > 0)
            return fmt::format("{} is not used: it accepts {} kernels, but {} runs each of them better without it",
                               unit_.name, accepted, unit_.without.name);
        return fmt::format("{} is not used: it accepts no kernel of these networks (their operators: {})", unit_.name,
                           fmt::join(ops, ", "));
    }
    const auto word = [](double gain) { return fmt::format("{:.2f} times", gain); };
    auto text = fmt::format(
        "{} brings {} the speed and {} the energy efficiency ({} and {} in chains of kernels) for "
        "{:.1f} % more area",
        unit_.name, word(result_.gains.latency), word(result_.gains.energy), word(result_.chained_gains.latency),
        word(result_.chained_gains.energy), 100 * result_.area_unit / result_.area_without);
    if (result_.sized.size() < 3) return text;
    const auto equal = result_.gain_of(result_.sized[0]), best = result_.gain_of(result_.sized[1]);
    return text + fmt::format(
                      "; at equal area {} the speed of {} as it is at an EDP {}, {} than the best chip of that area "
                      "without it",
                      word(equal.latency), unit_.without.name, better(equal.edp), better(equal.edp / best.edp));
}

}  // namespace

bool Study::used() const {
    return std::ranges::any_of(networks, [](const NetworkStudy& network) { return !network.moved.empty(); });
}

Gains gains_of(const std::vector<Figures>& without, const std::vector<Figures>& with) {
    double latency = 0, energy = 0;
    const auto n = static_cast<double>(without.size());
    for (std::size_t i = 0; i < without.size(); ++i) {
        latency += std::log(without[i].latency / with[i].latency) / n;
        energy += std::log(without[i].energy / with[i].energy) / n;
    }
    return {std::exp(latency), std::exp(energy), std::exp(latency + energy)};
}

Gains Study::gain_of(const SizedChip& chip) const {
    std::vector<Figures> without;
    for (const auto& network : networks) without.push_back(network.without);
    return gains_of(without, chip.figures);
}

Study study_unit(const UnitOnChip& unit, const Networks& networks, const StudyOptions& options) {
    return StudyMaker(unit, networks, options).run();
}

}  // namespace dyad::codesign
