// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/dataflow.hpp"
#include "models/mapping.hpp"
#include "models/tile_program.hpp"

namespace dyad::models {

enum class Objective { latency, energy, edp };

/// Dynamic energy of a kernel by component; DRAM's activates and leakage are added by whoever knows the time.
struct EnergyParts {
    core::Joules mac, reg, buffer, dram, network, leakage;
    [[nodiscard]] core::Joules total() const { return mac + reg + buffer + dram + network + leakage; }
    friend EnergyParts operator+(const EnergyParts& a, const EnergyParts& b) {
        return {a.mac + b.mac,   a.reg + b.reg,         a.buffer + b.buffer,
                a.dram + b.dram, a.network + b.network, a.leakage + b.leakage};
    }
};

/// Bytes that one memory level (DRAM or a buffer; registers are energy only) moves for one operand of one kernel.
struct Traffic {
    std::string level;
    Operand operand;
    core::Bytes read, write;
};

/// How a kernel is divided among cores.
enum class Split : std::uint8_t { none, channels, rows, batch };

/// How one kernel runs on one engine: shared between all candidates that have the same kernel and engine.
struct KernelPlan {
    /// Of a nest on an array, over hierarchy(): count_accesses() gives `counts` at DRAM and buffers. Absent where the
    /// array does what no nest of loops can (folds across dimensions, rows sliding in its elements).
    std::optional<Mapping> mapping;
    AccessCounts counts;
    bool optimal = false;  ///< the mapper's search was complete
    std::uint64_t evaluated = 0, pruned = 0;
    core::Cycles compute;                   ///< launch plus the compute cycles of all tiles: no stalls
    core::Cycles cycles;                    ///< alone on the chip, every operand in DRAM: stalls, fill and drain too
    std::uint64_t used_macs_per_cycle = 0;  ///< for utilisation
    EnergyParts energy;                     ///< mac, register, buffer and network; dram without activates
    std::vector<Traffic> traffic;           ///< with every operand in DRAM; the schedule says which stay on chip
    TileProgram tiles;
    TileOrder order;          ///< of a nest
    core::Bytes working_set;  ///< buffer space the tiles take, double buffering included
    /// The working set by buffer (parallel to Accelerator::buffers) and operand: the tile of an operand that is
    /// resident takes no space of its own. Empty = all of working_set lies in every buffer.
    std::vector<std::array<core::Bytes, 3>> space;
    /// Of a kernel divided among cores (models/schedule/cores.hpp): what each core from the first on does, the largest
    /// part first. All else is then of the parts together, `compute` and `cycles` of the largest.
    Split split = Split::none;
    std::vector<std::shared_ptr<const KernelPlan>> parts;
};

/// Where a tensor lives between its producer and its consumers.
enum class Home : std::uint8_t { dram, buffer };

/// One kernel in the order of issue.
struct Step {
    static constexpr int on_host = -1;
    std::size_t node = 0;                    ///< of the dataflow
    int engine = 0;                          ///< index into Accelerator::engines, or on_host
    std::shared_ptr<const KernelPlan> plan;  ///< null on the host
    std::vector<std::size_t> after;          ///< steps (indices) whose outputs it reads
    Home inputs = Home::dram;   ///< of the main input operand; a buffer-resident operand causes no DRAM traffic
    Home weights = Home::dram;  ///< buffer when a product's right operand is an activation kept on chip
    Home outputs = Home::dram;
    core::Bytes side_from_dram,
        side_from_buffer;  ///< residual operands of fused additions, streamed along with the outputs
    core::Bytes prefetch;  ///< weight bytes that may be loaded before the step starts (free buffer space)
    // of host steps
    core::Bytes host_in, host_out;
    double host_operations = 0;
};

/// A network mapped onto a chip: what SystemC plays and what the closed forms add up.
struct Schedule {
    std::shared_ptr<const Dataflow> dataflow;
    std::shared_ptr<const hw_space::Accelerator> accelerator;
    std::vector<Step> steps;
    core::Bytes
        peak_buffer;  ///< most space in use at any time in the buffer where tensors stay (else where weights wait)
};

struct MapOptions {
    Objective objective = Objective::edp;
    std::uint64_t evaluations = 0;  ///< budget per kernel; 0 = until the mapper is done
};

class MapperMemo;  ///< remembers plans across candidates (models/mapper.hpp)

/// Maps every kernel to the engine that finishes it best, decides where tensors live and in which order kernels are
/// issued. Throws core::Error naming every kernel that no engine and no host can run, or whose smallest tile fits no
/// buffer.
[[nodiscard]] Schedule map_all(std::shared_ptr<const Dataflow> dataflow,
                               std::shared_ptr<const hw_space::Accelerator> accelerator, const MapOptions& options,
                               MapperMemo& memo);

}  // namespace dyad::models
