// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "arch_space/shape.hpp"
#include "models/kernel.hpp"

namespace dyad::arch_space {

/// A tensor that enters the network.
struct Input {
    Shape shape;
    [[nodiscard]] Shapes infer(const Shapes& in) const;
};

/// 2-D convolution of {channels, height, width}; `transposed` is its gradient (PyTorch's ConvTranspose2d).
/// `out` 0 = as many as input channels; `groups` 0 = one per input channel. Both are worked out when it enters a
/// network.
struct Conv {
    std::uint64_t out = 0;
    Pair kernel{}, stride{}, dilation{};
    Padding pad{};
    std::uint64_t groups = 1;
    bool bias = true;
    bool transposed = false;
    Pair output_padding{0, 0};  ///< of a transposed one: rows and columns added at the end
    [[nodiscard]] bool depthwise(const Shape& in) const { return groups > 1 && groups == in.at(0); }
    [[nodiscard]] Shapes infer(const Shapes& in) const;
    [[nodiscard]] std::uint64_t parameters(const Shapes& in) const;
    [[nodiscard]] std::uint64_t macs(const Shapes& in) const;
};

/// Fully connected over the last axis; the axes before it are rows.
struct Linear {
    std::uint64_t out = 0;
    bool bias = true;
    [[nodiscard]] Shapes infer(const Shapes& in) const;
    [[nodiscard]] std::uint64_t parameters(const Shapes& in) const;
    [[nodiscard]] std::uint64_t macs(const Shapes& in) const;
};

/// Product of two activations {[batch,] M, K} x {[batch,] K, N}; a transposed side has its last two axes swapped.
struct MatMul {
    bool transpose_left = false, transpose_right = false;
    [[nodiscard]] Shapes infer(const Shapes& in) const;
    [[nodiscard]] std::uint64_t macs(const Shapes& in) const;
};

/// Pooling of images. `global` reduces all of an image to 1 x 1 (of a sequence {tokens, width}: to {width}); `output`
/// other than 0 is adaptive pooling to that size.
struct Pool {
    enum class Kind { max, average };
    Kind kind = Kind::max;
    Pair kernel{}, stride{};
    Padding pad{};
    bool ceil = false;  ///< round the output size up
    bool global = false;
    Pair output{0, 0};
    [[nodiscard]] Shapes infer(const Shapes& in) const;
    [[nodiscard]] models::VectorWork work(const Shapes& in, const Shapes& out) const;
};

/// Copies its inputs behind one another.
struct Concat {
    std::uint64_t axis = 0;
    [[nodiscard]] Shapes infer(const Shapes& in) const;
    [[nodiscard]] models::VectorWork work(const Shapes& in, const Shapes& out) const;
};

/// Cuts along an axis into pieces of the given sizes; `parts` other than 0: into that many equal ones.
struct Split {
    std::uint64_t axis = 0, parts = 0;
    std::vector<std::uint64_t> sizes{};
    [[nodiscard]] Shapes infer(const Shapes& in) const;
    [[nodiscard]] models::VectorWork work(const Shapes& in, const Shapes& out) const;
};

/// Another shape for the same values in the same order: a view, moves nothing. One size may be 0: what is left.
struct Reshape {
    Shape shape;
    [[nodiscard]] Shapes infer(const Shapes& in) const;
};

/// Axes in another order; moves every element.
struct Transpose {
    std::vector<std::uint64_t> order;
    [[nodiscard]] Shapes infer(const Shapes& in) const;
    [[nodiscard]] models::VectorWork work(const Shapes& in, const Shapes& out) const;
};

/// Images to another size; `output` other than 0 fixes the size, else `scale`.
struct Resize {
    enum class Mode { nearest, bilinear };
    Mode mode = Mode::nearest;
    Pair scale{1, 1}, output{0, 0};
    [[nodiscard]] Shapes infer(const Shapes& in) const;
    [[nodiscard]] models::VectorWork work(const Shapes& in, const Shapes& out) const;
};

}  // namespace dyad::arch_space

#include "arch_space/operators_sequence.hpp"
