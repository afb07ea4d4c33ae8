// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/dataflow.hpp"
#include "models/mapping.hpp"
#include "models/row_stationary.hpp"
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

/// What one engine does for a chain: tiles of all members that it runs, in order.
struct Lane {
    std::size_t engine = 0;
    core::Cycles launch;  ///< of its first kernel; turning to another one is part of the tiles
    TileProgram tiles;
};

/// How a chain of kernels runs depth-first: each tile of the last one's outputs passes through all of them before the
/// next, and what is between them never leaves the chip. Engines work side by side on different tiles. A member begins
/// a tile when the member before has ended that tile, and when the member after has ended the one `room` tiles before.
struct Chain {
    std::vector<Lane> lanes;          ///< that of the first member first
    std::vector<std::uint64_t> room;  ///< by member: tiles of its outputs that there is room for; 0 = no limit (last)
    core::Bytes held;                 ///< of the residence buffer, by what is between the members
    std::uint64_t tiles = 0, rows = 0, cols = 0;  ///< of the last member's outputs; of a matrix product 0 columns
    bool cached = true;                           ///< rows that tiles share are kept, not computed again
    std::uint64_t recomputed_macs = 0;
};

/// The lane with most cycles of compute; the first of equals.
[[nodiscard]] std::size_t busiest_lane(const Chain& chain);

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
    TileOrder order;                    ///< of a nest, unless it has passes
    std::optional<PassMapping> passes;  ///< of a row-stationary array that is planned pass by pass
    core::Bytes working_set;            ///< buffer space the tiles take, double buffering included
    /// The working set by buffer (parallel to Accelerator::buffers) and operand: the tile of an operand that is
    /// resident takes no space of its own. Empty = all of working_set lies in every buffer.
    std::vector<std::array<core::Bytes, 3>> space;
    /// Of a kernel divided among cores (models/schedule/cores.hpp): what each core from the first on does, the largest
    /// part first. All else is then of the parts together, `compute` and `cycles` of the largest.
    Split split = Split::none;
    std::vector<std::shared_ptr<const KernelPlan>> parts;
    /// Of a chain; `tiles` are then those of all lanes, for their totals.
    std::shared_ptr<const Chain> chain;
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

/// The engines that a step needs: one, all lanes' of a chain, or on_host.
[[nodiscard]] std::vector<int> engines_of(const Step& step);

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
    bool chains = true;             ///< run chains of kernels depth-first where that is better
};

class MapperMemo;  ///< remembers plans across candidates (models/mapper.hpp)

/// Maps every kernel to the engine that finishes it best, decides where tensors live and in which order kernels are
/// issued. Throws core::Error naming every kernel that no engine and no host can run, or whose smallest tile fits no
/// buffer.
[[nodiscard]] Schedule map_all(std::shared_ptr<const Dataflow> dataflow,
                               std::shared_ptr<const hw_space::Accelerator> accelerator, const MapOptions& options,
                               MapperMemo& memo);

}  // namespace dyad::models
