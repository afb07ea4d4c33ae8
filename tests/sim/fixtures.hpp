// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "models/schedule.hpp"
#include "sim/dram_timing.hpp"

namespace dyad::sim::test {

inline constexpr Picoseconds ns = 1000;

/// A DRAM whose numbers are easy to add: bursts of 64 B in 10 ns (6.4 GB/s), rows of 1024 B (160 ns), 4 banks.
inline DramParams easy_dram() {
    DramParams p;
    p.channels = 1;
    p.banks = 4;
    p.row = 1024;
    p.burst = 64;
    p.interleave = 256;
    p.burst_time = 10 * ns;
    p.cas = p.cwl = 20 * ns;
    p.rcd = 15 * ns;
    p.precharge = 15 * ns;
    p.ras = 45 * ns;
    p.read_to_write = 5 * ns;
    p.wtr_s = p.wtr_l = 12 * ns;
    return p;
}

/// The same as a standard; refresh every 4 us for 200 ns.
std::shared_ptr<hw_space::DramStandard> easy_standard();

/// A 1 GHz chip (one cycle = 1 ns) with one buffer and one array, and the DRAM above without refresh.
hw_space::Accelerator easy_chip();

/// An engine of its own name.
inline hw_space::PeArray array(std::string name) {
    hw_space::PeArray result;
    result.name = std::move(name);
    return result;
}

/// Schedules made by hand: one kernel a step.
class ScheduleMaker {
public:
    explicit ScheduleMaker(hw_space::Accelerator chip = easy_chip()) : chip_(std::move(chip)) {}
    /// A step on `engine` that plays `tiles` after `launch` cycles. Returns its index.
    std::size_t step(std::string name, int engine, models::TileProgram tiles, std::vector<std::size_t> after = {},
                     std::uint64_t launch = 0, std::uint64_t prefetch = 0);
    std::size_t host_step(std::string name, std::vector<std::size_t> after, double operations);
    [[nodiscard]] models::Schedule make() const;
    hw_space::Accelerator& chip() { return chip_; }

private:
    hw_space::Accelerator chip_;
    std::vector<models::Node> nodes_;
    std::vector<models::Step> steps_;
};

/// `count` tiles that load weights and inputs, compute and store.
inline models::TileRun run(std::uint64_t count, std::uint64_t weights, std::uint64_t inputs, std::uint64_t compute,
                           std::uint64_t store) {
    models::TileRun r;
    r.count = count;
    r.tile.load_bytes = {weights, inputs, 0};
    r.tile.compute_cycles = compute;
    r.tile.store_bytes = store;
    return r;
}

}  // namespace dyad::sim::test
