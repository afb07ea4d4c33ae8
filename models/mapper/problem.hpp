// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/energy.hpp"
#include "models/mapper/engine_model.hpp"
#include "models/schedule.hpp"

namespace dyad::models::mapper {

/// A buffer as the mapper sees it.
struct BufferView {
    std::string name;
    std::array<bool, 3> keeps{};
    std::uint64_t bytes = 0;   ///< for one tile; half of the buffer when the other half is being filled
    std::uint64_t copies = 1;  ///< of a tile at the same time
    double bytes_per_cycle = 0;
    double read_energy = 0, write_energy = 0;  ///< joules a byte
};

struct DramView {
    double bytes_per_cycle = 0;
    double row_cycles = 0;  ///< to open another row, which each tile does at least once
    double energy = 0;      ///< joules a byte
};

/// Everything that a plan depends on, and nothing else: it is the memo's key. Times are in cycles of the chip's clock,
/// which is not read itself.
struct Problem {
    const LoopNest* nest = nullptr;   ///< null for a vector kernel
    EngineModel engine{};             ///< of a nest
    std::array<unsigned, 3> bits{};   ///< of a word, by Operand
    core::Bytes weight_bytes{};       ///< of a vector kernel
    core::Words inputs{}, outputs{};  ///< of a vector kernel
    std::uint64_t passes = 1;         ///< of a vector kernel over its inputs
    double vector_cycles = 0;         ///< of a vector kernel
    DramView dram;
    std::vector<BufferView> buffers{};        ///< outermost first
    double mac_energy = 0;                    ///< joules
    double vector_energy = 0;                 ///< joules: all elementary operations, fused ones too
    std::array<double, 3> register_energy{};  ///< joules a bit, by Operand
    double wire_energy = 0;                   ///< joules a byte between the innermost buffer and the engine
    Objective objective = Objective::edp;
    std::uint64_t evaluations = 0;

    /// The innermost buffer that keeps `operand`; nothing when none does.
    [[nodiscard]] std::optional<std::size_t> innermost(Operand operand) const;
};

/// Nothing when the engine does not accept the kernel.
[[nodiscard]] std::optional<Problem> problem(const Kernel& kernel, const hw_space::Accelerator& accelerator,
                                             std::size_t engine, const MapOptions& options, const EnergyTable& energy);

/// Elementary operations of a kernel, its fused members' included.
[[nodiscard]] std::array<std::uint64_t, hw_space::vector_op_count> operations(const Kernel& kernel);

/// Flat numbers, equal exactly when two problems are.
using Key = std::vector<std::uint64_t>;
[[nodiscard]] Key key(const Problem& problem);

}  // namespace dyad::models::mapper
