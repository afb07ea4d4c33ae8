// SPDX-License-Identifier: Apache-2.0
#include "models/mapper/cost.hpp"

#include <algorithm>
#include <utility>

#include "models/mapper/tile_walk.hpp"

namespace dyad::models::mapper {
namespace {

constexpr auto w = index(Operand::weights), i = index(Operand::inputs), o = index(Operand::outputs);
constexpr auto groups = index(Role::groups), window = index(Role::window), filters = index(Role::filters),
               pixels = index(Role::pixels);

template <class Get>
double product(const Candidate& candidate, const Get& get) {
    double result = 1;
    for (const auto* option : candidate.options) result *= get(*option);
    return result;
}

/// Of what is loaded and read: outputs are sums there.
double stored(const std::array<double, 3>& fractions, std::size_t operand) {
    return operand == o ? 1 : fractions[operand];
}

}  // namespace

double Candidate::tiles() const {
    return product(*this, [](const RoleOption& option) { return option.tiles; });
}

double Cost::value(Objective objective) const {
    if (objective == Objective::latency) return cycles;
    return objective == Objective::energy ? energy : cycles * energy;
}

CostModel::CostModel(const Problem& problem, const NestByRole& nest) : problem_(problem) {
    for (const auto operand : operands) {
        const auto at = index(operand);
        words_[at] = static_cast<double>(nest.nest->words(operand).count());
        bytes_[at] = problem.bits[at] / 8.0;
        kept_[at] = problem.innermost(operand).has_value();
    }
    sum_bytes_ = problem.engine.accumulator_bits / 8.0;
    const auto macs = static_cast<double>(nest.nest->macs());
    double filter_words = 1;
    for (const auto d : nest.dims[filters]) filter_words *= static_cast<double>(nest.size[d]);
    input_reads_ = macs / filter_words;
    fixed_energy_ = macs * problem.mac_energy + problem.vector_energy + register_energy() * macs;
    energy_ = energy_weights();
    dram_ = dram_weights();
    for (std::size_t b = 0; b < problem.buffers.size(); ++b) occupancy_.push_back(occupancy_weights(b));
    for (std::size_t b = 0; b < problem.buffers.size(); ++b) rooms_.push_back(room(b));
}

CostModel::Room CostModel::room(std::size_t buffer) const {
    Room result{.bits = 8 * static_cast<double>(problem_.buffers[buffer].bytes)};
    for (const auto operand : operands) {
        result.word[0][index(operand)] = problem_.held_bits(buffer, operand, false, false);
        result.word[1][index(operand)] = problem_.held_bits(buffer, operand, true, false);
        result.word[2][index(operand)] = problem_.held_bits(buffer, operand, true, true);
    }
    return result;
}

/// Joules a multiply-accumulate spends on operands held in the elements: one access of each, two of the sum.
double CostModel::register_energy() const {
    double sum = 0;
    for (std::size_t at = 0; at < words_.size(); ++at) {
        if (!problem_.engine.registers[at]) continue;
        const auto bits = at == o ? 2 * problem_.engine.accumulator_bits : problem_.bits[at];
        sum += bits * problem_.register_energy[at];
    }
    return sum;
}

/// A word is read where it comes from and written where it goes; it passes every buffer on its way that keeps its
/// operand. Draining a buffer is not counted as a read of it (cost_model.md section 3, rule 4). What is compressed
/// moves less; `finished` takes off what finished outputs save, which `store` and `write` count as if they were sums.
CostModel::Weights CostModel::energy_weights() const {
    const auto& dram = problem_.dram;
    Weights weights{.store = dram.write_energy, .finished = dram.write_energy * (dram.stored[o] - 1)};
    for (const auto operand : operands) {
        const auto at = index(operand);
        const auto inner = problem_.innermost(operand);
        auto& load = weights.load[at] = dram.read_energy * stored(dram.stored, at) + (inner ? 0 : problem_.wire_energy);
        for (std::size_t b = 0; b < problem_.buffers.size(); ++b) {
            const auto& buffer = problem_.buffers[b];
            if (!buffer.keeps[at]) continue;
            load += (buffer.write_energy + (b == inner ? 0 : buffer.read_energy)) * stored(buffer.stored, at);
            if (operand != Operand::outputs) continue;
            if (b != inner) weights.store += buffer.write_energy;
            weights.finished += buffer.write_energy * (buffer.stored[o] - 1);
        }
        if (!inner) continue;
        const auto& buffer = problem_.buffers[*inner];
        weights.read[at] = buffer.read_energy * stored(buffer.stored, at) + problem_.wire_energy;
    }
    const auto inner = problem_.innermost(Operand::outputs);
    if (inner)
        weights.write = problem_.buffers[*inner].write_energy + problem_.wire_energy;
    else
        weights.store += problem_.wire_energy;
    return weights;
}

CostModel::Weights CostModel::occupancy_weights(std::size_t buffer) const {
    const auto& of_buffer = problem_.buffers[buffer];
    Weights weights;
    for (const auto operand : operands) {
        const auto at = index(operand);
        if (!of_buffer.keeps[at]) continue;
        const bool inner = problem_.innermost(operand) == buffer;
        weights.load[at] = (inner ? 1 : 2) * stored(of_buffer.stored, at);
        weights.read[at] = (inner ? 1 : 0) * stored(of_buffer.stored, at);
        if (operand != Operand::outputs) continue;
        weights.store = inner ? 0 : 1;
        weights.write = inner ? 1 : 0;
        weights.finished = of_buffer.stored[o] - 1;
    }
    return weights;
}

CostModel::Weights CostModel::dram_weights() const {
    const auto& dram = problem_.dram;
    return {.load = {dram.stored[w], dram.stored[i], 1},
            .read = {},
            .store = 1,
            .write = 0,
            .finished = dram.stored[o] - 1};
}

double CostModel::Weights::of(const Moved& moved) const {
    double sum = store * moved.store + write * moved.write + finished * moved.finished;
    for (std::size_t at = 0; at < load.size(); ++at) sum += load[at] * moved.load[at] + read[at] * moved.read[at];
    return sum;
}

std::array<double, 3> CostModel::tile_words(const Candidate& candidate) const {
    std::array<double, 3> result{};
    for (std::size_t at = 0; at < result.size(); ++at)
        result[at] = product(candidate, [at](const RoleOption& option) { return option.words[at]; });
    return result;
}

bool CostModel::fits(const Candidate& candidate) const {
    const auto words = tile_words(candidate);
    const auto& sums = *candidate.options[window];
    const std::size_t kind = sums.tiles > 1 ? 2 : sums.partial ? 1 : 0;
    return std::ranges::all_of(rooms_, [&](const Room& room) {
        const auto& word = room.word[kind];
        return words[w] * word[w] + words[i] * word[i] + words[o] * word[o] <= room.bits;
    });
}

CostModel::Moved CostModel::moved(const Candidate& candidate) const {
    const auto& [g, c, k, m] = candidate.options;
    const bool slides = candidate.inner != Role::window;
    const auto inputs = c->inputs_apart * g->inputs_apart * (slides ? m->inputs_sliding : m->inputs_apart);
    const auto box_reads = c->inputs_apart * g->inputs_apart * m->inputs_apart;
    Moved result;
    result.read[w] = words_[w] * m->passes * bytes_[w];
    result.read[i] = (problem_.engine.reads_windows ? input_reads_ : box_reads) * k->passes * bytes_[i];
    result.read[o] = words_[o] * (c->passes - 1) * sum_bytes_;
    result.write = result.read[o] + words_[o] * bytes_[o];
    result.load[w] = words_[w] * (candidate.inner == Role::pixels ? 1 : m->tiles) * bytes_[w];
    result.load[i] = inputs * (candidate.inner == Role::filters ? 1 : k->tiles) * bytes_[i];
    result.load[o] = words_[o] * (candidate.inner == Role::window ? 0 : c->tiles - 1) * sum_bytes_;
    result.finished = words_[o] * bytes_[o];
    result.store = result.load[o] + result.finished;
    for (std::size_t at = 0; at < kept_.size(); ++at)
        if (!kept_[at]) result.load[at] = std::exchange(result.read[at], 0);
    if (!kept_[o]) result.store = std::exchange(result.write, 0);
    return result;
}

CostModel::Moved CostModel::moved(const WalkTotals& walked) const {
    Moved result;
    for (std::size_t at = 0; at < words_.size(); ++at) {
        const auto bytes = at == o ? sum_bytes_ : bytes_[at];
        result.load[at] = static_cast<double>(walked.loaded[at]) * bytes;
        result.read[at] = kept_[at] ? static_cast<double>(walked.read[at]) * bytes : 0;
    }
    result.finished = words_[o] * bytes_[o];
    result.store = (static_cast<double>(walked.stored) - words_[o]) * sum_bytes_ + result.finished;
    if (kept_[o]) result.write = (static_cast<double>(walked.written) - words_[o]) * sum_bytes_ + result.finished;
    return result;
}

/// The slowest of the elements, the output path, the buffers and the port.
double CostModel::compute_cycles(double array_cycles, const Moved& moved) const {
    const auto& engine = problem_.engine;
    auto cycles = array_cycles * static_cast<double>(engine.precision_passes) / engine.steps_per_cycle() +
                  static_cast<double>(engine.start + engine.end);
    if (engine.output_lanes > 0) cycles = std::max(cycles, words_[o] / static_cast<double>(engine.output_lanes));
    for (std::size_t b = 0; b < occupancy_.size(); ++b)
        cycles = std::max(cycles, occupancy_[b].of(moved) / problem_.buffers[b].bytes_per_cycle);
    return std::max(cycles, engine.port_cycles(moved.read[w] + moved.read[i] + moved.read[o], moved.write));
}

Cost CostModel::operator()(const Candidate& candidate) const { return (*this)(candidate, moved(candidate)); }

Cost CostModel::operator()(const Candidate& candidate, const Moved& bytes_moved) const {
    const auto tile = tile_words(candidate);
    const auto& dram = problem_.dram;
    const auto cycles = product(candidate, [](const RoleOption& option) { return option.cycles; });
    const auto tile_cycles = product(candidate, [](const RoleOption& option) { return option.tile_cycles; }) *
                             static_cast<double>(problem_.engine.precision_passes) / problem_.engine.steps_per_cycle();
    const auto compute = compute_cycles(cycles, bytes_moved);
    const auto loaded = tile[w] * bytes_[w] * dram.stored[w] + tile[i] * bytes_[i] * dram.stored[i];
    const auto first = dram.row_cycles + loaded / dram.bytes_per_cycle;
    const auto last = dram.row_cycles + tile[o] * bytes_[o] * dram.stored[o] / dram.bytes_per_cycle;
    const auto transfers = dram_.of(bytes_moved) / dram.bytes_per_cycle + candidate.tiles() * dram.row_cycles;
    const auto busy =
        problem_.overlaps() ? std::max(first + compute + last, transfers + tile_cycles) : compute + transfers;
    return {.cycles = static_cast<double>(problem_.engine.launch) + busy,
            .energy = fixed_energy_ + energy_.of(bytes_moved)};
}

}  // namespace dyad::models::mapper
