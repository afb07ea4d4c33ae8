// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <memory>

#include "models/energy.hpp"
#include "models/schedule.hpp"

namespace dyad::models {

/// Plans of kernels already mapped, across kernels, candidates and generations. Bounded; forgets the oldest. The key
/// holds only what the mapper reads (kernel shape and precisions, engine, memories in bytes per cycle, energies and the
/// memories' names; not the clock).
/// Results do not depend on what it holds. Not thread-safe: one per worker.
class MapperMemo {
public:
    explicit MapperMemo(std::size_t max_entries = 20'000);
    ~MapperMemo();
    MapperMemo(const MapperMemo&) = delete;
    MapperMemo& operator=(const MapperMemo&) = delete;
    struct Impl;
    [[nodiscard]] Impl& impl() { return *impl_; }

private:
    std::unique_ptr<Impl> impl_;
};

/// The memories above `engine` and its registers as a hierarchy for `kernel`, energies filled in.
[[nodiscard]] Hierarchy hierarchy(const hw_space::Accelerator& accelerator, const hw_space::Engine& engine,
                                  const Kernel& kernel, const EnergyTable& energy);

/// Whether `engine` accepts `kernel` at all (operator, kernel size, precision).
[[nodiscard]] bool accepts(const hw_space::Engine& engine, const Kernel& kernel);

namespace mapper {
/// How far a search goes, beside MapOptions::evaluations.
struct Limits {
    bool exhaustive = false;                 ///< cost every mapping of the space, for small kernels
    std::function<bool()> out_of_time = {};  ///< asked now and then; empty = never
};
}  // namespace mapper

struct MappedKernel {
    std::shared_ptr<const KernelPlan> plan;  ///< null when the engine does not accept the kernel or no tile fits
    double gap = 0;                          ///< (best found - best bound) / best found; 0 when optimal
};
/// Maps one kernel for who asks for it by hand: nothing is remembered, and a clock may end the search.
[[nodiscard]] MappedKernel map_within(const Kernel& kernel, const hw_space::Accelerator& accelerator,
                                      std::size_t engine, const MapOptions& options, const mapper::Limits& limits);

/// The best plan of `kernel` on `engine`, or null when it does not accept it or no tile fits. The best of the space
/// that models/mapper/search.hpp describes, by branch and bound: `optimal` unless options.evaluations cut it short.
[[nodiscard]] std::shared_ptr<const KernelPlan> map_kernel(const Kernel& kernel,
                                                           const hw_space::Accelerator& accelerator, std::size_t engine,
                                                           const MapOptions& options, MapperMemo& memo);
/// The same with the accelerator's energy table at hand, for a caller that maps many kernels.
[[nodiscard]] std::shared_ptr<const KernelPlan> map_kernel(const Kernel& kernel,
                                                           const hw_space::Accelerator& accelerator, std::size_t engine,
                                                           const MapOptions& options, MapperMemo& memo,
                                                           const EnergyTable& energy);

/// The plan with the whole kernel as one tile, or the best one where the buffers do not hold that.
[[nodiscard]] std::shared_ptr<const KernelPlan> map_in_one_tile(const Kernel& kernel,
                                                                const hw_space::Accelerator& accelerator,
                                                                std::size_t engine, const MapOptions& options,
                                                                MapperMemo& memo, const EnergyTable& energy);

}  // namespace dyad::models
