// SPDX-License-Identifier: Apache-2.0
#include "arch_space/onnx/shapes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dyad::arch_space::onnx {

std::size_t axis_of(std::int64_t axis, std::size_t rank) {
    const auto size = static_cast<std::int64_t>(rank);
    if (axis < -size || axis >= size) throw Fault(fmt::format("axis {} of {} axes", axis, rank));
    return static_cast<std::size_t>(axis < 0 ? axis + size : axis);
}

Shape without_batch(const Shape& shape) {
    if (shape.empty()) return {1};
    if (shape.size() == 1 || shape[0] != 1) return shape;
    return {shape.begin() + 1, shape.end()};
}

Shape merged(const Shape& shape) {
    if (shape.size() <= 3) return shape;
    const auto tail = shape.size() - 2;
    return {product_of(shape, 0, tail), shape[tail], shape[tail + 1]};
}

std::uint64_t product_of(const Shape& shape, std::size_t first, std::size_t last) {
    std::uint64_t result = 1;
    for (auto i = first; i < last; ++i) result = checked(result, shape[i], max_elements);
    return result;
}

Shape broadcast(const Shape& left, const Shape& right) {
    Shape result(std::max(left.size(), right.size()), 1);
    for (std::size_t i = 0; i < result.size(); ++i) {
        const auto a = i < left.size() ? left[left.size() - 1 - i] : 1;
        const auto b = i < right.size() ? right[right.size() - 1 - i] : 1;
        if (a != b && a != 1 && b != 1)
            throw Fault(fmt::format("cannot join {} and {}", to_text(left), to_text(right)));
        result[result.size() - 1 - i] = a == 1 ? b : a;
    }
    return result;
}

void check_size(const Shape& shape) {
    if (elements(shape) == 0) throw BadShape("nothing is left of " + to_text(shape));
    for (const auto size : shape)
        if (size > max_dimension)
            throw BadShape(fmt::format("too large: {} has an axis beyond {}", to_text(shape), max_dimension));
}

Shape image(const Shape& shape) {
    if (shape.size() < 3 || shape.size() > 4 || shape[0] != 1)
        throw Fault(fmt::format("expected 1 x channels x height x width, found {}", to_text(shape)));
    return {shape[1], shape[2], shape.size() == 4 ? shape[3] : 1};
}

void emit_norm(Importer& importer, const Node& node, const Value& input, const Normalisation& norm, const Value* scale,
               std::size_t axes) {
    const auto& shape = input.shape;
    if (shape.empty() || axes > shape.size()) throw Fault(fmt::format("normalisation of {}", to_text(shape)));
    const bool last = axes > 0 || shape.size() < 3;
    const auto at = shape.size() - std::max<std::size_t>(1, axes);
    const auto rows = product_of(shape, 0, at), width = product_of(shape, at, shape.size());
    const auto view = !last ? image(shape) : rows == 1 ? Shape{width} : Shape{rows, width};
    importer.emit_to(node, shape, norm, {importer.view(input, view)}, scale);
}

void emit_fused(Importer& importer, const Node& node, const Fused& fused, const Value& input) {
    if (input.pad != Padding{}) throw Fault("padding before anything but a convolution or pooling");
    const auto* norm = std::get_if<Normalisation>(&fused.op);
    if (norm == nullptr) return importer.emit_to(node, input.shape, fused.op, {input.source});
    const auto& shape = input.shape;
    const auto* scale = importer.find(fused.scale);
    const auto width = fused.axes > shape.size() ? 0
                       : fused.axes > 0          ? product_of(shape, shape.size() - fused.axes, shape.size())
                                                 : image(shape)[0];
    if (scale == nullptr || elements(scale->shape) != width)
        throw Fault(fmt::format("scale and shift do not fit {}", to_text(shape)));
    emit_norm(importer, node, input, *norm, scale, fused.axes);
}

}  // namespace dyad::arch_space::onnx
