// SPDX-License-Identifier: Apache-2.0
// Between fitted.cpp, which fits, and fitted_file.cpp, which writes and reads.
#pragma once
#include "arch_space/accuracy/fitted.hpp"
#include "arch_space/accuracy/predictors.hpp"
#include "arch_space/accuracy/scores.hpp"

namespace dyad::arch_space {

struct FittedSurrogate::Impl {
    std::string name, space, unit, source;
    std::size_t rows = 0, networks = 0;
    std::vector<HeldOut> held_out;
    double widening = 1;  ///< of the model's deviation, so that the interval covers what it should
    Columns columns;
    NormalScores scores;
    std::unique_ptr<Predictor> predictor;
};

}  // namespace dyad::arch_space
