// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "models/dataflow.hpp"

namespace dyad::models {

/// Kernels that a device runs by code of one kind, so that they share its physical parameters.
enum class WorkClass : std::uint8_t { conv, depthwise, linear, matmul, elementwise, softmax, normalisation, pool };
inline constexpr std::array work_classes{WorkClass::conv,          WorkClass::depthwise,   WorkClass::linear,
                                         WorkClass::matmul,        WorkClass::elementwise, WorkClass::softmax,
                                         WorkClass::normalisation, WorkClass::pool};
[[nodiscard]] std::string_view name(WorkClass kind);
[[nodiscard]] std::optional<WorkClass> find_work_class(std::string_view name);
[[nodiscard]] constexpr bool multiplies(WorkClass kind) { return kind <= WorkClass::matmul; }

/// What one kernel asks of a device: `groups` matrix products of m x k by k x n (an implicit one for convolutions: m
/// pixels, n filters, k window), and the elements it reads and writes. All for the whole batch; doubles because they
/// only enter formulas.
struct Work {
    WorkClass kind = WorkClass::elementwise;
    double groups = 1, m = 1, n = 1, k = 1;
    double batch = 1, channels = 1, out_side = 1;  ///< input channels per group and output rows, of a convolution
    double side = 1, stride = 1;                   ///< of its window
    double inputs = 0, weights = 0, outputs = 0;   ///< elements; weights 0 for a vector kernel
    double passes = 1;                             ///< over the data, of a vector kernel
    double rows = 1;                               ///< of a vector kernel: independent rows (softmax, normalisation)
    [[nodiscard]] double macs() const { return multiplies(kind) ? groups * m * n * k : 0; }
    [[nodiscard]] double elements() const { return inputs + weights + outputs; }
    friend auto operator<=>(const Work&, const Work&) = default;
};

/// Equal kernels of a network, counted.
struct CountedWork {
    Work work;
    double count = 1;
};
/// How the kernels of a network hang together, which their sum does not tell.
struct GraphTraits {
    double chain = 0;  ///< kernels on the longest path
    double joins = 0;  ///< tensors added to another
    double forks = 0;  ///< tensors that several kernels read
    friend auto operator<=>(const GraphTraits&, const GraphTraits&) = default;
};
struct WorkList : std::vector<CountedWork> {
    using std::vector<CountedWork>::vector;
    GraphTraits graph;  ///< all 0 where only the sum is known
};
/// Whether it is one kernel, measured alone.
[[nodiscard]] inline bool single(const WorkList& works) { return works.size() == 1 && works[0].count == 1; }

[[nodiscard]] Work conv_work(std::uint64_t batch, std::uint64_t in, std::uint64_t out, std::uint64_t out_side,
                             std::uint64_t side, std::uint64_t stride, std::uint64_t groups);
/// m x k by k x n, `batch` times; linear: the right operand is shared.
[[nodiscard]] Work product_work(WorkClass kind, std::uint64_t batch, std::uint64_t m, std::uint64_t n, std::uint64_t k);
/// `rows` rows of `width` elements, read from `operands` tensors and written once.
[[nodiscard]] Work vector_work(WorkClass kind, std::uint64_t rows, std::uint64_t width, std::uint64_t tensors);

/// What one kernel of a network asks for: its own work first, then the additions that a chip of one's own would fuse
/// into it (eager frameworks and TFLite run them as kernels).
[[nodiscard]] std::vector<Work> works_of(const Node& node, const Dataflow& dataflow);
/// The kernels of a network; equal ones are counted together, in a fixed order.
[[nodiscard]] WorkList works_of(const Dataflow& dataflow);
[[nodiscard]] WorkList counted(std::vector<Work> works);

}  // namespace dyad::models
