// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "hw_space/accelerator.hpp"
#include "models/kernel.hpp"

namespace dyad::models {

/// A product of (pixels x window) and (window x filters): M x K times K x N of a matrix product; of a convolution
/// pixels = N*P*Q, filters = K, window = C*R*S.
struct SystolicWork {
    std::uint64_t pixels = 1, filters = 1, window = 1;
};
/// The product that one group of a nest of dimensions N G K C P Q R S is.
[[nodiscard]] SystolicWork systolic_work(const LoopNest& nest);

/// What a systolic array does for one product.
struct SystolicCost {
    std::uint64_t folds = 0;
    core::Cycles cycles;  ///< from the first word in to the last result out, operands always there
    /// Words between the array and its memories: each operand as often as it enters the array, each (partial) sum as
    /// often as it leaves it.
    std::uint64_t input_reads = 0, weight_reads = 0, output_writes = 0;
    double mapping_efficiency = 0;  ///< used elements of the array over all, mean over the folds
};

/// Closed forms of cost_model.md section 4 (SCALE-Sim: Samajdar et al., ISPASS 2020; `overlapped` preloads the next
/// fold's stationary operand). `dataflow` is weight-, output- or input-stationary; std::logic_error otherwise.
[[nodiscard]] SystolicCost systolic(const SystolicWork& work, std::uint64_t rows, std::uint64_t cols,
                                    hw_space::ArrayDataflow dataflow, hw_space::Pipeline pipeline);

}  // namespace dyad::models
