// SPDX-License-Identifier: Apache-2.0
#include "models/loop_machine.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>

#include "core/quantity.hpp"
#include "core/value.hpp"

namespace dyad::models {
namespace {

using core::ceil_div;

/// Tiles that are walked; later ones are like them.
constexpr std::uint64_t most_tiles = 4096;

std::uint64_t at(const std::array<std::uint64_t, loop_dims>& extents, LoopDim dim) {
    return extents[static_cast<std::size_t>(dim)];
}

/// Lines that survive in a cache with random replacement: each line that comes in pushes out any other with equal
/// chance, so one is still there with probability exp(-filled since / size).
class RandomCache {
public:
    explicit RandomCache(double bytes) : bytes_(bytes) {}

    /// Touches a piece of `bytes`; `crowding` times as many fall on its own sets. The share that has to be fetched.
    double miss(const std::array<std::uint64_t, 5>& piece, double bytes, double crowding) {
        const auto [known, fresh] = filled_at_.try_emplace(piece, 0);
        const double since = filled_ - known->second + bytes * (crowding - 1);
        const double share = fresh ? 1 : 1 - std::exp(-since / bytes_);
        filled_ += bytes * share;
        known->second = filled_;
        return share;
    }

private:
    double bytes_, filled_ = 0;
    std::map<std::array<std::uint64_t, 5>, double> filled_at_;
};

/// One operand in memory: rows of `used` bytes, `pitch` apart, so many of them.
struct Rows {
    double count = 0;
    std::uint64_t used = 0, pitch = 0;
};

/// What the loads of a tile ask for.
struct Requests {
    double count = 0, missed = 0;  ///< missed lines
    double stretches = 0;          ///< of which so many begin a stretch
};

class Loads {
public:
    Loads(const LoopMachine& machine, const TiledConvolution& work)
        : machine_(machine), work_(work), cache_(static_cast<double>(machine.cache_bytes)) {
        const auto& t = work.tile;
        weights_ = {static_cast<double>(at(t, LoopDim::c) * at(t, LoopDim::r) * at(t, LoopDim::s)), at(t, LoopDim::k),
                    at(work.size, LoopDim::k)};
        input_rows_ = (at(t, LoopDim::p) - 1) * work.stride + at(t, LoopDim::r);
        const auto input_cols = (at(t, LoopDim::q) - 1) * work.stride + at(t, LoopDim::s);
        inputs_ = {static_cast<double>(input_cols * at(t, LoopDim::n)), at(t, LoopDim::c), at(work.size, LoopDim::c)};
        outputs_ = {static_cast<double>(at(t, LoopDim::p) * at(t, LoopDim::q)), at(t, LoopDim::k),
                    at(work.size, LoopDim::k)};
    }

    /// Mean cycles of a tile's loads.
    double cycles() {
        const auto tiles = std::min(work_.tiles(), most_tiles);
        std::array<std::uint64_t, loop_dims> place{};
        for (std::uint64_t tile = 0; tile < tiles; ++tile) {
            load(place);
            step(place);
        }
        const double requests =
            weights_.count * static_cast<double>(lines(weights_.used)) +
            static_cast<double>(input_rows_) * inputs_.count * static_cast<double>(lines(inputs_.used));
        const auto n = static_cast<double>(tiles);
        const double hits = std::max(0.0, requests - moved_.missed / n);
        return hits * machine_.request_cycles + moved_.missed / n * machine_.line_cycles +
               moved_.stretches / n * machine_.stretch_cycles;
    }

private:
    [[nodiscard]] std::uint64_t lines(std::uint64_t bytes) const { return ceil_div(bytes, machine_.request_bytes); }
    /// Lines that a row brings in: a row narrower than a line brings its neighbours' bytes with it.
    [[nodiscard]] double row_lines(const Rows& rows) const {
        const auto line = machine_.request_bytes;
        if (rows.pitch >= line && rows.used < line) return 1;
        return static_cast<double>(rows.used) / static_cast<double>(line);
    }
    /// Rows whose pitch is a multiple of many lines fall on few sets of the cache.
    [[nodiscard]] double crowding(const Rows& rows) const {
        const auto line = machine_.request_bytes;
        if (rows.pitch % line != 0) return 1;
        const auto apart = rows.pitch / line;
        const auto power = std::uint64_t{1} << std::countr_zero(apart);
        return std::max(1.0, static_cast<double>(power) / static_cast<double>(lines(rows.used)));
    }

    void fetch(const Rows& rows, const std::array<std::uint64_t, 5>& piece, bool loaded) {
        const double all = rows.count * row_lines(rows);
        const double missed =
            all * cache_.miss(piece, all * static_cast<double>(machine_.request_bytes), crowding(rows));
        if (!loaded) return;
        moved_.missed += missed;
        if (rows.used < rows.pitch) moved_.stretches += missed / static_cast<double>(lines(rows.used));
    }

    /// Pieces of weights share lines where they are narrower than one.
    [[nodiscard]] std::uint64_t group(std::uint64_t k) const {
        return weights_.used < machine_.request_bytes ? k * weights_.used / machine_.request_bytes : k;
    }

    void load(const std::array<std::uint64_t, loop_dims>& place) {
        const auto of = [&](LoopDim dim) { return at(place, dim); };
        fetch(weights_, {0, of(LoopDim::c), of(LoopDim::r), of(LoopDim::s), group(of(LoopDim::k))}, true);
        const auto first =
            of(LoopDim::p) * at(work_.tile, LoopDim::p) * work_.stride + of(LoopDim::r) * at(work_.tile, LoopDim::r);
        for (std::uint64_t row = 0; row < input_rows_; ++row)
            fetch(inputs_, {1, of(LoopDim::n), of(LoopDim::c), of(LoopDim::q), first + row}, true);
        fetch(outputs_, {2, of(LoopDim::n), of(LoopDim::p), of(LoopDim::q), group(of(LoopDim::k))}, false);
    }

    void step(std::array<std::uint64_t, loop_dims>& place) const {
        for (auto loop = work_.loops.rbegin(); loop != work_.loops.rend(); ++loop) {
            auto& index = place[static_cast<std::size_t>(loop->dim)];
            if (++index < loop->count) return;
            index = 0;
        }
    }

    const LoopMachine& machine_;
    const TiledConvolution& work_;
    RandomCache cache_;
    Rows weights_, inputs_, outputs_;
    std::uint64_t input_rows_ = 1;
    Requests moved_;
};

double compute_cycles(const LoopMachine& machine, const TiledConvolution& work) {
    const auto& t = work.tile;
    const auto blocks = ceil_div(at(t, LoopDim::k), machine.side) * ceil_div(at(t, LoopDim::c), machine.side) *
                        at(t, LoopDim::r) * at(t, LoopDim::s);
    return static_cast<double>(blocks) *
           block_cycles(machine, at(t, LoopDim::p), at(t, LoopDim::q) * at(t, LoopDim::n));
}

/// Outputs leave once, when the last of their products is added; a row of outputs of one pixel and `side` filters each.
double store_cycles(const LoopMachine& machine, const TiledConvolution& work) {
    const auto& t = work.tile;
    double visits = 1;
    for (const auto& loop : work.loops)
        if (loop.dim == LoopDim::c || loop.dim == LoopDim::r || loop.dim == LoopDim::s)
            visits *= static_cast<double>(loop.count);
    const auto rows =
        at(t, LoopDim::n) * at(t, LoopDim::p) * at(t, LoopDim::q) * ceil_div(at(t, LoopDim::k), machine.side);
    const bool same_line = at(work.size, LoopDim::k) < machine.request_bytes;
    return static_cast<double>(rows) / visits * (same_line ? machine.same_line_cycles : machine.store_cycles);
}

}  // namespace

std::uint64_t TiledConvolution::tiles() const {
    std::uint64_t product = 1;
    for (const auto& loop : loops) product *= loop.count;
    return product;
}

double block_cycles(const LoopMachine& machine, std::uint64_t column, std::uint64_t columns) {
    const auto full = column / machine.side, rest = column % machine.side;
    const auto least = [&](std::uint64_t rows) { return std::max(rows, machine.least_rows); };
    const auto per_column = full * least(machine.side) + (rest > 0 ? least(rest) : 0);
    const auto first = std::min(column, machine.side);
    const auto weights = machine.side - std::min(machine.side, least(first));
    const auto commands = static_cast<double>(columns * (full + (rest > 0 ? 1 : 0)));
    const auto array = static_cast<double>(columns * per_column + weights);
    return std::max(array, machine.command_cycles * commands) + machine.bubble_cycles * commands;
}

LoopTiming loop_timing(const LoopMachine& machine, const TiledConvolution& work) {
    LoopTiming timing{.compute = compute_cycles(machine, work),
                      .load = Loads(machine, work).cycles(),
                      .store = store_cycles(machine, work)};
    const auto tiles = static_cast<double>(work.tiles());
    timing.total = timing.load + (tiles - 1) * std::max({timing.compute, timing.load, timing.store}) + timing.compute +
                   timing.store + tiles * machine.tile_cycles;
    return timing;
}

LoopMachine read_loop_machine(const core::Document& document) {
    core::Errors errors;
    LoopMachine machine;
    {
        core::Object object{core::Value(document, nullptr, errors)};
        const auto cycles = [&](const char* key) { return object.require(key, "cycles").number(0, 1e6); };
        const auto count = [&](const char* key, std::int64_t most) {
            return static_cast<std::uint64_t>(object.require(key, "a whole number").integer(1, most));
        };
        machine.name = object.require("loop_machine", "a name").text();
        machine.side = count("side", 4096);
        machine.least_rows = count("least_rows", 4096);
        machine.command_cycles = cycles("command_cycles");
        machine.bubble_cycles = cycles("bubble_cycles");
        machine.request_bytes = count("request_bytes", 4096);
        machine.request_cycles = cycles("request_cycles");
        machine.cache_bytes = object.require("cache", "a size such as 1 MiB")
                                  .quantity(core::Bytes(1024), core::Bytes(std::uint64_t{1} << 40))
                                  .count();
        machine.line_cycles = cycles("line_cycles");
        machine.stretch_cycles = cycles("stretch_cycles");
        machine.store_cycles = cycles("store_cycles");
        machine.same_line_cycles = cycles("same_line_cycles");
        machine.tile_cycles = cycles("tile_cycles");
        (void)object.find("note");
    }
    errors.throw_if_any();
    return machine;
}

}  // namespace dyad::models
