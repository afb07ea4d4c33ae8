// SPDX-License-Identifier: Apache-2.0
#include "arch_space/onnx/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "arch_space/onnx/shapes.hpp"

namespace dyad::arch_space::onnx {
namespace {

constexpr std::int64_t far = std::int64_t{1} << 40;  ///< beyond every axis

std::set<std::size_t> axes_of(const Importer& importer, const Node& node, std::size_t rank) {
    std::set<std::size_t> axes;
    for (const auto axis : whole_numbers(importer, node, "axes", 1))
        if (!axes.insert(axis_of(axis, rank)).second) throw Fault("an axis is given twice");
    return axes;
}

Shape squeezed(const Importer& importer, const Node& node, const Shape& shape) {
    const auto axes = axes_of(importer, node, shape.size());
    Shape result;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (axes.contains(i) && shape[i] != 1) throw Fault(fmt::format("axis {} of {} is not 1", i, to_text(shape)));
        if (axes.empty() ? shape[i] != 1 : !axes.contains(i)) result.push_back(shape[i]);
    }
    return result;
}

Shape unsqueezed(const Importer& importer, const Node& node, const Shape& shape) {
    const auto count = whole_numbers(importer, node, "axes", 1).size();
    const auto axes = axes_of(importer, node, shape.size() + count);
    Shape result;
    auto next = shape.begin();
    for (std::size_t i = 0; i < shape.size() + count; ++i) result.push_back(axes.contains(i) ? 1 : *next++);
    return result;
}

Shape flattened(const Node& node, const Shape& shape) {
    const auto rank = static_cast<std::int64_t>(shape.size());
    auto axis = node.integer("axis", 1);
    if (axis < -rank || axis > rank) throw Fault(fmt::format("axis {} of {} axes", axis, rank));
    if (axis < 0) axis += rank;
    const auto at = static_cast<std::size_t>(axis);
    return {product_of(shape, 0, at), product_of(shape, at, shape.size())};
}

Shape reshaped(const Importer& importer, const Node& node, const Shape& shape) {
    const auto sizes = whole_numbers(importer, node, "shape", 1);
    const bool keep_zero = node.integer("allowzero", 0) != 0;
    Shape result;
    std::optional<std::size_t> open;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        const bool copied = sizes[i] == 0 && !keep_zero;
        if (sizes[i] < -1 || sizes[i] > far || (copied && i >= shape.size()) || (sizes[i] == -1 && open))
            throw Fault(fmt::format("cannot reshape {} to [{}]", to_text(shape), fmt::join(sizes, ", ")));
        if (sizes[i] == -1) open = i;
        result.push_back(copied ? shape[i] : sizes[i] == -1 ? 1 : static_cast<std::uint64_t>(sizes[i]));
    }
    // A batch that the file fixes is 1 here.
    const bool batched = !sizes.empty() && importer.batch() > 1 && result[0] == importer.batch();
    if (batched && (open || elements(result) == elements(shape) * importer.batch())) result[0] = 1;
    const auto rest = elements(result);
    if (open && rest > 0) result[*open] = elements(shape) / rest;
    if (elements(result) != elements(shape))
        throw Fault(fmt::format("cannot reshape {} to [{}]", to_text(shape), fmt::join(sizes, ", ")));
    return result;
}

Cut cut_of(std::int64_t first, std::int64_t end, std::int64_t step, std::size_t axis, std::uint64_t length) {
    if (step == 0 || std::abs(step) > far) throw Fault(fmt::format("step {}", step));
    const auto size = static_cast<std::int64_t>(length);
    const auto bound = [&](std::int64_t at, std::int64_t low, std::int64_t high) {
        return std::clamp(at < 0 ? std::max(at, -2 * far) + size : at, low, high);
    };
    first = step > 0 ? bound(first, 0, size) : bound(first, -1, size - 1);
    end = step > 0 ? bound(end, 0, size) : bound(end, -1, size - 1);
    const auto span = step > 0 ? end - first : first - end;
    const auto stride = std::abs(step);
    return {axis, first, step, span <= 0 ? 0 : static_cast<std::uint64_t>((span + stride - 1) / stride)};
}

}  // namespace

std::vector<std::int64_t> whole_numbers(const Importer& importer, const Node& node, const char* key, std::size_t i) {
    if (node.has(key)) return node.integers(key);
    if (!importer.has(node, i)) return {};
    std::vector<std::int64_t> result;
    for (const auto value : importer.numbers(node, i)) {
        if (value != value) throw Fault(fmt::format("input {} is not a number", i));
        constexpr auto edge = static_cast<double>(4 * far);
        result.push_back(static_cast<std::int64_t>(std::clamp(value, -edge, edge)));
    }
    return result;
}

double number(const Importer& importer, const Node& node, const char* key, std::size_t i, double fallback) {
    if (node.has(key)) return node.number(key, fallback);
    if (!importer.has(node, i)) return fallback;
    const auto found = scalar(importer.in(node, i));
    if (!found) throw Fault(fmt::format("input {} is not one known number", i));
    return *found;
}

std::optional<double> scalar(const Value& value) {
    if (!value.constant() || !value.values || value.values->size() != 1) return std::nullopt;
    return value.values->front();
}

std::vector<std::uint64_t> order_of(const Node& node, std::size_t rank) {
    const auto given = node.integers("perm");
    std::vector<std::uint64_t> order(rank);
    for (std::size_t i = 0; i < rank; ++i) order[i] = rank - 1 - i;
    if (!node.has("perm")) return order;
    std::set<std::size_t> seen;
    for (std::size_t i = 0; i < given.size() && i < rank; ++i) seen.insert(order[i] = axis_of(given[i], rank));
    if (given.size() != rank || seen.size() != rank)
        throw Fault(fmt::format("[{}] is no order of {} axes", fmt::join(given, ", "), rank));
    return order;
}

std::vector<Cut> cuts_of(const Importer& importer, const Node& node, const Shape& shape) {
    const auto starts = whole_numbers(importer, node, "starts", 1), ends = whole_numbers(importer, node, "ends", 2);
    auto axes = whole_numbers(importer, node, "axes", 3), steps = whole_numbers(importer, node, "steps", 4);
    if (axes.empty()) {
        axes.resize(starts.size());
        std::iota(axes.begin(), axes.end(), 0);
    }
    if (steps.empty()) steps.assign(starts.size(), 1);
    if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
        throw Fault("starts, ends, axes and steps differ in number");
    std::vector<Cut> cuts;
    for (std::size_t i = 0; i < starts.size(); ++i) {
        const auto axis = axis_of(axes[i], shape.size());
        cuts.push_back(cut_of(std::clamp(starts[i], -2 * far, 2 * far), std::clamp(ends[i], -2 * far, 2 * far),
                              steps[i], axis, shape[axis]));
    }
    return cuts;
}

std::vector<std::uint64_t> parts_of(const Importer& importer, const Node& node, std::uint64_t size) {
    std::vector<std::uint64_t> parts;
    for (const auto part : whole_numbers(importer, node, "split", 1)) {
        if (part < 1 || static_cast<std::uint64_t>(part) > size) throw Fault(fmt::format("a part of size {}", part));
        parts.push_back(static_cast<std::uint64_t>(part));
    }
    const auto count = node.outputs.size();
    if (parts.empty() && (count == 0 || size % count != 0))
        throw Fault(fmt::format("{} in {} equal parts", size, count));
    if (parts.empty()) parts.assign(count, size / count);
    if (std::accumulate(parts.begin(), parts.end(), std::uint64_t{0}) != size || parts.size() < count)
        throw Fault(fmt::format("parts [{}] of {}", fmt::join(parts, ", "), size));
    return parts;
}

Shape shape_after(const Importer& importer, const Node& node, const Shape& shape) {
    if (node.op == "Flatten") return flattened(node, shape);
    if (node.op == "Squeeze") return squeezed(importer, node, shape);
    if (node.op == "Unsqueeze") return unsqueezed(importer, node, shape);
    return reshaped(importer, node, shape);
}

}  // namespace dyad::arch_space::onnx
