// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/mapper/plan_passes.hpp"

namespace dyad::models::mapper {
namespace {

using core::ceil_div;

constexpr auto w = index(Operand::weights), i = index(Operand::inputs), o = index(Operand::outputs);

/// Most elements along one dimension of a nest that a step moves the axis by; 0 = the dimension is not on it.
std::uint64_t step_of(const LoopNest& nest, std::size_t dim) {
    for (const auto& axis : nest.projections[i])
        for (const auto& term : axis)
            if (term.dim == dim) return term.coefficient;
    return 0;
}

bool undilated(const LoopNest& nest, const char* name) {
    const auto dim = nest.dim(name);
    return !dim || nest.dims[*dim].size == 1 || step_of(nest, *dim) == 1;
}

std::uint64_t bank_bytes(const BufferView& buffer, std::uint64_t words, unsigned bits) {
    return ceil_div((words * bits + 7) / 8, buffer.bank_bytes) * buffer.bank_bytes;
}

/// How far each letter can go, given those before it in the order e, t, r, q, p, n, m.
class Room {
public:
    Room(const Problem& problem, const PassShape& shape)
        : problem_(problem), shape_(shape), array_(*problem.engine.passes), buffer_(problem.buffers.back()) {}

    [[nodiscard]] std::uint64_t most_e() const { return std::min(shape_.rows, stacked() * array_.cols); }
    /// Sets side by side, of t and r together.
    [[nodiscard]] std::uint64_t sets(std::uint64_t e) const {
        return stacked() / ceil_div(e, array_.cols) * (array_.cols / std::min(e, array_.cols));
    }
    [[nodiscard]] std::uint64_t most_q(const PassMapping& mapping) const {
        return std::min(room(array_.registers.inputs, shape_.filter_cols), ceil_div(shape_.channels, mapping.r));
    }
    [[nodiscard]] std::uint64_t most_p(const PassMapping& mapping) const {
        return std::min({room(array_.registers.weights, mapping.q * shape_.filter_cols),
                         std::max<std::uint64_t>(array_.registers.psums, 1), ceil_div(shape_.filters, mapping.t)});
    }
    /// Groups of p x t filters whose sums lie in the buffer beside the inputs of a step, each in whole banks.
    [[nodiscard]] std::uint64_t most_groups(const PassMapping& mapping) const {
        const auto sums = mapping.e * shape_.cols * mapping.n, each = mapping.p * mapping.t;
        const auto held = mapping.n * mapping.q * mapping.r * shape_.input_rows(mapping.e) * shape_.input_cols();
        const auto inputs = bank_bytes(buffer_, held, problem_.bits[i]);
        if (inputs >= buffer_.bytes) return 0;
        const auto left = (buffer_.bytes - inputs) / buffer_.bank_bytes * buffer_.bank_bytes;
        return std::min(left * 8 / problem_.engine.accumulator_bits / sums / each, ceil_div(shape_.filters, each));
    }

private:
    [[nodiscard]] static std::uint64_t room(std::uint64_t words, std::uint64_t each) {
        return words == 0 ? 1 : words / each;
    }
    /// Rows of sets above one another.
    [[nodiscard]] std::uint64_t stacked() const { return array_.rows / std::min(shape_.filter_rows, array_.rows); }

    const Problem& problem_;
    const PassShape& shape_;
    const PassArray& array_;
    const BufferView& buffer_;
};

/// Walks the mappings and keeps the best.
class Search {
public:
    Search(const Problem& problem, const PassShape& shape) : problem_(problem), shape_(shape), room_(problem, shape) {}

    std::optional<FoundPasses> run() {
        PassMapping mapping;
        mapping.folds = folds_of(problem_, shape_);
        for (mapping.e = 1; mapping.e <= room_.most_e(); ++mapping.e) {
            const auto sets = room_.sets(mapping.e);
            for (mapping.t = 1; mapping.t <= std::min(sets, shape_.filters); mapping.t *= 2) {
                mapping.r = std::min(sets / mapping.t, shape_.channels);
                try_elements(mapping);
                if (std::exchange(mapping.r, 1) > 1) try_elements(mapping);
            }
        }
        return best_.evaluated > 0 ? std::optional(best_) : std::nullopt;
    }

private:
    void try_elements(PassMapping mapping) {
        const auto channels = room_.most_q(mapping);
        for (mapping.q = 1; mapping.q <= channels; ++mapping.q) {
            const auto filters = room_.most_p(mapping);
            for (mapping.p = 1; mapping.p <= filters; mapping.p *= 2)
                for (mapping.n = 1; mapping.n <= shape_.images; ++mapping.n)
                    if (shape_.images % mapping.n == 0) try_residence(mapping);
        }
    }

    /// As many filters as the buffer has room for, but no more than make their groups fewer.
    void try_residence(PassMapping mapping) {
        const auto most = room_.most_groups(mapping), each = mapping.p * mapping.t;
        if (most == 0) return;
        const auto groups = ceil_div(shape_.filters, most * each);
        mapping.m = std::min(shape_.filters, ceil_div(ceil_div(shape_.filters, groups), each) * each);
        judge(mapping);
    }

    void judge(const PassMapping& mapping) {
        double cycles = 0, energy = problem_.mac_energy * static_cast<double>(problem_.nest->macs());
        const auto strips = parts(shape_.rows, mapping.e), filters = parts(shape_.filters, mapping.m);
        const auto repeats = static_cast<double>(shape_.groups * (shape_.images / mapping.n));
        for (const auto& [rows, strip_count] :
             {std::pair(mapping.e, strips.full), std::pair(strips.rest, std::uint64_t{strips.rest > 0})})
            for (const auto& [kept, kept_count] :
                 {std::pair(mapping.m, filters.full), std::pair(filters.rest, std::uint64_t{filters.rest > 0})}) {
                if (strip_count * kept_count == 0) continue;
                const auto times = repeats * static_cast<double>(strip_count * kept_count);
                const auto cost = pass_cost(problem_, shape_, mapping, rows, kept);
                cycles += times * (cost.cycles + exposed(cost));
                energy += times * moved_energy(cost);
            }
        const double value = problem_.objective == Objective::latency  ? cycles
                             : problem_.objective == Objective::energy ? energy
                                                                       : cycles * energy;
        ++best_.evaluated;
        if (best_.evaluated > 1 && value >= value_) return;
        best_.mapping = mapping;
        value_ = value;
    }

    [[nodiscard]] double bytes(std::uint64_t words, std::size_t operand) const {
        return static_cast<double>(words) * problem_.bits[operand] / 8 * problem_.dram.stored[operand];
    }
    /// Inputs and outputs wait for the passes, weights do not unless they take longer.
    [[nodiscard]] double exposed(const PassCost& cost) const {
        const auto kept = (bytes(cost.input_words, i) + bytes(cost.sum_words, o)) / problem_.dram.bytes_per_cycle;
        return kept + std::max(0.0, bytes(cost.weight_words, w) / problem_.dram.bytes_per_cycle - cost.cycles);
    }
    [[nodiscard]] double moved_energy(const PassCost& cost) const {
        const auto loaded = bytes(cost.input_words, i) + bytes(cost.weight_words, w);
        const auto sums =
            static_cast<double>(cost.sum_words * cost.channel_groups) * problem_.engine.accumulator_bits / 8;
        const auto read = static_cast<double>(cost.input_words * cost.filter_groups) * problem_.bits[i] / 8;
        return loaded * problem_.dram.read_energy + bytes(cost.sum_words, o) * problem_.dram.write_energy +
               (sums + read) * problem_.buffers.back().read_energy + sums * problem_.buffers.back().write_energy +
               (2 * sums + read + bytes(cost.weight_words, w)) * problem_.wire_energy;
    }

    const Problem& problem_;
    const PassShape& shape_;
    const Room room_;
    FoundPasses best_;
    double value_ = 0;
};

}  // namespace

std::optional<PassShape> pass_shape(const LoopNest& nest) {
    const auto size = [&](const char* name) {
        const auto dim = nest.dim(name);
        return dim ? nest.dims[*dim].size : 1;
    };
    const auto p = nest.dim("P"), q = nest.dim("Q");
    if (!nest.dim("K") || !nest.dim("C") || !p || !q || !undilated(nest, "R") || !undilated(nest, "S"))
        return std::nullopt;
    return PassShape{.groups = size("G"),
                     .images = size("N"),
                     .filters = size("K"),
                     .channels = size("C"),
                     .rows = size("P"),
                     .cols = size("Q"),
                     .filter_rows = size("R"),
                     .filter_cols = size("S"),
                     .row_step = std::max<std::uint64_t>(step_of(nest, *p), 1),
                     .col_step = std::max<std::uint64_t>(step_of(nest, *q), 1)};
}

PassCost pass_cost(const Problem& problem, const PassShape& shape, const PassMapping& mapping, std::uint64_t rows,
                   std::uint64_t filters) {
    PassCost cost{.sum_words = filters * rows * shape.cols * mapping.n,
                  .input_words = mapping.n * shape.channels * shape.input_rows(rows) * shape.input_cols(),
                  .weight_words = filters * shape.channels * shape.filter_rows * shape.filter_cols,
                  .channel_groups = ceil_div(shape.channels, mapping.q * mapping.r) * mapping.folds,
                  .filter_groups = ceil_div(filters, mapping.p * mapping.t)};
    const auto way = [&](std::uint64_t words, unsigned bits) {
        return static_cast<double>(words) * bits / 8 / static_cast<double>(problem.buffers.back().width_bytes);
    };
    const auto steps = ceil_div(filters, mapping.t) * ceil_div(shape.channels, mapping.r) * mapping.folds * shape.cols *
                       shape.filter_cols * mapping.n * problem.engine.precision_passes;
    // The elements step together: sums of a strip that does not fill the array take the time of one that does.
    const auto sums = filters * mapping.e * shape.cols * mapping.n * cost.channel_groups;
    cost.cycles = way(cost.weight_words, problem.bits[w]) +
                  std::max(static_cast<double>(ceil_div(steps, problem.engine.products)),
                           way(sums, problem.engine.accumulator_bits));
    return cost;
}

std::optional<FoundPasses> best_pass_mapping(const Problem& problem, const PassShape& shape) {
    return Search(problem, shape).run();
}

std::uint64_t folds_of(const Problem& problem, const PassShape& shape) {
    return ceil_div(shape.filter_rows, problem.engine.passes->rows);
}

std::optional<PassFault> pass_fault(const Problem& problem, const PassShape& shape, const PassMapping& mapping) {
    const Room room(problem, shape);
    const auto within = [](char letter, std::uint64_t value, std::uint64_t most, const char* what) {
        const bool fits = value >= 1 && value <= most;
        return fits ? std::nullopt
                    : std::optional(PassFault{letter, fmt::format("{} {}, there is room for {}", value, what, most)});
    };
    const auto& [m, n, e, p, q, r, t, folds] = mapping;
    if (auto fault = within('e', e, room.most_e(), "rows of outputs in a strip")) return fault;
    const auto sets = room.sets(e);
    if (auto fault = within('t', t, std::min(sets, shape.filters), "sets for other filters")) return fault;
    if (auto fault = within('r', r, std::min(sets / t, shape.channels), "sets for other channels")) return fault;
    if (auto fault = within('q', q, room.most_q(mapping), "channels in an element")) return fault;
    if (auto fault = within('p', p, room.most_p(mapping), "filters in an element")) return fault;
    if (n < 1 || shape.images % n != 0)
        return PassFault{'n', fmt::format("{} images do not divide the {} of the batch", n, shape.images)};
    const auto held = std::min(shape.filters, room.most_groups(mapping) * p * t);
    return within('m', m, held, "filters whose sums the buffer holds");
}

}  // namespace dyad::models::mapper
