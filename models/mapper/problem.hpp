// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/energy.hpp"
#include "models/mapper/engine_model.hpp"
#include "models/mapper/remembered.hpp"
#include "models/schedule.hpp"

namespace dyad::models::mapper {

/// A buffer as the mapper sees it.
struct BufferView {
    std::string name;
    std::array<bool, 3> keeps{};
    std::uint64_t bytes = 0;   ///< for one tile; half of the buffer when the other half is being filled
    std::uint64_t copies = 1;  ///< of a tile at the same time
    std::uint64_t bank_bytes = 1, width_bytes = 1;  ///< of a bank; of an access to it
    double bytes_per_cycle = 0;
    double read_energy = 0, write_energy = 0;  ///< joules a byte
    std::array<double, 3> stored{1, 1, 1};     ///< bytes that move per byte of an operand (compression.hpp)
    /// Keeps nothing but outputs, innermost: where the whole window is in one tile it need not hold the tile's outputs
    /// but only the sums that the array works on, which leave when they are finished.
    bool accumulator = false;
};

struct DramView {
    std::string name{};
    double bytes_per_cycle = 0;
    double row_cycles = 0;                     ///< to open another row, which each tile does at least once
    double read_energy = 0, write_energy = 0;  ///< joules a byte
    std::array<double, 3> stored{1, 1, 1};     ///< bytes that move per byte of an operand (compression.hpp)
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
    /// Whether a tile is loaded while the one before computes: all buffers are double-buffered.
    [[nodiscard]] bool overlaps() const;
    /// Bytes of all outputs when they are finished.
    [[nodiscard]] double output_bytes() const;
    /// Bits that a word of a tile takes in a buffer: sums where they gather, none in an accumulator that they only
    /// pass.
    [[nodiscard]] unsigned held_bits(std::size_t buffer, Operand operand, bool partial, bool window_split) const;
};

/// Nothing when the engine does not accept the kernel.
[[nodiscard]] std::optional<Problem> problem(const Kernel& kernel, const hw_space::Accelerator& accelerator,
                                             std::size_t engine, const MapOptions& options, const EnergyTable& energy);

/// Cuts the stream of an array so that its sums fit the accumulator, if there is one. False when not even those of one
/// step do.
[[nodiscard]] bool fit_accumulator(Problem& problem, const NestByRole& nest);

/// Elementary operations of a kernel, its fused members' included.
[[nodiscard]] std::array<std::uint64_t, hw_space::vector_op_count> operations(const Kernel& kernel);

/// Equal exactly when two problems are.
[[nodiscard]] Key key(const Problem& problem);
/// The same but for the sizes of the buffers and of their banks.
[[nodiscard]] Key key_without_room(const Problem& problem);

}  // namespace dyad::models::mapper
