// SPDX-License-Identifier: Apache-2.0
// Operators that find elements, or pick them by indices that are computed: point sets, detection heads, classes.
#include <fmt/format.h>

#include <array>

#include "arch_space/onnx/arguments.hpp"
#include "arch_space/onnx/handlers.hpp"
#include "arch_space/onnx/points.hpp"
#include "arch_space/onnx/shapes.hpp"

namespace dyad::arch_space::onnx {
namespace {

/// The largest of each row along an axis: values and places. Another axis than the last goes through a transposition
/// and back.
std::array<Source, 2> largest(Importer& importer, const Node& node, std::size_t axis, std::uint64_t count) {
    const auto& input = importer.activation(node, 0);
    const auto& shape = input.shape;
    const auto before = product_of(shape, 0, axis), after = product_of(shape, axis + 1, shape.size());
    if (after == 1) {
        const auto rows = importer.view(input, {before, shape[axis]});
        const auto made = importer.emit(node, TopK{count}, {rows});
        return {made.at(0), made.at(1)};
    }
    Node turned{node.name + "_turned", "Transpose", {}, {}}, back{node.name + "_back", "Transpose", {}, {}};
    const auto across =
        importer.emit(turned, Transpose{{0, 2, 1}}, {importer.view(input, {before, shape[axis], after})});
    auto made = importer.emit(node, TopK{count}, across);
    for (std::size_t i = 0; i < made.size(); ++i)
        if (i < node.outputs.size() && !node.outputs[i].empty() && count > 1)
            made[i] = importer.emit(back, Transpose{{0, 2, 1}}, {made[i]}).at(0);
    return {made.at(0), made.at(1)};
}

void top_k(Importer& importer, const Node& node) {
    auto shape = importer.activation(node, 0).shape;
    const auto axis = axis_of(node.integer("axis", -1), shape.size());
    const auto given = node.has("k") ? std::vector{node.integer("k", 0)} : whole_numbers(importer, node, "", 1);
    if (given.size() != 1 || given[0] < 1 || static_cast<std::uint64_t>(given[0]) > shape[axis])
        throw Fault(fmt::format("expected k from 1 to the {} elements along axis {}", shape[axis], axis));
    const auto count = static_cast<std::uint64_t>(given[0]);
    const auto found = largest(importer, node, axis, count);
    shape[axis] = count;
    for (std::size_t i = 0; i < found.size(); ++i)
        importer.set(node, i, {.kind = Value::Kind::activation, .shape = shape, .source = found[i]});
}

/// ArgMax and ArgMin: where the first of them is.
void arg_extreme(Importer& importer, const Node& node) {
    auto shape = importer.activation(node, 0).shape;
    const auto axis = axis_of(node.integer("axis", 0), shape.size());
    auto place = largest(importer, node, axis, 1)[1];
    shape[axis] = 1;
    if (node.integer("keepdims", 1) == 0) shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
    importer.set(node, 0, {.kind = Value::Kind::activation, .shape = shape, .source = std::move(place)});
}

/// Picks single elements: as many as there are indices.
void gather_elements(Importer& importer, const Node& node) {
    const auto& data = importer.activation(node, 0);
    const auto& indices = importer.activation(node, 1);
    (void)axis_of(node.integer("axis", 0), data.shape.size());
    if (indices.shape.size() != data.shape.size())
        throw Fault(fmt::format("indices {} for {}", to_text(indices.shape), to_text(data.shape)));
    importer.emit_to(node, indices.shape, Gather{},
                     {importer.view(data, {elements(data.shape)}), importer.view(indices, {elements(indices.shape)})});
}

/// One number a row of indices: the last column where each has a column of its own.
Source rows_of(Importer& importer, const Node& node, const Value& indices, std::uint64_t columns) {
    const auto rows = elements(indices.shape) / columns;
    if (elements(indices.source.shape) == rows) return importer.view(indices, {rows});
    Node last{node.name + "_index", "Split", {}, {}};
    const Split op{.axis = 1, .parts = 0, .sizes = {columns - 1, 1}};
    const auto parts = importer.emit(last, op, {importer.view(indices, {rows, columns})});
    return importer.view(parts.at(1), {rows});
}

void gather_nd(Importer& importer, const Node& node) {
    const auto& data = importer.activation(node, 0);
    const auto& indices = importer.activation(node, 1);
    const auto batch = node.integer("batch_dims", 0);
    const auto rank = static_cast<std::int64_t>(data.shape.size());
    if (indices.shape.empty() || batch < 0 || batch >= rank) throw Fault("expected rows of indices");
    const auto columns = indices.shape.back();
    const auto first = static_cast<std::size_t>(batch) + columns;
    if (columns == 0 || first > data.shape.size())
        throw Fault(fmt::format("indices {} for {}", to_text(indices.shape), to_text(data.shape)));
    Shape shape(indices.shape.begin(), indices.shape.end() - 1);
    shape.insert(shape.end(), data.shape.begin() + static_cast<std::ptrdiff_t>(first), data.shape.end());
    if (pick_sampled(importer, node, shape)) return;
    const Shape table{product_of(data.shape, 0, first), product_of(data.shape, first, data.shape.size())};
    importer.emit_to(node, shape, Gather{}, {importer.view(data, table), rows_of(importer, node, indices, columns)});
}

constexpr HandlerEntry table[] = {{"TopK", top_k},
                                  {"ArgMax", arg_extreme},
                                  {"ArgMin", arg_extreme},
                                  {"GatherElements", gather_elements},
                                  {"GatherND", gather_nd}};

}  // namespace

std::span<const HandlerEntry> selection_handlers() { return table; }

}  // namespace dyad::arch_space::onnx
