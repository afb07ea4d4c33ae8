// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "hw_space/engine.hpp"
#include "models/mapper/roles.hpp"
#include "models/mapping.hpp"

namespace dyad::models::mapper {

/// How an engine goes through the indices of one role within a tile: some side by side, the rest one after another.
struct Walk {
    Extents unroll{};                       ///< side by side, by dimension; empty = none of its own
    Extents on_rows{};                      ///< the part of `unroll` that lies on the array's rows
    std::uint64_t side = 1;                 ///< side by side, of what is left of all dimensions together
    LoopAxis axis = LoopAxis::temporal;     ///< of the array, on which they lie
    std::uint64_t depth = 1;                ///< steps whose operand the elements keep at the same time
    bool streamed = false;                  ///< the stationary operand stays for all steps
    std::uint64_t longest = 0;              ///< steps of one stream, where an accumulator holds no more; 0 = all
    std::uint64_t at_least = 0, extra = 0;  ///< cycles of a stream: max(steps, at_least) + extra

    struct Count {
        std::uint64_t cycles = 0;
        std::uint64_t passes = 0;  ///< how often the operand that the role does not index is gone through
    };
    [[nodiscard]] Count count(const std::vector<std::size_t>& dims, const Extents& tile) const;
    [[nodiscard]] std::uint64_t steps(const std::vector<std::size_t>& dims, const Extents& tile) const;
    /// Steps of the last of the streams into which so many steps are cut.
    [[nodiscard]] std::uint64_t last_stream(std::uint64_t steps) const;
    friend bool operator==(const Walk&, const Walk&) = default;
};

/// A row-stationary array, which is planned pass by pass where a buffer feeds it (plan_passes.hpp).
struct PassArray {
    std::uint64_t rows = 0, cols = 0;
    hw_space::Registers registers;
};

/// What the mapper knows of an engine that runs a loop nest. A tile takes the product of the cycles of its roles, times
/// `precision_passes`, over steps_per_cycle().
struct EngineModel {
    ByRole<Walk> walk{};
    double rate = 1;
    std::uint64_t products = 1;          ///< of a multiplier in a cycle, of operands narrower than it
    std::uint64_t precision_passes = 1;  ///< operands wider than the multipliers
    std::uint64_t start = 0, end = 0;    ///< cycles before the first and after the last fold of a kernel
    /// Each product reads its own input from the buffer (im2col); else a pass reads every input of the tile once.
    bool reads_windows = false;
    bool accumulates = false;         ///< sums of several passes meet in the buffer
    std::array<bool, 3> registers{};  ///< operands that the elements hold
    std::uint64_t multipliers = 0;
    std::uint64_t output_lanes = 0;  ///< 0 = no output path
    std::uint64_t launch = 0;
    unsigned accumulator_bits = 0;
    std::optional<PassArray> passes{};  ///< of a row-stationary array
    /// Of the engine's own port to and from the buffers, and of both ways together; 0 = the buffers'.
    double port_in = 0, port_out = 0, port_both = 0;
    /// Steps of the walks that a cycle makes.
    [[nodiscard]] double steps_per_cycle() const { return rate * static_cast<double>(products); }
    /// Cycles in which that port moves so many bytes.
    [[nodiscard]] double port_cycles(double in, double out) const;
};

/// The model of `engine` for a kernel with a nest that it accepts(); nothing when it runs none.
[[nodiscard]] std::optional<EngineModel> engine_model(const hw_space::Engine& engine, const Kernel& kernel,
                                                      core::Hertz clock);

/// Cycles that an engine computes at a vector kernel, fused members included; 0 when it runs none.
[[nodiscard]] double vector_cycles(const hw_space::Engine& engine, const Kernel& kernel);

}  // namespace dyad::models::mapper
