// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace dyad::core {
struct Document;
}

namespace dyad::models {

/// A weight-stationary array that loop instructions feed (Gemmini; Genc et al., DAC 2021, and its LoopConv unit): one
/// instruction loads, computes and stores a tile of a convolution by commands for blocks of `side` x `side` weights and
/// `side` pixels; queues let the loads of the next tile run beside the computing of this one.
struct LoopMachine {
    std::string name;
    std::uint64_t side = 16;           ///< of the array: rows, columns, and pixels of one compute command
    std::uint64_t least_rows = 4;      ///< cycles between two writes of one accumulator row, so of any command
    double command_cycles = 0;         ///< of a preload and its compute in the command queue
    double bubble_cycles = 0;          ///< of the array between two computes
    std::uint64_t request_bytes = 64;  ///< of one DMA request, at most, and of a line of the cache
    double request_cycles = 0;         ///< between two requests that the cache answers
    std::uint64_t cache_bytes = 0;     ///< shared cache in front of the DRAM, with random replacement
    double line_cycles = 0;            ///< between two lines of one stretch from DRAM
    double stretch_cycles = 0;         ///< more for each stretch of addresses
    double store_cycles = 0;           ///< of one pixel's row of outputs to a line of its own
    double same_line_cycles = 0;       ///< to a line that the write before is still at
    double tile_cycles = 0;            ///< of an instruction: configuration by the processor
};
/// Throws core::Error with all errors of the file.
[[nodiscard]] LoopMachine read_loop_machine(const core::Document& document);

/// Dimensions of a convolution in the order of every array here.
enum class LoopDim : std::uint8_t { n, c, k, p, q, r, s };
inline constexpr std::size_t loop_dims = 7;
inline constexpr char loop_letters[] = "NCKPQRS";

/// A convolution cut into tiles: the loops around the tile (outermost first) and its extents.
struct TiledConvolution {
    struct Loop {
        LoopDim dim;
        std::uint64_t count = 1;
    };
    std::array<std::uint64_t, loop_dims> size{1, 1, 1, 1, 1, 1, 1}, tile{1, 1, 1, 1, 1, 1, 1};
    std::uint64_t stride = 1;
    std::vector<Loop> loops;
    [[nodiscard]] std::uint64_t tiles() const;
};

/// Cycles of one tile, on average over all of them, and of the whole.
struct LoopTiming {
    double compute = 0, load = 0, store = 0;
    double total = 0;  ///< first load + the longest of the three per tile + last compute and store
};
[[nodiscard]] LoopTiming loop_timing(const LoopMachine& machine, const TiledConvolution& work);

/// Cycles of a block of weights: pixels in columns of tile[p], side by side in commands of at most `side` pixels; the
/// first command waits for the weights, which takes `side` cycles.
[[nodiscard]] double block_cycles(const LoopMachine& machine, std::uint64_t column, std::uint64_t columns);

}  // namespace dyad::models
