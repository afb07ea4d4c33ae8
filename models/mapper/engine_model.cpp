// SPDX-License-Identifier: Apache-2.0
#include "models/mapper/engine_model.hpp"

#include <algorithm>

#include "models/mapper/overloaded.hpp"
#include "models/mapper/problem.hpp"
#include "models/row_stationary.hpp"

namespace dyad::models::mapper {
namespace {

using core::ceil_div;
using hw_space::ArrayDataflow;
using hw_space::CustomUnit;
using hw_space::DepthwiseUnit;
using hw_space::PeArray;
using hw_space::Pipeline;
using hw_space::VectorUnit;

std::uint64_t precision_passes(const Kernel& kernel, core::Precision engine) {
    return ceil_div(core::bits(kernel.weight_precision), core::bits(engine)) *
           ceil_div(core::bits(kernel.input_precision), core::bits(engine));
}

std::uint64_t products(const hw_space::Engine& engine, const Kernel& kernel) {
    return hw_space::narrow_rate(engine, kernel.weight_precision, kernel.input_precision);
}

Extents no_unroll(const LoopNest& nest) { return Extents(nest.dims.size(), 1); }

/// Which role lies on the rows, which on the columns and which is streamed (cost_model.md section 4).
struct Placement {
    Role rows, cols, streamed;
};
Placement placement(ArrayDataflow dataflow) {
    if (dataflow == ArrayDataflow::output_stationary) return {Role::pixels, Role::filters, Role::window};
    if (dataflow == ArrayDataflow::input_stationary) return {Role::window, Role::pixels, Role::filters};
    return {Role::window, Role::filters, Role::pixels};
}

/// Cycles of a fold that are not streaming: the load of what is stationary (it leaves on wires of its own when it is
/// the outputs), and the skew of rows and columns.
void set_pipeline(EngineModel& model, Walk& stream, const PeArray& array) {
    const auto load = array.dataflow == ArrayDataflow::output_stationary ? 0 : array.rows;
    const auto skew = array.rows + array.cols - 2;
    if (array.pipeline == Pipeline::simple) {
        stream.extra = load + skew;
    } else {
        stream.at_least = array.rows;
        model.start = load;
        model.end = skew;
    }
}

EngineModel systolic(EngineModel model, const PeArray& array) {
    const auto roles_at = placement(array.dataflow);
    auto &on_rows = model.walk[index(roles_at.rows)], &on_cols = model.walk[index(roles_at.cols)];
    on_rows.side = array.rows;
    on_rows.axis = LoopAxis::rows;
    on_cols.side = array.cols;
    on_cols.axis = LoopAxis::cols;
    auto& stream = model.walk[index(roles_at.streamed)];
    stream.streamed = true;
    set_pipeline(model, stream, array);
    model.reads_windows = true;
    return model;
}

/// Dimensions in the order given, each as far as there is room on the axis.
void unroll(Extents& factors, const LoopNest& nest, const std::vector<std::string>& names, std::uint64_t room) {
    for (const auto& name : names) {
        const auto dim = nest.dim(name);
        if (!dim) continue;
        const auto factor = std::min(room, nest.dims[*dim].size);
        factors[*dim] *= factor;
        room /= factor;
    }
}

/// A given unrolling; output pixels stream past weights that stay.
EngineModel spatial(EngineModel model, const PeArray& array, const LoopNest& nest) {
    auto factors = no_unroll(nest);
    unroll(factors, nest, array.row_dims, array.rows);
    const auto on_rows = factors;
    unroll(factors, nest, array.col_dims, array.cols);
    for (auto& walk : model.walk) {
        walk.unroll = factors;
        walk.on_rows = on_rows;
    }
    model.walk[index(Role::pixels)].streamed = true;
    model.reads_windows = true;
    return model;
}

/// The best fold of the whole kernel, tile by tile. Rows of inputs slide inside the elements, so a pass reads each
/// input once; weights stay in the elements while all strips of a tile pass, and sums of passes meet in the buffer.
std::optional<EngineModel> row_stationary(EngineModel model, const PeArray& array, const LoopNest& nest) {
    const auto k = nest.dim("K"), c = nest.dim("C"), p = nest.dim("P"), r = nest.dim("R"), s = nest.dim("S");
    if (!k || !c || !p || !r || !s) return std::nullopt;
    const auto folds = row_stationary_folds(row_stationary_work(nest), array.rows, array.cols, array.registers);
    if (folds.empty()) return std::nullopt;
    const auto& best = folds.front();
    auto factors = no_unroll(nest);
    factors[*p] = best.strip;
    factors[*r] = std::min(nest.dims[*r].size, array.rows);
    factors[*k] = best.filter_sets;
    factors[*c] = best.channel_sets;
    for (auto& walk : model.walk) walk.unroll = factors;
    model.walk[index(Role::filters)].depth = best.filters_each;
    model.walk[index(Role::window)].depth = best.channels_each * nest.dims[*s].size;
    model.walk[index(Role::pixels)].streamed = true;
    return model;
}

std::optional<EngineModel> model_of(const PeArray& array, const Kernel& kernel, core::Hertz) {
    EngineModel model{.products = products(array, kernel),
                      .precision_passes = precision_passes(kernel, array.precision),
                      .accumulates = true,
                      .registers = {array.registers.weights > 0, array.registers.inputs > 0, array.registers.psums > 0},
                      .multipliers = array.rows * array.cols,
                      .output_lanes = array.output_lanes,
                      .launch = (array.launch + array.start_up).count(),
                      .accumulator_bits = core::bits(array.accumulate)};
    if (array.dataflow == ArrayDataflow::row_stationary) {
        model.passes = PassArray{array.rows, array.cols, array.registers};
        return row_stationary(std::move(model), array, *kernel.nest);
    }
    if (array.dataflow == ArrayDataflow::spatial) return spatial(std::move(model), array, *kernel.nest);
    return systolic(std::move(model), array);
}

/// A lane computes one output of a channel per cycle, all of its window at once; line buffers give it each input once.
std::optional<EngineModel> model_of(const DepthwiseUnit& unit, const Kernel& kernel, core::Hertz) {
    EngineModel model{.products = products(unit, kernel),
                      .precision_passes = precision_passes(kernel, unit.precision),
                      .registers = {true, true, true},
                      .multipliers = unit.multipliers(),
                      .output_lanes = unit.output_lanes,
                      .launch = (unit.launch + unit.start_up).count(),
                      .accumulator_bits = core::bits(unit.accumulate)};
    model.walk[index(Role::groups)].side = unit.lanes;
    model.walk[index(Role::window)].side = std::max<std::uint64_t>(kernel.kernel_side * kernel.kernel_side, 1);
    model.walk[index(Role::pixels)].streamed = true;
    return model;
}

std::optional<EngineModel> model_of(const VectorUnit&, const Kernel&, core::Hertz) { return std::nullopt; }

/// What is done of each product where a unit leaves out what a mask throws away.
double done(const CustomUnit& unit, const Kernel& kernel) { return unit.skips_masked ? kernel.needed : 1; }

Extents tile_of(const CustomUnit& unit, const LoopNest& nest) {
    auto factors = no_unroll(nest);
    for (const auto& [name, size] : unit.tile)
        if (const auto dim = nest.dim(name)) factors[*dim] = std::min(size, nest.dims[*dim].size);
    return factors;
}

/// All that is known is a rate, of operations or of tiles: every operand crosses the port once a tile of the buffer.
std::optional<EngineModel> model_of(const CustomUnit& unit, const Kernel& kernel, core::Hertz clock) {
    const auto lanes = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(unit.macs_per_cycle()));
    const double rate = unit.tile.empty() ? unit.operations_per_cycle : 1 / unit.cycles_per_tile;
    EngineModel model{.rate = rate / done(unit, kernel),
                      .precision_passes = precision_passes(kernel, unit.precision),
                      .multipliers = lanes,
                      .output_lanes = lanes,
                      .launch = (unit.launch + unit.start_up).count(),
                      .accumulator_bits = core::bits(unit.accumulate),
                      .port_in = static_cast<double>(unit.port_in.count()),
                      .port_out = static_cast<double>(unit.port_out.count()),
                      .port_both = unit.bandwidth.count() / clock.count()};
    for (auto& walk : model.walk) {
        walk.streamed = true;
        if (!unit.tile.empty()) walk.unroll = tile_of(unit, *kernel.nest);
    }
    // Its sums stay inside until they are finished and its weights until all pixels have passed; inputs pass again for
    // each step of filters.
    if (!unit.tile.empty()) model.walk[index(Role::filters)].streamed = false;
    return model;
}

/// Operands wider than the lanes take several passes.
double at_rate(double count, double lanes, core::Precision unit, core::Precision operand) {
    return count * static_cast<double>(ceil_div(core::bits(operand), core::bits(unit))) / lanes;
}

double total_operations(const Kernel& kernel) {
    double total = 0;
    for (const auto count : operations(kernel)) total += static_cast<double>(count);
    return total;
}

/// Elements at their own rate where the unit has one, else the operations.
double cycles_of(const CustomUnit& unit, const Kernel& kernel) {
    const double lanes = unit.elements_per_cycle > 0 ? unit.elements_per_cycle : unit.operations_per_cycle;
    if (!(lanes > 0)) return 0;
    const auto elements = static_cast<double>(std::max(kernel.vector_inputs, kernel.vector_outputs).count());
    const double count = unit.elements_per_cycle > 0 ? elements : total_operations(kernel);
    return at_rate(count * done(unit, kernel), lanes, unit.precision, kernel.input_precision);
}

}  // namespace

double EngineModel::port_cycles(double in, double out) const {
    const auto over = [](double bytes, double width) { return width > 0 ? bytes / width : 0; };
    return std::max({over(in, port_in), over(out, port_out), over(in + out, port_both)});
}

std::uint64_t Walk::steps(const std::vector<std::size_t>& dims, const Extents& tile) const {
    std::uint64_t product = 1;
    for (const auto d : dims) product *= ceil_div(tile[d], unroll.empty() ? 1 : unroll[d]);
    return product;
}

std::uint64_t Walk::last_stream(std::uint64_t steps) const {
    return longest == 0 || steps <= longest ? steps : steps - (ceil_div(steps, longest) - 1) * longest;
}

Walk::Count Walk::count(const std::vector<std::size_t>& dims, const Extents& tile) const {
    const auto all = steps(dims, tile);
    if (!streamed) return {ceil_div(all, side), ceil_div(ceil_div(all, side), depth)};
    const auto last = last_stream(all);
    const auto full = all == last ? 0 : (all - last) / longest;
    return {full * (std::max(longest, at_least) + extra) + std::max(last, at_least) + extra, full + 1};
}

std::optional<EngineModel> engine_model(const hw_space::Engine& engine, const Kernel& kernel, core::Hertz clock) {
    return std::visit([&](const auto& one) { return model_of(one, kernel, clock); }, engine);
}

double vector_cycles(const hw_space::Engine& engine, const Kernel& kernel) {
    return std::visit(Overloaded{[&](const VectorUnit& unit) {
                                     const auto each =
                                         hw_space::narrow_rate(unit, kernel.input_precision, kernel.output_precision);
                                     return at_rate(total_operations(kernel), static_cast<double>(unit.lanes * each),
                                                    unit.precision, kernel.input_precision);
                                 },
                                 [&](const CustomUnit& unit) { return cycles_of(unit, kernel); },
                                 [](const PeArray&) { return 0.0; }, [](const DepthwiseUnit&) { return 0.0; }},
                      engine);
}

}  // namespace dyad::models::mapper
