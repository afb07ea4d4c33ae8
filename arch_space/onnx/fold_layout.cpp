// SPDX-License-Identifier: Apache-2.0
// Constants whose elements are moved, picked, joined or copied.
#include <fmt/format.h>

#include <functional>

#include "arch_space/onnx/arguments.hpp"
#include "arch_space/onnx/fold.hpp"
#include "arch_space/onnx/shapes.hpp"

namespace dyad::arch_space::onnx {
namespace {

using Numbers = std::vector<double>;

/// Picks elements along an axis: `index(i)` is the entry that comes i-th.
Value pick(const Value& from, std::size_t axis, std::uint64_t count,
           const std::function<std::int64_t(std::size_t)>& index) {
    auto value = from;
    value.shape[axis] = count;
    if (!from.values || elements(value.shape) > most_values) {
        value.values.reset();
        return value;
    }
    const auto inner = product_of(from.shape, axis + 1, from.shape.size()), outer = product_of(from.shape, 0, axis);
    Numbers values;
    for (std::size_t o = 0; o < outer; ++o)
        for (std::size_t i = 0; i < count; ++i) {
            const auto at = (o * from.shape[axis] + static_cast<std::size_t>(index(i))) * inner;
            for (std::size_t k = 0; k < inner; ++k) values.push_back((*from.values)[at + k]);
        }
    value.values = std::move(values);
    return value;
}

bool fold_gather(Importer& importer, const Node& node) {
    auto data = importer.in(node, 0);
    const auto& indices = importer.in(node, 1);
    if (!indices.values) data.values.reset();
    const auto axis = axis_of(node.integer("axis", 0), data.shape.size());
    const auto size = static_cast<std::int64_t>(data.shape[axis]);
    const auto whole = indices.values ? whole_numbers(importer, node, "", 1) : std::vector<std::int64_t>{};
    for (const auto at : whole)
        if (at < -size || at >= size) throw Fault(fmt::format("index {} of {} entries", at, size));
    auto value = pick(data, axis, elements(indices.shape), [&](std::size_t i) {
        return whole.empty() ? 0 : whole[i] < 0 ? whole[i] + size : whole[i];
    });
    auto shape = data.shape;
    const auto at = shape.begin() + static_cast<std::ptrdiff_t>(axis);
    shape.insert(shape.erase(at), indices.shape.begin(), indices.shape.end());
    value.shape = shape;
    value.entries = axis == 0 ? data.shape[0] : 0;
    importer.set(node, 0, std::move(value));
    return true;
}

bool fold_slice(Importer& importer, const Node& node) {
    auto value = importer.in(node, 0);
    const auto rows = value.shape.empty() ? 0 : value.shape[0];
    for (const auto& cut : cuts_of(importer, node, value.shape)) {
        value = pick(value, cut.axis, cut.count,
                     [&](std::size_t i) { return cut.first + static_cast<std::int64_t>(i) * cut.step; });
        if (cut.axis == 0 && cut.count != rows) value.origin.clear();
    }
    importer.set(node, 0, std::move(value));
    return true;
}

bool fold_split(Importer& importer, const Node& node) {
    const auto& value = importer.in(node, 0);
    const auto axis = axis_of(node.integer("axis", 0), value.shape.size());
    const auto parts = parts_of(importer, node, value.shape[axis]);
    std::uint64_t first = 0;
    for (std::size_t k = 0; k < node.outputs.size(); first += parts[k++]) {
        auto part = pick(value, axis, parts[k], [&](std::size_t i) { return static_cast<std::int64_t>(first + i); });
        if (parts.size() > 1) part.origin.clear();
        importer.set(node, k, std::move(part));
    }
    return true;
}

bool fold_concat(Importer& importer, const Node& node) {
    auto value = importer.in(node, 0);
    const auto axis = axis_of(node.integer("axis", 0), value.shape.size());
    const auto outer = product_of(value.shape, 0, axis);
    std::vector<const Numbers*> parts;
    value.shape[axis] = value.learned = 0;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const auto& other = importer.in(node, i);
        if (other.shape.size() != value.shape.size()) throw Fault("inputs of different rank");
        value.learned += other.learned;
        if (other.values) parts.push_back(&*other.values);
        value.shape[axis] += other.shape[axis];
    }
    Numbers values;
    for (std::uint64_t row = 0; row < outer && parts.size() == node.inputs.size(); ++row)
        for (const auto* part : parts) {
            const auto width = static_cast<std::ptrdiff_t>(part->size() / outer);
            const auto first = part->begin() + static_cast<std::ptrdiff_t>(row) * width;
            values.insert(values.end(), first, first + width);
        }
    const bool known =
        parts.size() == node.inputs.size() && elements(value.shape) == values.size() && values.size() <= most_values;
    value.values = known ? std::optional(std::move(values)) : std::nullopt;
    value.origin.clear();
    value.fill.reset();
    importer.set(node, 0, std::move(value));
    return true;
}

bool fold_transpose(Importer& importer, const Node& node) {
    const auto& from = importer.in(node, 0);
    const auto order = order_of(node, from.shape.size());
    auto value = from;
    for (std::size_t i = 0; i < order.size(); ++i) value.shape[i] = from.shape[order[i]];
    for (std::size_t i = 0; value.values && i < value.values->size(); ++i) {
        std::size_t at = 0, rest = i;  // the place in `from` of element i
        for (std::size_t axis = order.size(); axis-- > 0; rest /= value.shape[axis])
            at += rest % value.shape[axis] * product_of(from.shape, order[axis] + 1, from.shape.size());
        (*value.values)[i] = (*from.values)[at];
    }
    importer.set(node, 0, std::move(value));
    return true;
}

bool fold_expand(Importer& importer, const Node& node) {
    auto value = importer.in(node, 0);
    Shape target;
    for (const auto size : whole_numbers(importer, node, "", 1)) {
        if (size < 1) throw Fault(fmt::format("cannot expand to size {}", size));
        target.push_back(static_cast<std::uint64_t>(size));
    }
    if (importer.batch() > 1 && !target.empty() && target[0] == importer.batch()) target[0] = 1;
    const auto shape = broadcast(value.shape, target);
    const auto old = value;
    value.shape = shape;
    if (elements(shape) > most_values) value.values.reset();
    if (value.values) value.values->resize(elements(shape));
    for (std::size_t i = 0; value.values && i < value.values->size(); ++i)
        (*value.values)[i] = (*old.values)[spread_index(i, shape, old.shape)];
    importer.set(node, 0, std::move(value));
    return true;
}

/// One half of a matrix, zeros in the other.
bool fold_triangle(Importer& importer, const Node& node) {
    auto value = importer.in(node, 0);
    const auto offsets = whole_numbers(importer, node, "", 1);
    if (value.shape.size() < 2) throw Fault("expected a matrix");
    const auto columns = value.shape.back(), rows = value.shape[value.shape.size() - 2];
    const auto offset = offsets.size() == 1 ? offsets[0] : 0;
    const bool upper = node.integer("upper", 1) != 0;
    for (std::size_t i = 0; value.values && i < value.values->size(); ++i) {
        const auto above = static_cast<std::int64_t>(i % columns) - static_cast<std::int64_t>(i / columns % rows);
        if (upper ? above < offset : above > offset) (*value.values)[i] = 0;
    }
    value.fill.reset();
    value.origin.clear();
    importer.set(node, 0, std::move(value));
    return true;
}

/// Elements written into a constant: which ones they are has no part in its shape.
bool fold_scatter(Importer& importer, const Node& node) {
    auto value = importer.in(node, 0);
    value.values.reset();
    value.fill.reset();
    value.origin.clear();
    importer.set(node, 0, std::move(value));
    return true;
}

constexpr FoldEntry table[] = {
    {"Gather", fold_gather},  {"Slice", fold_slice},         {"Split", fold_split},
    {"Concat", fold_concat},  {"Transpose", fold_transpose}, {"Expand", fold_expand},
    {"Trilu", fold_triangle}, {"ScatterND", fold_scatter},   {"ScatterElements", fold_scatter}};

}  // namespace

std::size_t spread_index(std::size_t i, const Shape& shape, const Shape& from) {
    std::size_t index = 0, stride = 1;
    for (std::size_t k = 0; k < from.size(); ++k) {
        const auto axis = shape.size() - 1 - k;
        const auto at = i % shape[axis];
        i /= shape[axis];
        if (from[from.size() - 1 - k] != 1) index += at * stride;
        stride *= from[from.size() - 1 - k];
    }
    return index;
}

std::span<const FoldEntry> layout_folds() { return table; }

}  // namespace dyad::arch_space::onnx
