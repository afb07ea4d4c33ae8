// SPDX-License-Identifier: Apache-2.0
// Operators that move elements or only look at them in another shape.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "arch_space/onnx/arguments.hpp"
#include "arch_space/onnx/batch.hpp"
#include "arch_space/onnx/handlers.hpp"
#include "arch_space/onnx/points.hpp"
#include "arch_space/onnx/shapes.hpp"

namespace dyad::arch_space::onnx {
namespace {

/// Another shape for the same elements: no layer, unless someone needs them so.
void view(Importer& importer, const Node& node) {
    auto value = importer.in(node, 0);
    if (value.pad != Padding{}) throw Fault("padding before anything but a convolution or pooling");
    value.shape = value.batch ? view_with_batch(importer, node, value).shape : shape_after(importer, node, value.shape);
    importer.set(node, 0, std::move(value));
}

/// Axes of more than one element, those that stay side by side as one: the shape, and the order of its axes.
std::pair<Shape, std::vector<std::uint64_t>> essential(const Shape& shape, const std::vector<std::uint64_t>& order) {
    std::vector<std::vector<std::uint64_t>> groups;
    for (const auto axis : order) {
        if (shape[axis] == 1) continue;
        const bool follows =
            !groups.empty() &&
            product_of(shape, groups.back().back() + 1, std::max(axis, groups.back().back() + 1)) == 1 &&
            axis > groups.back().back();
        if (follows)
            groups.back().push_back(axis);
        else
            groups.push_back({axis});
    }
    auto sorted = groups;
    std::ranges::sort(sorted);
    Shape sizes;
    for (const auto& group : sorted) sizes.push_back(product_of(shape, group.front(), group.back() + 1));
    std::vector<std::uint64_t> places;
    for (const auto& group : groups)
        places.push_back(static_cast<std::uint64_t>(std::ranges::find(sorted, group) - sorted.begin()));
    return {sizes, places};
}

void transpose(Importer& importer, const Node& node) {
    auto value = importer.activation(node, 0);
    const auto order = order_of(node, value.shape.size());
    const auto [sizes, places] = essential(value.shape, order);
    Shape shape;
    for (const auto axis : order) shape.push_back(value.shape[axis]);
    if (std::ranges::is_sorted(places)) {  // nothing moves
        value.shape = std::move(shape);
        return importer.set(node, 0, std::move(value));
    }
    const auto plain = without_batch(value.shape);
    if (plain.size() <= 3 && plain.size() + 1 == value.shape.size() && order[0] == 0) {
        std::vector<std::uint64_t> rest;
        for (std::size_t i = 1; i < order.size(); ++i) rest.push_back(order[i] - 1);
        const auto source = importer.view(value, plain);
        if (rest.size() != 2) return importer.emit_to(node, shape, Transpose{rest}, {source});
        value.shape = std::move(shape);
        value.source = importer.flipped(node, source);
        return importer.set(node, 0, std::move(value));
    }
    if (sizes.size() > 3) {  // a layer reorders at most three: as many elements move when two change places
        const auto rest = product_of(sizes, 1, sizes.size());
        return importer.emit_to(node, shape, Transpose{{1, 0}}, {importer.view(value, {sizes[0], rest})});
    }
    importer.emit_to(node, shape, Transpose{places}, {importer.view(value, sizes)});
}

/// Blocks of an image's pixels and its channels change places: as many elements move when two axes do.
void blocks(Importer& importer, const Node& node, bool to_channels) {
    const auto& input = importer.activation(node, 0);
    auto shape = input.shape;
    const auto block = node.integer("blocksize", 0);
    if (shape.size() != 4 || shape[0] != 1 || block < 1 || block > (1 << 12))
        throw Fault(fmt::format("blocks of {} in {}", block, to_text(shape)));
    const auto side = static_cast<std::uint64_t>(block), area = side * side;
    if (to_channels ? shape[2] % side != 0 || shape[3] % side != 0 : shape[1] % area != 0)
        throw Fault(fmt::format("blocks of {} in {}", block, to_text(shape)));
    shape = to_channels ? Shape{1, shape[1] * area, shape[2] / side, shape[3] / side}
                        : Shape{1, shape[1] / area, shape[2] * side, shape[3] * side};
    const Shape flat{input.shape[1], input.shape[2] * input.shape[3]};
    importer.emit_to(node, shape, Transpose{{1, 0}}, {importer.view(input, flat)});
}
void depth_to_space(Importer& importer, const Node& node) { blocks(importer, node, false); }
void space_to_depth(Importer& importer, const Node& node) { blocks(importer, node, true); }

/// A view in which an axis stands apart, and its place there.
struct Apart {
    Shape shape;
    std::size_t axis;
};

Apart apart(const Shape& shape, std::size_t axis) {
    const auto plain = without_batch(shape);
    if (axis > 0 && plain.size() + 1 == shape.size() && plain.size() <= 3) return {plain, axis - 1};
    const auto before = product_of(shape, 0, axis), after = product_of(shape, axis + 1, shape.size());
    if (before == 1) return {after == 1 ? Shape{shape[axis]} : Shape{shape[axis], after}, 0};
    return {after == 1 ? Shape{before, shape[axis]} : Shape{before, shape[axis], after}, 1};
}

/// A learned token in front of a sequence.
void put_in_front(Importer& importer, const Node& node, std::size_t axis) {
    const auto& token = importer.in(node, 0);
    const auto& input = importer.activation(node, 1);
    auto shape = input.shape;
    if (node.inputs.size() != 2 || token.shape.size() != shape.size() || axis + 2 != shape.size() ||
        product_of(shape, 0, axis) != 1 || token.shape.back() != shape.back())
        throw Fault("joins constants");
    shape[axis] += token.shape[axis];
    const auto source = importer.view(input, {input.shape[axis], input.shape.back()});
    importer.emit_to(node, shape, Token{token.shape[axis]}, {source}, &token);
}

/// Indices of which all but one column are constants, for GatherND: they say no more than that column.
bool is_index(Importer& importer, const Node& node, std::size_t axis) {
    const auto rank = importer.in(node, 0).shape.size();
    const auto readers = node.outputs.empty() ? std::vector<const Node*>{} : importer.readers(node.outputs[0]);
    if (axis + 1 != rank || readers.empty()) return false;
    if (!std::ranges::all_of(readers, [](const Node* reader) { return reader->op == "GatherND"; })) return false;
    const Value* computed = nullptr;
    std::uint64_t columns = 0;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const auto& value = importer.in(node, i);
        if (value.shape.size() != rank || value.shape.back() != 1 || (computed != nullptr && value.activation()))
            return false;
        if (value.activation()) computed = &importer.activation(node, i);
        ++columns;
    }
    if (computed == nullptr || columns < 2) return false;
    auto index = *computed;
    index.shape.back() = columns;
    importer.set(node, 0, std::move(index));
    return true;
}

void concat(Importer& importer, const Node& node) {
    if (node.inputs.empty()) throw Fault("no inputs");
    const auto rank = importer.in(node, 0).shape.size();
    const auto axis = axis_of(node.integer("axis", 1), rank);
    if (node.inputs.size() == 1) return importer.set(node, 0, importer.activation(node, 0));
    if (is_index(importer, node, axis) || join_groups(importer, node, axis)) return;
    if (importer.in(node, 0).constant()) return put_in_front(importer, node, axis);
    auto shape = importer.activation(node, 0).shape;
    std::vector<Source> sources;
    std::size_t place = 0;
    shape[axis] = 0;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const auto& value = importer.activation(node, i);
        auto other = value.shape;
        if (other.size() == rank) other[axis] = shape[axis];
        if (other != shape) throw Fault(fmt::format("cannot join {} to the inputs before it", to_text(value.shape)));
        shape[axis] += value.shape[axis];
        const auto [view, at] = apart(value.shape, axis);
        place = at;
        sources.push_back(importer.view(value, view));
    }
    importer.emit_to(node, shape, Concat{place}, sources);
}

/// QLinearConcat of ONNX Runtime: scale and zero point of the output, then each input with its own.
void qlinear_concat(Importer& importer, const Node& node) {
    auto simple = node;
    simple.inputs.clear();
    for (std::size_t i = 2; i < node.inputs.size(); i += 3) simple.inputs.push_back(node.inputs[i]);
    concat(importer, simple);
}

void split(Importer& importer, const Node& node) {
    const auto& input = importer.activation(node, 0);
    const auto axis = axis_of(node.integer("axis", 0), input.shape.size());
    const auto parts = parts_of(importer, node, input.shape[axis]);
    const auto [view, place] = apart(input.shape, axis);
    if (parts.size() == 1) return importer.set(node, 0, input);
    const Split op{.axis = place, .parts = 0, .sizes = parts};
    const auto made = importer.emit(node, op, {importer.view(input, view)});
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        auto shape = input.shape;
        shape[axis] = parts[i];
        importer.set(node, i, {.kind = Value::Kind::activation, .shape = shape, .source = made.at(i)});
    }
}

Source gathered(Importer& importer, const Node& node, const Value& value, std::size_t axis,
                const std::vector<std::uint64_t>& entries) {
    const auto before = product_of(value.shape, 0, axis), after = product_of(value.shape, axis + 1, value.shape.size());
    if (entries.size() > most_values) throw Fault(fmt::format("{} indices", entries.size()));
    if (before == 1)
        return importer.emit(node, Gather{entries}, {importer.view(value, {value.shape[axis], after})}).at(0);
    Node turned{node.name + "_turned", "Transpose", {}, {}}, back{node.name + "_back", "Transpose", {}, {}};
    const auto across =
        importer.emit(turned, Transpose{{1, 0, 2}}, {importer.view(value, {before, value.shape[axis], after})});
    return importer.emit(back, Transpose{{1, 0, 2}}, importer.emit(node, Gather{entries}, across)).at(0);
}

/// Entries [first, first + count) along an axis: cut out, or picked where that moves less.
Source cut(Importer& importer, const Node& node, const Value& value, const Cut& cut) {
    const auto size = value.shape[cut.axis], first = static_cast<std::uint64_t>(cut.first);
    if (cut.count == 0) throw Fault("nothing is left");
    std::vector<std::uint64_t> entries;
    for (std::uint64_t i = 0; i < std::min(cut.count, most_values + 1); ++i)
        entries.push_back(static_cast<std::uint64_t>(cut.first + static_cast<std::int64_t>(i) * cut.step));
    const bool front = product_of(value.shape, 0, cut.axis) == 1 && cut.count <= most_values;
    if (front || cut.step != 1) return gathered(importer, node, value, cut.axis, entries);
    const auto [view, place] = apart(value.shape, cut.axis);
    Split op{.axis = place, .parts = 0, .sizes = {}};
    for (const auto part : {first, cut.count, size - first - cut.count})
        if (part != 0) op.sizes.push_back(part);
    return importer.emit(node, op, {importer.view(value, view)}).at(first == 0 ? 0 : 1);
}

void slice(Importer& importer, const Node& node) {
    auto value = importer.activation(node, 0);
    for (const auto& c : cuts_of(importer, node, value.shape)) {
        if (c.count == value.shape[c.axis] && c.step == 1) continue;
        value.source = cut(importer, node, value, c);
        value.shape[c.axis] = c.count;
    }
    importer.set(node, 0, std::move(value));
}

void embedding(Importer& importer, const Node& node, const Value& data) {
    const auto& indices = importer.activation(node, 1);
    if (data.shape.size() != 2 || axis_of(node.integer("axis", 0), 2) != 0) throw Fault("expected rows of a table");
    auto shape = indices.shape;
    shape.push_back(data.shape[1]);
    const Embedding op{data.shape[0], data.shape[1]};
    importer.emit_to(node, shape, op, {importer.view(indices, {elements(indices.shape)})}, &data);
}

Shape with_axis(const Shape& shape, std::size_t axis, const Shape& instead) {
    Shape result(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(axis));
    result.insert(result.end(), instead.begin(), instead.end());
    result.insert(result.end(), shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shape.end());
    return result;
}

void gather(Importer& importer, const Node& node) {
    const auto &data = importer.in(node, 0), &indices = importer.in(node, 1);
    if (data.constant()) return embedding(importer, node, data);
    auto value = importer.activation(node, 0);
    const auto axis = axis_of(node.integer("axis", 0), value.shape.size());
    const auto shape = with_axis(value.shape, axis, indices.shape);
    if (indices.activation()) {
        if (product_of(value.shape, 0, axis) != 1) throw Fault("computed indices behind the first axis");
        const Shape table{value.shape[axis], product_of(value.shape, axis + 1, value.shape.size())};
        return importer.emit_to(node, shape, Gather{},
                                {importer.view(value, table), importer.view(indices, {elements(indices.shape)})});
    }
    std::vector<std::uint64_t> entries;
    const auto size = static_cast<std::int64_t>(value.shape[axis]);
    for (const auto at : whole_numbers(importer, node, "", 1)) {
        if (at < -size || at >= size) throw Fault(fmt::format("index {} of {} entries", at, size));
        entries.push_back(static_cast<std::uint64_t>(at < 0 ? at + size : at));
    }
    (void)importer.numbers(node, 1);
    if (entries.empty()) throw Fault("no indices");
    const Cut one{axis, static_cast<std::int64_t>(entries[0]), 1, 1};
    const bool all = size == 1 && entries.size() == 1;
    if (!all)
        value.source =
            entries.size() == 1 ? cut(importer, node, value, one) : gathered(importer, node, value, axis, entries);
    value.shape = shape;
    importer.set(node, 0, std::move(value));
}

/// Copies along axes of size 1.
void expand(Importer& importer, const Node& node) {
    auto value = importer.activation(node, 0);
    Shape target;
    for (const auto size : whole_numbers(importer, node, "", 1))
        target.push_back(size < 1 ? 1 : static_cast<std::uint64_t>(size));
    const auto back = value.batch ? value.shape.size() - value.batch->axis : target.size();
    const bool fixed = importer.batch() > 1 && !target.empty() && target[0] == importer.batch();
    if (back >= 1 && back <= target.size() && (value.batch || fixed)) target[target.size() - back] = 1;
    const auto shape = broadcast(value.shape, target);
    value.shape.insert(value.shape.begin(), shape.size() - value.shape.size(), 1);
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        if (shape[axis] == value.shape[axis]) continue;
        if (shape[axis] > most_values) throw Fault(fmt::format("{} copies", shape[axis]));
        value.source = gathered(importer, node, value, axis, std::vector<std::uint64_t>(shape[axis], 0));
        value.shape[axis] = shape[axis];
    }
    importer.set(node, 0, std::move(value));
}

/// The whole again and again along axes.
void tile(Importer& importer, const Node& node) {
    auto value = importer.in(node, 0);
    const auto repeats = whole_numbers(importer, node, "", 1);
    if (repeats.size() != value.shape.size()) throw Fault(fmt::format("{} repeats", repeats.size()));
    for (std::size_t axis = 0; axis < repeats.size(); ++axis) {
        const auto size = value.shape[axis];
        if (repeats[axis] < 1 || static_cast<std::uint64_t>(repeats[axis]) > most_values)
            throw Fault(fmt::format("{} repeats", repeats[axis]));
        const auto times = static_cast<std::uint64_t>(repeats[axis]);
        if (times == 1) continue;
        if (value.activation()) {
            if (size * times > most_values) throw Fault(fmt::format("{} copies of {}", times, size));
            std::vector<std::uint64_t> entries;
            for (std::uint64_t i = 0; i < size * times; ++i) entries.push_back(i % size);
            value.source = gathered(importer, node, value, axis, entries);
        }
        value.shape[axis] = size * times;
    }
    value.values.reset();
    importer.set(node, 0, std::move(value));
}

constexpr HandlerEntry table[] = {{"Reshape", view},
                                  {"Flatten", view},
                                  {"Squeeze", view},
                                  {"Unsqueeze", view},
                                  {"Transpose", transpose},
                                  {"DepthToSpace", depth_to_space},
                                  {"SpaceToDepth", space_to_depth},
                                  {"Concat", concat},
                                  {"QLinearConcat", qlinear_concat},
                                  {"Split", split},
                                  {"Slice", slice},
                                  {"Gather", gather},
                                  {"Expand", expand},
                                  {"Tile", tile}};

}  // namespace

std::span<const HandlerEntry> layout_handlers() { return table; }

}  // namespace dyad::arch_space::onnx
