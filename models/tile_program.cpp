// SPDX-License-Identifier: Apache-2.0
#include "models/tile_program.hpp"

namespace dyad::models {

TileTotals totals(const TileProgram& program) {
    TileTotals sum;
    for (const auto& block : program)
        for (const auto& run : block.runs) {
            const auto count = block.repeat * run.count;
            sum.tiles += count;
            for (std::size_t o = 0; o < sum.load_bytes.size(); ++o) {
                sum.load_bytes[o] += count * run.tile.load_bytes[o];
                sum.buffer_read_bytes[o] += count * run.tile.buffer_read_bytes[o];
            }
            sum.store_bytes += count * run.tile.store_bytes;
            sum.compute_cycles += count * run.tile.compute_cycles;
            sum.shared_load_bytes += count * run.tile.shared_load_bytes;
            sum.shared_store_bytes += count * run.tile.shared_store_bytes;
            sum.buffer_write_bytes += count * run.tile.buffer_write_bytes;
        }
    return sum;
}

}  // namespace dyad::models
