// SPDX-License-Identifier: Apache-2.0
#include "models/systolic.hpp"

#include <algorithm>
#include <stdexcept>

namespace dyad::models {

namespace {

using core::ceil_div;
using hw_space::ArrayDataflow;
using hw_space::Pipeline;

/// What lies on the rows and columns of the array and what streams through it.
struct Unrolled {
    std::uint64_t on_rows, on_cols, streamed;
};

Unrolled unroll(const SystolicWork& w, ArrayDataflow dataflow) {
    switch (dataflow) {
        case ArrayDataflow::output_stationary:
            return {w.pixels, w.filters, w.window};
        case ArrayDataflow::weight_stationary:
            return {w.window, w.filters, w.pixels};
        case ArrayDataflow::input_stationary:
            return {w.window, w.pixels, w.filters};
        default:
            throw std::logic_error("a systolic array keeps weights, inputs or outputs");
    }
}

/// Cycles of `folds` folds one after another; `preload` cycles bring the stationary operand (0: nothing to bring).
std::uint64_t cycles(std::uint64_t folds, std::uint64_t streamed, std::uint64_t rows, std::uint64_t cols,
                     std::uint64_t preload, Pipeline pipeline) {
    const auto stream = streamed + rows + cols - 2;  // the last element starts rows + cols - 2 after the first
    if (pipeline == Pipeline::simple) return folds * (preload + stream);
    return preload + (folds - 1) * std::max(streamed, rows) + stream;
}

}  // namespace

SystolicWork systolic_work(const LoopNest& nest) {
    const auto product = [&](std::initializer_list<const char*> names) {
        std::uint64_t size = 1;
        for (const auto* name : names)
            if (const auto dim = nest.dim(name)) size *= nest.dims[*dim].size;
        return size;
    };
    return {product({"N", "P", "Q"}), product({"K"}), product({"C", "R", "S"})};
}

SystolicCost systolic(const SystolicWork& work, std::uint64_t rows, std::uint64_t cols, ArrayDataflow dataflow,
                      Pipeline pipeline) {
    const auto [on_rows, on_cols, streamed] = unroll(work, dataflow);
    const auto row_folds = ceil_div(on_rows, rows), col_folds = ceil_div(on_cols, cols);
    const bool outputs_stay = dataflow == ArrayDataflow::output_stationary;
    SystolicCost cost;
    cost.folds = row_folds * col_folds;
    cost.cycles = core::Cycles(cycles(cost.folds, streamed, rows, cols, outputs_stay ? 0 : rows, pipeline));
    cost.input_reads = work.pixels * work.window * (dataflow == ArrayDataflow::input_stationary ? 1 : col_folds);
    cost.weight_reads = work.filters * work.window;
    if (outputs_stay) cost.weight_reads *= row_folds;
    if (dataflow == ArrayDataflow::input_stationary) cost.weight_reads *= col_folds;
    cost.output_writes = work.pixels * work.filters * (outputs_stay ? 1 : row_folds);
    cost.mapping_efficiency = static_cast<double>(on_rows * on_cols) / static_cast<double>(cost.folds * rows * cols);
    return cost;
}

}  // namespace dyad::models
