// SPDX-License-Identifier: Apache-2.0
#include "models/tile_program.hpp"

#include <utility>

namespace dyad::models {
namespace {

void drop_empty(TileProgram& program) {
    for (auto& block : program) std::erase_if(block.runs, [](const TileRun& run) { return run.count == 0; });
    std::erase_if(program, [](const TileBlock& block) { return block.repeat == 0 || block.runs.empty(); });
}

}  // namespace

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

Tile& first_tile(TileProgram& program) {
    auto& front = program.front();
    TileBlock first{1, {{1, front.runs.front().tile}}};
    TileBlock rest{1, front.runs};
    --rest.runs.front().count;
    --front.repeat;
    program.insert(program.begin(), {std::move(first), std::move(rest)});
    drop_empty(program);
    return program.front().runs.front().tile;
}

Tile& last_tile(TileProgram& program) {
    auto& back = program.back();
    TileBlock last{1, {{1, back.runs.back().tile}}};
    TileBlock rest{1, back.runs};
    --rest.runs.back().count;
    --back.repeat;
    program.push_back(std::move(rest));
    program.push_back(std::move(last));
    drop_empty(program);
    return program.back().runs.back().tile;
}

}  // namespace dyad::models
