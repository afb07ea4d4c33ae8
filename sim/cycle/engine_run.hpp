// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "models/schedule.hpp"
#include "sim/cycle/bench.hpp"
#include "sim/cycle/measure.hpp"
#include "sim/cycle/tiles.hpp"

namespace dyad::sim {

/// The steps of a schedule whose data engine `engine` moves cycle by cycle; none when it is of another kind. Throws
/// core::Error naming what this fidelity does not model.
[[nodiscard]] std::vector<std::size_t> steps_moving_data(const models::Schedule& schedule, std::size_t engine);

/// All kernels of one engine, one after another, tile by tile.
class EngineRun {
public:
    EngineRun(const models::Schedule& schedule, std::size_t engine, std::vector<std::size_t> steps,
              const CycleOptions& options);
    /// Elements times cycles that it will take, by the closed forms.
    [[nodiscard]] double element_cycles() const;
    void connect(Bench& bench);
    /// After the run: keeps what the bench knows.
    void read();
    /// By step, of all its tiles.
    [[nodiscard]] const std::map<std::size_t, std::uint64_t>& cycles() const { return cycles_; }

private:
    struct Sample {
        std::size_t step = 0;
        TileSample tile;
        std::uint64_t number = 0;  ///< among the step's
    };
    [[nodiscard]] const models::Kernel& kernel(std::size_t step) const;
    [[nodiscard]] Slicing slicing(std::size_t step) const;
    [[nodiscard]] Channels next_sample();
    [[nodiscard]] std::shared_ptr<Product> next_product();
    [[nodiscard]] double element_cycles(const Sample& sample) const;

    const models::Schedule& schedule_;
    const std::size_t engine_;
    const CycleOptions options_;
    std::vector<Sample> samples_;
    std::size_t next_ = 0;
    std::deque<std::shared_ptr<Product>> products_;  ///< of the sample under way
    std::vector<std::size_t> first_product_;         ///< by sample
    std::size_t product_count_ = 0;
    const Sequencer* sequencer_ = nullptr;
    const WindowFeeder* feeder_ = nullptr;
    std::map<std::size_t, std::uint64_t> cycles_;
};

/// Throws core::Error when the runs together are beyond most_element_cycles.
void check_work(const models::Schedule& schedule, const std::deque<EngineRun>& runs);

}  // namespace dyad::sim
