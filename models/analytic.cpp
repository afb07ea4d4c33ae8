// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "models/analytic/tile_pipeline.hpp"
#include "models/report.hpp"
#include "models/report_builder.hpp"

namespace dyad::models {
namespace {

/// Every step alone on the chip, the prefetch of its successor included.
std::vector<StepTime> times_alone(const Schedule& schedule) {
    const auto& chip = *schedule.accelerator;
    check_capacity(schedule);
    const DramStream dram(chip, 1);
    std::vector<StepTime> times;
    double late = 0;  // of the step's prefetched weights, from its start
    for (std::size_t s = 0; s < schedule.steps.size(); ++s) {
        const auto& step = schedule.steps[s];
        const auto ahead = s + 1 < schedule.steps.size() ? schedule.steps[s + 1].prefetch : core::Bytes();
        StepTime time;
        if (step.plan) {
            const auto parts = std::max<std::size_t>(step.plan->parts.size(), 1);
            time = time_alone(schedule, s, parts == 1 ? dram : DramStream(chip, parts), {late, ahead});
            time.activates *= static_cast<double>(parts);
        } else {
            time.duration = host_time(chip.host, step).count();
            if (ahead > core::Bytes())
                time.prefetch_end = dram.idle_latency(ahead.count()) + dram.bus_seconds(ahead.count());
        }
        late = std::max(0.0, time.prefetch_end - time.duration);
        times.push_back(time);
    }
    return times;
}

/// How fast each of several steps runs beside the others, as a fraction of its speed alone: the DRAM is shared evenly,
/// and what one does not need the others get (max-min fairness).
std::vector<double> shared_speeds(const std::vector<double>& demands) {
    std::vector<std::size_t> order(demands.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return demands[i]; });
    std::vector<double> speeds(demands.size(), 1);
    double left = 1;
    for (std::size_t rank = 0; rank < order.size(); ++rank) {
        const auto share = left / static_cast<double>(order.size() - rank);
        const auto i = order[rank];
        if (demands[i] > share) speeds[i] = share / demands[i];
        left -= std::min(share, demands[i]);
    }
    return speeds;
}

/// Plays the steps on their engines in time, sharing the DRAM.
class Player {
public:
    Player(const Schedule& schedule, const std::vector<StepTime>& alone)
        : steps_(schedule.steps),
          alone_(alone),
          ended_(steps_.size()),
          started_(steps_.size()),
          timings_(steps_.size()) {}

    std::vector<StepTiming> run() {
        for (std::size_t left = steps_.size(); left > 0; --left) {
            start_all();
            if (running_.empty()) throw std::logic_error("the steps of a schedule wait for each other");
            end_next();
        }
        return timings_;
    }

private:
    struct Running {
        std::size_t step;
        double left;  ///< seconds of its time alone
    };

    /// A step starts when all it reads is there and the steps issued before it on its engine have ended.
    void start_all() {
        std::vector<int> taken;
        for (const auto& r : running_) std::ranges::copy(engines_of(steps_[r.step]), std::back_inserter(taken));
        for (std::size_t s = first_waiting_; s < steps_.size(); ++s) {
            if (started_[s]) continue;
            const auto engines = engines_of(steps_[s]);
            const bool free = std::ranges::find_first_of(taken, engines) == taken.end();
            std::ranges::copy(engines, std::back_inserter(taken));
            if (!free || !std::ranges::all_of(steps_[s].after, [this](std::size_t p) { return ended_[p]; })) continue;
            started_[s] = true;
            timings_[s].start = core::Seconds(now_);
            running_.push_back({s, alone_[s].duration});
        }
        while (first_waiting_ < steps_.size() && started_[first_waiting_]) ++first_waiting_;
    }

    void end_next() {
        std::vector<double> demands;
        for (const auto& r : running_) {
            const auto& time = alone_[r.step];
            demands.push_back(time.duration > 0 ? std::min(1.0, time.dram_busy / time.duration) : 0);
        }
        const auto speeds = shared_speeds(demands);
        std::size_t first = 0;
        double least = std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < running_.size(); ++i) {
            const auto wait = running_[i].left / speeds[i];
            if (wait < least) {
                least = wait;
                first = i;
            }
        }
        now_ += least;
        for (std::size_t i = 0; i < running_.size(); ++i) running_[i].left -= least * speeds[i];
        end(running_[first].step);
        running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(first));
    }

    void end(std::size_t step) {
        ended_[step] = true;
        timings_[step].end = core::Seconds(now_);
        timings_[step].dram_activates = static_cast<std::uint64_t>(std::llround(alone_[step].activates));
    }

    const std::vector<Step>& steps_;
    const std::vector<StepTime>& alone_;
    std::vector<bool> ended_, started_;
    std::vector<StepTiming> timings_;
    std::vector<Running> running_;
    std::size_t first_waiting_ = 0;
    double now_ = 0;
};

}  // namespace

Report analytic(const Schedule& schedule) {
    const auto alone = times_alone(schedule);
    return build_report(schedule, Fidelity::analytic, Player(schedule, alone).run());
}

}  // namespace dyad::models
