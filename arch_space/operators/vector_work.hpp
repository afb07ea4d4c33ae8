// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <initializer_list>

#include "arch_space/shape.hpp"
#include "models/kernel.hpp"

namespace dyad::arch_space {

/// `times` operations of one kind for each element (or row, or pair) of what is counted.
struct Rate {
    hw_space::VectorOp op;
    std::uint64_t times;
};

/// Adds rates x count to `work`. Throws BadShape beyond max_operations.
inline void charge(models::VectorWork& work, std::initializer_list<Rate> rates, std::uint64_t count) {
    for (const auto& [op, times] : rates) work.operations[static_cast<std::size_t>(op)] += checked(times, count);
}

[[nodiscard]] inline models::VectorWork charged(std::initializer_list<Rate> rates, std::uint64_t count,
                                                std::uint64_t passes = 1) {
    models::VectorWork work;
    work.passes = passes;
    charge(work, rates, count);
    return work;
}

/// Work of operators that only move elements.
[[nodiscard]] inline models::VectorWork moved(std::uint64_t count) {
    return charged({{hw_space::VectorOp::gather, 1}}, count);
}

}  // namespace dyad::arch_space
