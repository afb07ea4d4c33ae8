// SPDX-License-Identifier: Apache-2.0
// The part of operators.hpp that keeps its positions: element by element, and along rows.
#pragma once
#include <cstdint>
#include <optional>

#include "arch_space/shape.hpp"
#include "models/kernel.hpp"

namespace dyad::arch_space {

/// Scale and shift per channel (axis 0 of images, the last axis of everything else).
struct Normalisation {
    enum class Kind { batch, layer, group };
    Kind kind = Kind::batch;
    std::uint64_t groups = 1;
    [[nodiscard]] Shapes infer(const Shapes& in) const;
    [[nodiscard]] std::uint64_t parameters(const Shapes& in) const;
    [[nodiscard]] models::VectorWork work(const Shapes& in, const Shapes& out) const;
};

struct Activation {
    enum class Kind {
        relu,
        relu6,
        leaky_relu,
        prelu,
        hardswish,
        hardsigmoid,
        swish,
        gelu,
        gelu_tanh,
        sigmoid,
        tanh,
        hardtanh,
        elu,
        selu,
        softplus,
        softsign,
        mish,  // functions of a neuron
        exp,
        log,
        sqrt,
        reciprocal,
        abs,
        sine  // elementary ones
    };
    Kind kind = Kind::relu;
    [[nodiscard]] Shapes infer(const Shapes& in) const;
    /// `prelu` learns a slope per channel (He et al. 2015).
    [[nodiscard]] std::uint64_t parameters(const Shapes& in) const;
    [[nodiscard]] models::VectorWork work(const Shapes& in, const Shapes& out) const;
};

/// Sum, product, quotient or largest of two or more tensors of one rank; axes of size 1 are spread. A quotient takes
/// the reciprocal of what it divides by. `compare` tells where the first of two is larger, `select` takes the second of
/// three where the first is not zero and the third elsewhere.
struct Elementwise {
    enum class Kind { add, mul, div, max, compare, select };
    Kind kind = Kind::add;
    [[nodiscard]] Shapes infer(const Shapes& in) const;
    [[nodiscard]] models::VectorWork work(const Shapes& in, const Shapes& out) const;
};

/// Product with (`scale`) or sum of (`shift`) a stored table of its input's rank; axes of size 1 of either are spread.
struct Table {
    enum class Kind { scale, shift };
    Kind kind = Kind::scale;
    Shape shape;
    std::optional<std::uint64_t> learned{};  ///< learned values it is made of; all of them if not given
    [[nodiscard]] Shapes infer(const Shapes& in) const;
    [[nodiscard]] std::uint64_t parameters(const Shapes& in) const;
    [[nodiscard]] std::uint64_t weights_read(const Shapes& in) const;
    [[nodiscard]] models::VectorWork work(const Shapes& in, const Shapes& out) const;
};

/// Softmax over the last axis, or its logarithm.
struct Softmax {
    bool log = false;
    [[nodiscard]] Shapes infer(const Shapes& in) const;
    [[nodiscard]] models::VectorWork work(const Shapes& in, const Shapes& out) const;
};

}  // namespace dyad::arch_space
