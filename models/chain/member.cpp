// SPDX-License-Identifier: Apache-2.0
#include "models/chain/member.hpp"

#include <algorithm>
#include <bit>

#include "models/mapper/memo.hpp"
#include "models/mapper/problem.hpp"
#include "models/schedule/candidates.hpp"
#include "models/schedule/residence.hpp"

namespace dyad::models::chain {
namespace {

constexpr std::size_t most_runs = 64;  ///< of one slice; finer ones are not worth playing

/// Dimensions of a convolution's nest (conv_nest), by letter.
struct Dims {
    std::uint64_t n, g, k, c, p, q, r, s;
};

std::optional<Dims> dims_of(const LoopNest& nest) {
    constexpr std::array names{"N", "G", "K", "C", "P", "Q", "R", "S"};
    if (nest.dims.size() != names.size()) return std::nullopt;
    for (std::size_t d = 0; d < names.size(); ++d)
        if (nest.dims[d].name != names[d]) return std::nullopt;
    const auto& d = nest.dims;
    return Dims{d[0].size, d[1].size, d[2].size, d[3].size, d[4].size, d[5].size, d[6].size, d[7].size};
}

/// An axis of the inputs of a nest of conv_nest(): stride x output + dilation x filter.
AxisShape axis(const Axis& terms, std::uint64_t outputs, std::uint64_t filters) {
    return {outputs, terms[0].coefficient, (filters - 1) * terms[1].coefficient + 1, 0};
}

bool has_weights_of_its_own(const Node& node) {
    return std::ranges::none_of(node.reads, [](const Use& use) { return use.operand == Operand::weights; });
}

/// Padding is what a window reaches beyond the outputs of the member before, half of it ahead of the first.
bool fit(AxisShape& axis, std::uint64_t before) {
    const auto reach = (axis.size - 1) * axis.stride + axis.window;
    if (reach + axis.stride <= before || reach >= before + 2 * axis.window) return false;
    axis.pad = (reach - std::min(reach, before) + 1) / 2;
    return true;
}

/// Pooling of the images that the member before makes.
std::optional<Member> pooling(const Node& node, std::size_t number, std::size_t engine, const Member& before) {
    const auto& w = *node.kernel.window;
    Member member{number,
                  engine,
                  &node.kernel,
                  {w.rows, w.stride_h, w.side_h, 0},
                  {w.cols, w.stride_w, w.side_w, 0},
                  before.images,
                  node.kernel.vector_outputs};
    const bool same_channels = member.output_words.count() * before.outputs_per_channel() ==
                               before.output_words.count() * member.outputs_per_channel();
    if (node.kernel.vector_inputs != before.output_words || !same_channels || node.writes.size() != 1)
        return std::nullopt;
    if (!fit(member.rows, before.rows.size) || !fit(member.cols, before.cols.size)) return std::nullopt;
    return member;
}

/// A vector kernel that works element by element: what is fused into a kernel, run apart.
bool is_elementwise(const Node& node) { return !node.kernel.nest && node.kernel.op == fused_apart; }

/// Tiles of all blocks in a row; false when they are too many.
bool unroll(const TileProgram& tiles, std::vector<TileRun>& runs) {
    for (const auto& block : tiles) {
        if (block.repeat * block.runs.size() + runs.size() > most_runs) return false;
        for (std::uint64_t r = 0; r < block.repeat; ++r) runs.insert(runs.end(), block.runs.begin(), block.runs.end());
    }
    return true;
}

std::uint64_t part_of(std::uint64_t whole, std::uint64_t part, std::uint64_t all) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((Wide{whole} * part + all - 1) / all);
}

/// The kernel of `rows` x `cols` outputs of one image.
Kernel cut_out(const Member& member, std::uint64_t rows, std::uint64_t cols) {
    auto kernel = *member.kernel;
    const auto part = rows * cols, all = member.outputs_per_channel();
    for (auto* work : {&kernel.vector, &kernel.epilogue})
        for (auto& count : work->operations) count = part_of(count, part, all);
    kernel.vector_inputs = core::Words(part_of(kernel.vector_inputs.count(), part, all));
    kernel.vector_outputs = core::Words(part_of(kernel.vector_outputs.count(), part, all));
    if (!kernel.nest) return kernel;
    auto& dims = kernel.nest->dims;
    if (dims[4].size == 1 && dims[5].size == 1) {
        dims[0].size = rows;
    } else {
        dims[0].size = 1;
        dims[4].size = rows;
        dims[5].size = cols;
    }
    return kernel;
}

hw_space::Accelerator with_roomy_residence(hw_space::Accelerator chip) {
    if (const auto home = residence(chip)) chip.buffers[*home].size = core::Bytes(std::uint64_t{1} << 50);
    return chip;
}

}  // namespace

core::Bytes Member::bytes(std::uint64_t row_count, std::uint64_t col_count) const {
    const auto words = part_of(output_words.count(), row_count * col_count, outputs_per_channel());
    return core::bytes_of(core::Words(words), kernel->output_precision);
}

std::optional<Member> first_member(const Dataflow& dataflow, std::size_t number, std::size_t engine) {
    const auto& node = dataflow.nodes()[number];
    if (!node.kernel.nest || node.writes.size() != 1 || !has_weights_of_its_own(node)) return std::nullopt;
    const auto dims = dims_of(*node.kernel.nest);
    if (!dims) return std::nullopt;
    Member member{number, engine, &node.kernel, {}, {}, 1, dataflow.tensors()[node.writes[0]].words};
    if (member.output_words != node.kernel.nest->words(Operand::outputs)) return std::nullopt;
    if (dims->p == 1 && dims->q == 1) {
        if (dims->r != 1 || dims->s != 1) return std::nullopt;
        member.rows.size = dims->n;
    } else {
        const auto& inputs = node.kernel.nest->projections[static_cast<std::size_t>(Operand::inputs)];
        member.rows = axis(inputs[3], dims->p, dims->r);
        member.cols = axis(inputs[4], dims->q, dims->s);
        member.images = dims->n;
    }
    return member;
}

std::optional<Member> next_member(const Dataflow& dataflow, const Member& before, std::size_t number,
                                  std::size_t engine) {
    const auto& node = dataflow.nodes()[number];
    if (is_elementwise(node)) {
        Member member{number,
                      engine,
                      &node.kernel,
                      {before.rows.size},
                      {before.cols.size},
                      before.images,
                      node.kernel.vector_outputs};
        const bool same =
            node.kernel.vector_inputs == before.output_words && member.output_words == before.output_words;
        return same && node.writes.size() == 1 ? std::optional(member) : std::nullopt;
    }
    if (node.kernel.window) return pooling(node, number, engine, before);
    auto member = first_member(dataflow, number, engine);
    if (!member || member->images != before.images) return std::nullopt;
    const auto dims = *dims_of(*node.kernel.nest);
    if (dims.g * dims.c * before.outputs_per_channel() != before.output_words.count()) return std::nullopt;
    if (!fit(member->rows, before.rows.size) || !fit(member->cols, before.cols.size)) return std::nullopt;
    return member;
}

Slices::Slices(const hw_space::Accelerator& accelerator, const MapOptions& options, const EnergyTable& energy,
               MapperMemo& memo)
    : chip_(accelerator), roomy_(with_roomy_residence(accelerator)), options_(options), energy_(energy), memo_(memo) {}

const Slice& Slices::get(const Member& member, std::uint64_t rows, std::uint64_t cols) {
    const std::array<std::uint64_t, 3> key{kind(member), rows, cols};
    const auto found = known_.find(key);
    return found != known_.end() ? found->second : known_.emplace(key, map(member, rows, cols)).first->second;
}

std::uint64_t Slices::kind(const Member& member) {
    const auto known = kind_of_.find(member.node);
    if (known != kind_of_.end()) return known->second;
    auto& memo = memo_.impl().chains;
    return kind_of_[member.node] = memo.number(memo.kinds, key(member));
}

mapper::Key Slices::key(const Member& member) const {
    const auto& kernel = *member.kernel;
    const auto problem = mapper::problem(kernel, roomy_, member.engine, options_, energy_);
    auto key = problem ? mapper::key(*problem) : mapper::Key{};
    const auto add = [&](std::uint64_t number) { key.push_back(number); };
    for (const auto* axis : {&member.rows, &member.cols})
        for (const auto number : {axis->size, axis->stride, axis->window}) add(number);
    for (const auto number :
         {std::uint64_t{member.engine}, member.images, member.output_words.count(), kernel.weight_bytes.count()})
        add(number);
    for (const auto* work : {&kernel.vector, &kernel.epilogue})
        for (const auto count : work->operations) add(count);
    for (const auto density : kernel.density) add(std::bit_cast<std::uint64_t>(density));
    for (std::size_t b = 0; b < chip_.buffers.size(); ++b) add(roomy_.buffers[b].size.count());
    return key;
}

Slice Slices::map(const Member& member, std::uint64_t rows, std::uint64_t cols) const {
    if (rows == 0 || cols == 0) return {};
    Slice slice;
    slice.plan = map_in_one_tile(cut_out(member, rows, cols), roomy_, member.engine, options_, memo_, energy_);
    if (!slice.plan) return slice;
    slice.totals = totals(slice.plan->tiles);
    const bool spills = slice.totals.load_bytes[static_cast<std::size_t>(Operand::outputs)] > 0;
    if (spills || !unroll(slice.plan->tiles, slice.runs)) slice.plan = nullptr;
    return slice;
}

}  // namespace dyad::models::chain
