// SPDX-License-Identifier: Apache-2.0
// Operators that keep their positions: normalisation, activations, sums and products, softmax.
#include <fmt/format.h>

#include <algorithm>

#include "arch_space/operators.hpp"
#include "arch_space/operators/vector_work.hpp"

namespace dyad::arch_space {
namespace {

using hw_space::VectorOp;

/// Statistics over groups of elements, then scale and shift: sum, sum of squares, subtract the mean, divide by the
/// deviation, scale and shift per element; mean, variance and 1/sqrt per group.
models::VectorWork normalise(std::uint64_t count, std::uint64_t groups) {
    auto work = charged({{VectorOp::add, 4}, {VectorOp::mul, 3}}, count, 2);
    charge(work, {{VectorOp::mul, 2}, {VectorOp::rsqrt, 1}}, groups);
    return work;
}

/// Elementary functions and those made of one or two of them. Logarithm, sine and cosine are charged as an exponential:
/// all are read from a table of short polynomials. elu(x) = max(x, 0) + exp(min(x, 0)) - 1, selu scales both halves;
/// softplus(x) = log(1 + exp(x)); softsign(x) = x / (1 + |x|); mish(x) = x tanh(softplus(x)) = x (1 - 2 / ((1 +
/// exp(x))^2 + 1)) (Misra 2020).
models::VectorWork compute(Activation::Kind kind, std::uint64_t n) {
    using Kind = Activation::Kind;
    switch (kind) {
        case Kind::hardtanh:
            return charged({{VectorOp::max, 2}}, n);
        case Kind::elu:
            return charged({{VectorOp::max, 2}, {VectorOp::exp, 1}, {VectorOp::add, 2}}, n);
        case Kind::selu:
            return charged({{VectorOp::max, 2}, {VectorOp::exp, 1}, {VectorOp::add, 2}, {VectorOp::mul, 2}}, n);
        case Kind::softplus:
            return charged({{VectorOp::exp, 2}, {VectorOp::add, 1}}, n);
        case Kind::softsign:
            return charged({{VectorOp::max, 1}, {VectorOp::add, 1}, {VectorOp::reciprocal, 1}, {VectorOp::mul, 1}}, n);
        case Kind::mish:
            return charged({{VectorOp::exp, 1}, {VectorOp::add, 3}, {VectorOp::mul, 3}, {VectorOp::reciprocal, 1}}, n);
        case Kind::exp:
        case Kind::log:
        case Kind::sine:
            return charged({{VectorOp::exp, 1}}, n);
        case Kind::sqrt:
            return charged({{VectorOp::rsqrt, 1}, {VectorOp::mul, 1}}, n);
        case Kind::reciprocal:
            return charged({{VectorOp::reciprocal, 1}}, n);
        case Kind::abs:
            return charged({{VectorOp::max, 1}}, n);
        default:
            throw std::logic_error("activation of no kind");
    }
}

/// Operations per element: relu6(x) = min(max(x, 0), 6); hardsigmoid(x) = relu6(x + 3) / 6; sigmoid(x) = 1 / (1 +
/// exp(-x)); tanh(x) = 1 - 2 / (exp(2x) + 1); gelu(x) = x (0.5 + 0.5 erf(x / sqrt 2)), its approximation
/// x (0.5 + 0.5 tanh(sqrt(2 / pi) (x + 0.044715 x^3))) (Hendrycks & Gimpel 2016).
models::VectorWork activate(Activation::Kind kind, std::uint64_t n) {
    using Kind = Activation::Kind;
    switch (kind) {
        case Kind::relu:
            return charged({{VectorOp::max, 1}}, n);
        case Kind::relu6:
            return charged({{VectorOp::max, 2}}, n);
        case Kind::leaky_relu:
        case Kind::prelu:
            return charged({{VectorOp::mul, 1}, {VectorOp::max, 1}}, n);
        case Kind::hardsigmoid:
            return charged({{VectorOp::add, 1}, {VectorOp::max, 2}, {VectorOp::mul, 1}}, n);
        case Kind::hardswish:
            return charged({{VectorOp::add, 1}, {VectorOp::max, 2}, {VectorOp::mul, 2}}, n);
        case Kind::sigmoid:
            return charged({{VectorOp::exp, 1}, {VectorOp::add, 1}, {VectorOp::reciprocal, 1}}, n);
        case Kind::swish:
            return charged({{VectorOp::exp, 1}, {VectorOp::add, 1}, {VectorOp::reciprocal, 1}, {VectorOp::mul, 1}}, n);
        case Kind::tanh:
            return charged({{VectorOp::mul, 2}, {VectorOp::exp, 1}, {VectorOp::add, 2}, {VectorOp::reciprocal, 1}}, n);
        case Kind::gelu:
            return charged({{VectorOp::mul, 3}, {VectorOp::erf, 1}, {VectorOp::add, 1}}, n);
        case Kind::gelu_tanh:
            return charged({{VectorOp::mul, 8}, {VectorOp::exp, 1}, {VectorOp::add, 4}, {VectorOp::reciprocal, 1}}, n);
        default:
            return compute(kind, n);
    }
}

/// NumPy's broadcasting of tensors of one rank; false where they do not fit.
bool spread(Shape& shape, const Shape& other) {
    if (other.size() != shape.size()) return false;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        if (shape[axis] != other[axis] && shape[axis] != 1 && other[axis] != 1) return false;
        shape[axis] = std::max(shape[axis], other[axis]);
    }
    return true;
}

}  // namespace

Shapes Normalisation::infer(const Shapes& in) const {
    expect_inputs(in, 1, "normalisation");
    const auto channels = in[0][channel_axis(in[0])];
    if (channels % groups != 0) throw BadShape(fmt::format("{} groups do not divide {} channels", groups, channels));
    return in;
}

std::uint64_t Normalisation::parameters(const Shapes& in) const { return 2 * in.at(0)[channel_axis(in[0])]; }

// Batch normalisation uses stored statistics at inference: one multiplication and addition an element.
models::VectorWork Normalisation::work(const Shapes& in, const Shapes&) const {
    const auto count = elements(in.at(0));
    if (kind == Kind::batch) return charged({{VectorOp::mul, 1}, {VectorOp::add, 1}}, count);
    return normalise(count, kind == Kind::group ? groups : count / in[0][channel_axis(in[0])]);
}

Shapes Activation::infer(const Shapes& in) const {
    expect_inputs(in, 1, "an activation");
    return in;
}

std::uint64_t Activation::parameters(const Shapes& in) const {
    if (kind != Kind::prelu) return 0;
    return in.at(0).size() == 3 ? in[0].front() : in.at(0).back();
}

models::VectorWork Activation::work(const Shapes& in, const Shapes&) const {
    return activate(kind, elements(in.at(0)));
}

Shapes Elementwise::infer(const Shapes& in) const {
    const auto what = name(Operator(*this), in);
    const std::size_t least = kind == Kind::select ? 3 : 2;
    const bool exact = kind == Kind::select || kind == Kind::compare;
    if (in.size() < least || (exact && in.size() > least))
        throw BadShape(fmt::format("{} takes {}{} inputs, found {}", what, exact ? "" : "at least ", least, in.size()));
    auto shape = in[0];
    for (const auto& other : in)
        if (!spread(shape, other))
            throw BadShape(fmt::format("{} cannot join {} and {}", what, to_text(in[0]), to_text(other)));
    return {shape};
}

// One operation for each input after the first; a selection is one.
models::VectorWork Elementwise::work(const Shapes& in, const Shapes& out) const {
    static constexpr VectorOp operations[] = {VectorOp::add, VectorOp::mul,     VectorOp::mul,
                                              VectorOp::max, VectorOp::compare, VectorOp::max};
    const auto times = kind == Kind::select ? 1 : in.size() - 1;
    auto work = charged({{operations[static_cast<std::size_t>(kind)], times}}, elements(out.at(0)));
    for (std::size_t i = 1; kind == Kind::div && i < in.size(); ++i)
        charge(work, {{VectorOp::reciprocal, 1}}, elements(in[i]));
    return work;
}

Shapes Table::infer(const Shapes& in) const {
    const auto what = name(Operator(*this), in);
    expect_inputs(in, 1, what.data());
    auto result = in[0];
    if (!spread(result, shape))
        throw BadShape(fmt::format("{} cannot join {} and its table {}", what, to_text(in[0]), to_text(shape)));
    return {result};
}

std::uint64_t Table::parameters(const Shapes&) const { return learned.value_or(elements(shape)); }
std::uint64_t Table::weights_read(const Shapes&) const { return elements(shape); }
models::VectorWork Table::work(const Shapes&, const Shapes& out) const {
    return charged({{kind == Kind::scale ? VectorOp::mul : VectorOp::add, 1}}, elements(out.at(0)));
}

Shapes Softmax::infer(const Shapes& in) const {
    expect_inputs(in, 1, "softmax");
    return in;
}

// Three passes: maximum; subtract, exponential and sum; scale by the reciprocal of the sum, one per row. The logarithm
// subtracts that of the sum instead.
models::VectorWork Softmax::work(const Shapes& in, const Shapes&) const {
    const auto count = elements(in.at(0)), rows = count / in[0].back();
    auto work = charged({{VectorOp::max, 1}, {VectorOp::add, 2}, {VectorOp::exp, 1}}, count, 3);
    charge(work, {{log ? VectorOp::add : VectorOp::mul, 1}}, count);
    charge(work, {{log ? VectorOp::exp : VectorOp::reciprocal, 1}}, rows);
    return work;
}

}  // namespace dyad::arch_space
