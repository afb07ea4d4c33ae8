// SPDX-License-Identifier: Apache-2.0
#include "models/mapper/tile_walk.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace dyad::models::mapper {
namespace {

constexpr auto w = index(Operand::weights), i = index(Operand::inputs), o = index(Operand::outputs);

/// `stored`: what is left of each byte once it is compressed.
std::uint64_t bytes(std::uint64_t words, unsigned bits, double stored = 1) {
    const auto plain = (words * bits + 7) / 8;
    return stored < 1 ? static_cast<std::uint64_t>(std::ceil(static_cast<double>(plain) * stored)) : plain;
}

bool depends_on(const std::vector<const Axis*>& axes, std::size_t dim) {
    return std::ranges::any_of(axes, [dim](const Axis* axis) {
        return std::ranges::any_of(*axis, [dim](const Term& t) { return t.dim == dim; });
    });
}

/// Roles from the outermost to the innermost loops.
ByRole<Role> order(Role inner) {
    if (inner == Role::window) return {Role::groups, Role::pixels, Role::filters, Role::window};
    if (inner == Role::filters) return {Role::groups, Role::window, Role::pixels, Role::filters};
    return {Role::groups, Role::window, Role::filters, Role::pixels};
}

template <class T>
void move_last(std::vector<T>& list, std::size_t at) {
    const auto from = list.begin() + static_cast<std::ptrdiff_t>(at);
    if (from != list.end()) std::rotate(from, from + 1, list.end());
}

/// Tiles in order, as runs; a sweep of the innermost loop is a block.
class ProgramWriter {
public:
    void add(const Tile& tile, std::uint64_t count) {
        auto& runs = block_.runs;
        if (!runs.empty() && runs.back().tile == tile)
            runs.back().count += count;
        else
            runs.push_back({count, tile});
    }
    void end_block() {
        if (!program_.empty() && program_.back().runs == block_.runs)
            ++program_.back().repeat;
        else
            program_.push_back(block_);
        block_.runs.clear();
    }
    [[nodiscard]] TileProgram take() { return std::move(program_); }

private:
    TileProgram program_;
    TileBlock block_;
};

class Walker {
public:
    Walker(const Problem& problem, const NestByRole& nest, const std::vector<TileLoop>& loops)
        : problem_(problem), nest_(nest), loops_(loops), at_(loops_.size()), tile_(nest.size), at_end_(loops_.size()) {
        for (const auto operand : operands) {
            const auto index_of = index(operand);
            const auto inner = problem.innermost(operand);
            kept_[index_of] = inner.has_value();
            near_[index_of] = (inner ? problem.buffers[*inner].stored : problem.dram.stored)[index_of];
            for (const auto role : roles)
                for (const auto* axis : nest.axes[index(role)][index_of]) axes_[index_of].push_back(axis);
            for (std::size_t l = 0; l < loops_.size(); ++l)
                if (depends_on(axes_[index_of], loops_[l].dim)) innermost_[index_of] = l + 1;
        }
        for (std::size_t l = 0; l < loops_.size(); ++l)
            if (nest.role[loops_[l].dim] == Role::window) sums_.push_back(l);
    }

    /// `lag`: cycles by which the output path is slower than the array, spread over all tiles.
    TileWalk run(std::uint64_t lag) {
        std::uint64_t tiles = 1;
        for (const auto& loop : loops_) tiles *= loop.trips;
        ProgramWriter writer;
        TileWalk result;
        std::ranges::fill(at_, 0);
        std::size_t advanced = 0;  // the outermost loop that moved before this tile
        for (bool first = true, last = false; !last; first = false) {
            const auto next = next_advance();
            last = next == loops_.size();
            const auto times = equal_tiles(advanced, next);
            const auto& kind = kind_of({first, last, advanced, next});
            auto next_tile = kind.tile;
            next_tile.compute_cycles += lag / tiles + (last ? lag % tiles : 0);
            writer.add(next_tile, times);
            add(result.totals, kind.totals, times);
            if (last || next + 1 < loops_.size()) writer.end_block();
            if (times > 1) at_.back() += times - 1;
            if (!last) advance(next);
            advanced = next;
        }
        result.program = writer.take();
        return result;
    }

private:
    /// Where a tile stands: whether it is the first or the last of all, the outermost loop that moved before it, and
    /// the one that moves after it (the number of loops: none).
    struct Place {
        bool first = false, last = false;
        std::size_t advanced = 0, next = 0;
        friend bool operator==(const Place&, const Place&) = default;
    };
    /// Tiles of one place with the same loops at their ends and sums that begin alike are equal.
    struct Kind {
        Place place;
        std::vector<bool> at_end;
        bool begins = false;
        Tile tile{};
        WalkTotals totals{};
    };

    static void add(WalkTotals& sum, const WalkTotals& each, std::uint64_t times) {
        for (std::size_t at = 0; at < sum.loaded.size(); ++at) {
            sum.loaded[at] += times * each.loaded[at];
            sum.read[at] += times * each.read[at];
        }
        sum.stored += times * each.stored;
        sum.written += times * each.written;
    }

    /// Tiles from here on that are equal: those of the innermost loop but its first and its last.
    [[nodiscard]] std::uint64_t equal_tiles(std::size_t advanced, std::size_t next) const {
        if (loops_.empty() || next + 1 != loops_.size() || advanced != next) return 1;
        return at_.back() == 0 ? 1 : loops_.back().trips - 1 - at_.back();
    }

    const Kind& kind_of(const Place& place) {
        const bool begins = std::ranges::all_of(sums_, [this](std::size_t l) { return at_[l] == 0; });
        for (std::size_t l = 0; l < loops_.size(); ++l) at_end_[l] = at_[l] + 1 == loops_[l].trips;
        for (const auto& kind : kinds_)
            if (kind.place == place && kind.begins == begins && kind.at_end == at_end_) return kind;
        set_sizes();
        made_ = {place, at_end_, begins, {}, {}};
        made_.tile = tile(place, begins);
        return kinds_.emplace_back(std::move(made_));
    }

    /// The outermost loop that moves after this tile; loops_.size() after the last one.
    [[nodiscard]] std::size_t next_advance() const {
        for (auto l = loops_.size(); l-- > 0;)
            if (at_[l] + 1 < loops_[l].trips) return l;
        return loops_.size();
    }
    void advance(std::size_t loop) {
        ++at_[loop];
        std::fill(at_.begin() + static_cast<std::ptrdiff_t>(loop) + 1, at_.end(), 0);
    }
    void set_sizes() {
        for (std::size_t l = 0; l < loops_.size(); ++l) {
            const auto& loop = loops_[l];
            tile_[loop.dim] = std::min(loop.tile, nest_.size[loop.dim] - at_[l] * loop.tile);
        }
    }
    [[nodiscard]] std::uint64_t words(std::size_t operand) const {
        std::uint64_t product = 1;
        for (const auto* axis : axes_[operand]) product *= extent(*axis, tile_);
        return product;
    }

    /// Words of an operand's box that the tile before did not hold, when loop `advanced` has moved since.
    [[nodiscard]] std::uint64_t fresh(std::size_t operand, bool first, std::size_t advanced) const {
        if (first || advanced + 1 < innermost_[operand]) return words(operand);
        if (advanced + 1 > innermost_[operand]) return 0;
        auto before = tile_;
        before[loops_[advanced].dim] = loops_[advanced].tile;
        return words(operand) - overlap(axes_[operand], loops_[advanced].dim, before);
    }

    [[nodiscard]] Walk::Count count(Role role) const {
        return problem_.engine.walk[index(role)].count(nest_.dims[index(role)], tile_);
    }
    [[nodiscard]] std::uint64_t product(Role role) const {
        std::uint64_t result = 1;
        for (const auto d : nest_.dims[index(role)]) result *= tile_[d];
        return result;
    }

    Tile tile(const Place& place, bool begins) {
        const bool ends = std::ranges::all_of(sums_, [this](std::size_t l) { return at_[l] + 1 == loops_[l].trips; });
        Tile result;
        stream_operands(result, place.first, place.advanced);
        gather_outputs(result, begins, ends);
        if (kept_[o]) {
            const auto spilled = problem_.engine.accumulator_bits;
            if (!begins) load(result, o, fresh(o, place.first, place.advanced), spilled);
            if (place.last || place.next < innermost_[o])
                store(result, words(o), ends ? problem_.bits[o] : spilled, ends ? problem_.dram.stored[o] : 1);
        }
        result.compute_cycles = cycles(place.first, place.last);
        return result;
    }

    void load(Tile& tile, std::size_t operand, std::uint64_t count, unsigned bits) {
        tile.load_bytes[operand] = bytes(count, bits, operand == o ? 1 : problem_.dram.stored[operand]);
        made_.totals.loaded[operand] += count;
    }
    void store(Tile& tile, std::uint64_t count, unsigned bits, double stored) {
        tile.store_bytes = bytes(count, bits, stored);
        made_.totals.stored += count;
    }

    /// Weights and inputs: loaded once and read from the buffer, or streamed from DRAM each time.
    void stream_operands(Tile& tile, bool first, std::size_t advanced) {
        const auto windows = product(Role::groups) * product(Role::window) * product(Role::pixels);
        const std::array reads{words(w) * count(Role::pixels).passes,
                               (problem_.engine.reads_windows ? windows : words(i)) * count(Role::filters).passes};
        for (const auto operand : {w, i}) {
            made_.totals.read[operand] += reads[operand];
            if (kept_[operand])
                tile.buffer_read_bytes[operand] = bytes(reads[operand], problem_.bits[operand], near_[operand]);
            load(tile, operand, kept_[operand] ? fresh(operand, first, advanced) : reads[operand],
                 problem_.bits[operand]);
        }
    }

    /// Each pass over the window adds to the sums of the passes before, but for the first.
    void gather_outputs(Tile& tile, bool begins, bool ends) {
        const auto updates = words(o) * count(Role::window).passes;
        const auto reads = updates - (begins ? words(o) : 0);
        const auto finished = ends ? words(o) : 0;
        const auto sum_bits = problem_.engine.accumulator_bits;
        const auto read_bytes = bytes(reads, sum_bits);
        const auto write_bytes = bytes(updates - finished, sum_bits) + bytes(finished, problem_.bits[o], near_[o]);
        made_.totals.read[o] += reads;
        made_.totals.written += updates;
        if (kept_[o]) {
            tile.buffer_read_bytes[o] = read_bytes;
            tile.buffer_write_bytes = write_bytes;
            return;
        }
        tile.load_bytes[o] = read_bytes;
        tile.store_bytes = write_bytes;
        made_.totals.loaded[o] += reads;
        made_.totals.stored += updates;
    }

    [[nodiscard]] std::uint64_t cycles(bool first, bool last) const {
        const auto& engine = problem_.engine;
        std::uint64_t steps = engine.precision_passes, short_stream = 0;
        for (const auto role : roles) {
            const auto of_role = count(role).cycles;
            const auto& walk = engine.walk[index(role)];
            steps *= of_role;
            if (walk.at_least == 0) continue;
            const auto last_steps = walk.last_stream(walk.steps(nest_.dims[index(role)], tile_));
            short_stream = walk.at_least - std::min(walk.at_least, last_steps);
        }
        const auto speed = engine.steps_per_cycle();
        auto result = speed == 1 ? steps : static_cast<std::uint64_t>(std::ceil(static_cast<double>(steps) / speed));
        if (first) result += engine.start;
        if (last) result += engine.end - std::min(engine.end, short_stream);
        return result;
    }

    const Problem& problem_;
    const NestByRole& nest_;
    const std::vector<TileLoop>& loops_;
    std::vector<std::uint64_t> at_;  ///< position in each loop
    Extents tile_;
    std::array<bool, 3> kept_{};
    std::array<double, 3> near_{};  ///< what is left of a byte where the engine reads and writes
    std::array<std::vector<const Axis*>, 3> axes_;
    std::array<std::size_t, 3> innermost_{};  ///< 1 + the innermost loop that moves the operand's box; 0 = none
    std::vector<std::size_t> sums_;           ///< loops over the window
    std::vector<bool> at_end_;                ///< by loop: it is at its last tile
    std::vector<Kind> kinds_;
    Kind made_;  ///< the kind in work
};

}  // namespace

std::vector<TileLoop> tile_loops(const NestByRole& nest, const Found& mapping) {
    std::vector<TileLoop> result;
    for (const auto role : order(mapping.inner)) {
        const auto& option = mapping.options[index(role)];
        auto dims = nest.dims[index(role)];
        auto tile = option.tile;
        move_last(dims, option.slide);
        move_last(tile, option.slide);
        for (std::size_t d = 0; d < dims.size(); ++d) {
            const auto trips = core::ceil_div(nest.size[dims[d]], tile[d]);
            if (trips > 1) result.push_back({dims[d], tile[d], trips});
        }
    }
    return result;
}

TileWalk walk_tiles(const Problem& problem, const NestByRole& nest, const std::vector<TileLoop>& loops) {
    Walker walker(problem, nest, loops);
    auto walk = walker.run(0);
    const auto lanes = problem.engine.output_lanes;
    if (lanes == 0) return walk;
    const auto leaving = core::ceil_div(nest.nest->words(Operand::outputs).count(), lanes);
    const auto array = totals(walk.program).compute_cycles;
    return leaving > array ? walker.run(leaving - array) : walk;
}

}  // namespace dyad::models::mapper
