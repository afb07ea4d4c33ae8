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
    TileBlock first{1, {front.runs.front()}};
    TileBlock rest{1, front.runs};
    first.runs.front().count = 1;
    if (--rest.runs.front().count > 0) first.runs.front().closes = rest.runs.front().opens = false;
    --front.repeat;
    program.insert(program.begin(), {std::move(first), std::move(rest)});
    drop_empty(program);
    return program.front().runs.front().tile;
}

Tile& last_tile(TileProgram& program) {
    auto& back = program.back();
    TileBlock last{1, {back.runs.back()}};
    TileBlock rest{1, back.runs};
    last.runs.back().count = 1;
    if (--rest.runs.back().count > 0) last.runs.back().opens = rest.runs.back().closes = false;
    --back.repeat;
    program.push_back(std::move(rest));
    program.push_back(std::move(last));
    drop_empty(program);
    return program.back().runs.back().tile;
}

}  // namespace dyad::models
