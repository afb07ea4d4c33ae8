// SPDX-License-Identifier: Apache-2.0
// Operators that slide a window over an image: convolution, pooling, resizing.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "arch_space/onnx/arguments.hpp"
#include "arch_space/onnx/handlers.hpp"
#include "arch_space/onnx/shapes.hpp"

namespace dyad::arch_space::onnx {
namespace {

std::uint64_t size_of(std::int64_t value, std::int64_t min, const char* what) {
    if (value < min || value > static_cast<std::int64_t>(max_dimension)) throw Fault(fmt::format("{} {}", what, value));
    return static_cast<std::uint64_t>(value);
}

/// Two numbers, or one along a single spatial axis.
Pair pair_of(const Node& node, const char* key, std::size_t spatial, Pair fallback, std::int64_t min = 1) {
    const auto given = node.integers(key);
    if (given.empty()) return fallback;
    if (given.size() != spatial)
        throw Fault(fmt::format("{} numbers in '{}', expected {}", given.size(), key, spatial));
    return {size_of(given[0], min, key), spatial == 2 ? size_of(given[1], min, key) : fallback.w};
}

/// ONNX gives all sides' beginnings, then their ends.
Padding padding_of(const Node& node, std::size_t spatial, const Padding& before) {
    const auto automatic = node.text("auto_pad", "NOTSET");
    if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") return {.same = true};
    auto pad = before;
    const auto given = node.integers("pads");
    if (automatic == "VALID" || given.empty()) return pad;
    if (given.size() != 2 * spatial) throw Fault(fmt::format("{} pads, expected {}", given.size(), 2 * spatial));
    pad.top += size_of(given[0], 0, "pad");
    pad.bottom += size_of(given[spatial], 0, "pad");
    if (spatial == 1) return pad;
    pad.left += size_of(given[1], 0, "pad");
    pad.right += size_of(given[3], 0, "pad");
    return pad;
}

const Value& windowed(const Importer& importer, const Node& node, std::size_t i) {
    const auto& value = importer.in(node, i);
    if (!value.activation()) throw Fault(fmt::format("input {} is a constant, expected an activation", i));
    return value;
}

/// The shape of the graph's value for an image.
Shape batched(const Shape& image, std::size_t rank) {
    Shape shape{1, image[0], image[1]};
    if (rank == 4) shape.push_back(image[2]);
    return shape;
}

void set_image(Importer& importer, const Node& node, const Value& input, Source made) {
    auto shape = batched(made.shape, input.shape.size());
    importer.set(node, 0, {.kind = Value::Kind::activation, .shape = std::move(shape), .source = std::move(made)});
}

void emit_image(Importer& importer, const Node& node, const Value& input, const Operator& op, const Value* weights) {
    set_image(importer, node, input,
              importer.emit(node, op, {importer.view(input, image(input.shape))}, weights).at(0));
}

/// Where an operator has its operands.
struct Places {
    std::size_t weights, bias;
};

/// The node that alone reads what `node` makes.
const Node* only_reader(const Importer& importer, const Node& node) {
    const auto readers = node.outputs.empty() ? std::vector<const Node*>{} : importer.readers(node.outputs[0]);
    return readers.size() == 1 && !readers[0]->outputs.empty() ? readers[0] : nullptr;
}

/// A bias that a node of its own adds per channel, as TensorFlow's exporter leaves it, perhaps where the channels have
/// gone to the end: becomes part of the layer.
const Node* added_bias(const Importer& importer, const Node& node, std::uint64_t channels, std::size_t rank) {
    const auto *last = &node, *add = only_reader(importer, node);
    auto from_end = rank - 2;  // axes behind the channels
    if (add != nullptr && add->op == "Transpose" && order_of(*add, rank).back() == 1) {
        last = add;
        add = only_reader(importer, *add);
        from_end = 0;
    }
    if (add == nullptr || add->op != "Add" || add->inputs.size() != 2) return nullptr;
    const auto* bias = importer.find(add->inputs[add->inputs[0] == last->outputs[0] ? 1 : 0]);
    if (bias == nullptr || !bias->constant() || elements(bias->shape) != channels) return nullptr;
    const bool fits = bias->shape.size() > from_end && bias->shape[bias->shape.size() - 1 - from_end] == channels;
    return fits ? add : nullptr;
}

/// Whether exporters name a table so that they have made by folding batch normalisation into a convolution: PyTorch
/// (`onnx::Conv_497`, `497` before 1.12) and tf2onnx (`..._weights_fused_bn`), quantised afterwards or not.
bool made_by_folding(const Importer& importer, const Value& table) {
    const auto& name = table.origin;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const bool number = !name.empty() && std::ranges::all_of(name, is_digit);
    return name.starts_with("onnx::Conv_") || name.find("_fused_bn") != std::string::npos ||
           (number && importer.model().producer.starts_with("pytorch"));
}

/// A convolution without bias and the normalisation that has been folded into it.
void emit_normalised(Importer& importer, const Node& node, const Value& input, Conv conv, const Value& weights,
                     Value bias) {
    conv.bias = false;
    bias.precision = weights.precision;
    const Node norm{node.name + "_norm", "BatchNormalization", {}, {}};
    const auto plain = importer.emit(node, conv, {importer.view(input, image(input.shape))}, &weights);
    set_image(importer, node, input,
              importer.emit(norm, Normalisation{Normalisation::Kind::batch}, plain, &bias).at(0));
}

/// Padding `total` of one axis, an odd one in front or behind; what is missing is added to the output's end.
void fit_axis(std::uint64_t full, std::uint64_t wanted, bool upper, std::uint64_t& before, std::uint64_t& after,
              std::uint64_t& extra) {
    const auto total = full - std::min(full, wanted);
    before = upper ? total / 2 : total - total / 2;
    after = total - before;
    extra += wanted - std::min(full, wanted);
}

/// A transposed convolution whose output's size is given, as by TensorFlow: ONNX's formula for the padding.
void fit_output(const Node& node, const Shape& in, std::size_t rank, Conv& conv) {
    const auto spatial = rank - 2;
    const auto given = node.integers("output_shape");
    if (given.size() != spatial && given.size() != rank)
        throw Fault(fmt::format("{} numbers in 'output_shape', expected {}", given.size(), spatial));
    const bool upper = node.text("auto_pad", "NOTSET") == "SAME_UPPER";
    const auto wanted = [&](std::size_t i) { return size_of(given[given.size() - spatial + i], 1, "output_shape"); };
    const auto &kernel = conv.kernel, &stride = conv.stride, &dilation = conv.dilation;
    conv.pad = {};
    const auto rows = (in[1] - 1) * stride.h + dilation.h * (kernel.h - 1) + 1 + conv.output_padding.h;
    fit_axis(rows, wanted(0), upper, conv.pad.top, conv.pad.bottom, conv.output_padding.h);
    if (spatial == 1) return;
    const auto columns = (in[2] - 1) * stride.w + dilation.w * (kernel.w - 1) + 1 + conv.output_padding.w;
    fit_axis(columns, wanted(1), upper, conv.pad.left, conv.pad.right, conv.output_padding.w);
}

void convolve(Importer& importer, const Node& node, const Places& places, bool transposed) {
    const auto& input = windowed(importer, node, 0);
    const auto& weights = importer.in(node, places.weights);
    if (!weights.constant()) throw Fault("weights are computed, expected a constant");
    const auto in = image(input.shape);
    const auto rank = input.shape.size(), spatial = rank - 2;
    if (weights.shape.size() != rank)
        throw Fault(fmt::format("weights {} for an input {}", to_text(weights.shape), to_text(input.shape)));
    Conv conv;
    conv.transposed = transposed;
    conv.groups = size_of(node.integer("group", 1), 1, "group");
    conv.kernel = {weights.shape[2], spatial == 2 ? weights.shape[3] : 1};
    conv.stride = pair_of(node, "strides", spatial, {1, 1});
    conv.dilation = pair_of(node, "dilations", spatial, {1, 1});
    conv.pad = padding_of(node, spatial, input.pad);
    conv.out = transposed ? checked(weights.shape[1], conv.groups, max_dimension) : weights.shape[0];
    const auto channels = transposed ? weights.shape[0] : checked(weights.shape[1], conv.groups, max_dimension);
    if (channels != in[0]) throw Fault(fmt::format("weights for {} channels, the input has {}", channels, in[0]));
    if (elements(weights.shape) == 0) throw Fault("weights of no elements");
    if (transposed) conv.output_padding = pair_of(node, "output_padding", spatial, {0, 0}, 0);
    if (transposed && node.has("output_shape")) fit_output(node, in, rank, conv);
    conv.bias = importer.has(node, places.bias);
    const auto* bias = conv.bias ? &importer.in(node, places.bias) : nullptr;
    if (bias != nullptr && made_by_folding(importer, weights) && made_by_folding(importer, *bias))
        return emit_normalised(importer, node, input, conv, weights, *bias);
    const auto* add = conv.bias ? nullptr : added_bias(importer, node, conv.out, rank);
    conv.bias = conv.bias || add != nullptr;
    emit_image(importer, node, input, conv, &weights);
    if (add != nullptr) importer.absorb(add->outputs[0]);
}

void conv(Importer& importer, const Node& node) { convolve(importer, node, {1, 2}, false); }
void conv_transpose(Importer& importer, const Node& node) { convolve(importer, node, {1, 2}, true); }
void conv_integer(Importer& importer, const Node& node) { convolve(importer, node, {1, 99}, false); }
void qlinear_conv(Importer& importer, const Node& node) { convolve(importer, node, {3, 8}, false); }

void pool(Importer& importer, const Node& node, Pool::Kind kind) {
    const auto& input = windowed(importer, node, 0);
    (void)image(input.shape);
    const auto spatial = input.shape.size() - 2;
    if (node.integers("kernel_shape").empty()) throw Fault("no kernel_shape");
    if (pair_of(node, "dilations", spatial, {1, 1}) != Pair{1, 1}) throw Fault("dilated pooling");
    if (node.outputs.size() > 1 && !node.outputs[1].empty() && !importer.readers(node.outputs[1]).empty())
        throw Fault("the places of the maxima are not computed");
    Pool pool{.kind = kind};
    pool.kernel = pair_of(node, "kernel_shape", spatial, {1, 1});
    pool.stride = pair_of(node, "strides", spatial, {1, 1});
    pool.pad = padding_of(node, spatial, input.pad);
    pool.ceil = node.integer("ceil_mode", 0) != 0;
    emit_image(importer, node, input, pool, nullptr);
}

void max_pool(Importer& importer, const Node& node) { pool(importer, node, Pool::Kind::max); }
void average_pool(Importer& importer, const Node& node) { pool(importer, node, Pool::Kind::average); }

void global_pool(Importer& importer, const Node& node, Pool::Kind kind) {
    const auto& input = importer.activation(node, 0);
    emit_image(importer, node, input, Pool{.kind = kind, .global = true}, nullptr);
}
void global_max(Importer& importer, const Node& node) { global_pool(importer, node, Pool::Kind::max); }
void global_average(Importer& importer, const Node& node) { global_pool(importer, node, Pool::Kind::average); }

/// Rows of what is reduced, behind each other, where it lies between other axes.
Source turned(Importer& importer, const Node& node, const Value& input, const Shape& stack) {
    const Node turn{node.name + "_turned", "Transpose", {}, {}};
    const auto across = importer.emit(turn, Transpose{{0, 2, 1}}, {importer.view(input, stack)}).at(0);
    return importer.view(across, {stack[0] * stack[2], stack[1], 1});
}

/// The mean, sum or largest over axes that stand side by side: of an image's pixels, a sequence's tokens, or points. A
/// sum is as many additions as a mean.
void reduce(Importer& importer, const Node& node, Pool::Kind kind) {
    const auto& input = importer.activation(node, 0);
    std::set<std::size_t> axes;
    for (const auto axis : whole_numbers(importer, node, "axes", 1)) axes.insert(axis_of(axis, input.shape.size()));
    if (axes.empty() || *axes.rbegin() - *axes.begin() + 1 != axes.size()) throw Fault("reduces axes apart");
    const auto first = *axes.begin(), end = *axes.rbegin() + 1;
    Shape shape;
    for (std::size_t i = 0; i < input.shape.size(); ++i)
        if (!axes.contains(i) || node.integer("keepdims", 1) != 0)
            shape.push_back(axes.contains(i) ? 1 : input.shape[i]);
    const auto before = product_of(input.shape, 0, first), size = product_of(input.shape, first, end);
    const auto after = product_of(input.shape, end, input.shape.size());
    const Pool pool{.kind = kind, .global = true};
    if (before != 1 && after != 1)
        return importer.emit_to(node, shape, pool, {turned(importer, node, input, {before, size, after})});
    const bool is_image = after == 1 && end - first == 2;
    const auto view = after != 1 ? Shape{size, after}
                      : is_image ? Shape{before, input.shape[first], input.shape[first + 1]}
                                 : Shape{before, size, 1};
    importer.emit_to(node, shape, pool, {importer.view(input, view)});
}
/// Sum of squares, and its root.
void reduce_squares(Importer& importer, const Node& node) {
    const auto& input = importer.activation(node, 0);
    auto square = node, sum = node;
    square.name += "_square";
    square.outputs = {node.name + "#square"};
    importer.emit_to(square, input.shape, Elementwise{Elementwise::Kind::mul}, {input.source, input.source});
    sum.inputs.at(0) = square.outputs[0];
    reduce(importer, sum, Pool::Kind::average);
    if (node.op != "ReduceL2" || node.outputs.empty() || node.outputs[0].empty()) return;
    const Value made = *importer.find(node.outputs[0]);
    Node root = node;
    root.name += "_root";
    importer.emit_to(root, made.shape, Activation{Activation::Kind::sqrt}, {made.source});
}

void reduce_mean(Importer& importer, const Node& node) { reduce(importer, node, Pool::Kind::average); }
void reduce_max(Importer& importer, const Node& node) { reduce(importer, node, Pool::Kind::max); }

/// Zeros around an image, which the window after it reads.
void pad(Importer& importer, const Node& node) {
    auto value = importer.activation(node, 0);
    if (node.text("mode", "constant") != "constant") throw Fault("only padding with zeros is read");
    const auto rank = value.shape.size();
    const auto pads = whole_numbers(importer, node, "pads", 1);
    if (pads.size() != 2 * rank) throw Fault(fmt::format("{} pads, expected {}", pads.size(), 2 * rank));
    const bool none = std::ranges::all_of(pads, [](auto p) { return p == 0; });
    if (none) return importer.set(node, 0, std::move(value));
    (void)image(value.shape);
    for (std::size_t i = 0; i < 2; ++i)
        if (pads[i] != 0 || pads[rank + i] != 0) throw Fault("padding of the batch or the channels");
    value.pad = {size_of(pads[2], 0, "pad"), size_of(pads[rank + 2], 0, "pad"), 0, 0};
    if (rank == 4) value.pad.left = size_of(pads[3], 0, "pad");
    if (rank == 4) value.pad.right = size_of(pads[7], 0, "pad");
    importer.set(node, 0, std::move(value));
}

std::uint64_t scaled(std::uint64_t size, double scale) {
    const auto result = std::floor(static_cast<double>(size) * scale);
    if (!(result >= 1 && result <= static_cast<double>(max_dimension))) throw Fault(fmt::format("scale {}", scale));
    return static_cast<std::uint64_t>(result);
}

std::vector<double> scales_of(const Importer& importer, const Node& node) {
    const auto found = node.attributes.find("scales");
    if (found != node.attributes.end()) return found->second.numbers;
    const bool early = node.op == "Upsample" || importer.model().opset < 11;
    return importer.has(node, early ? 1 : 2) ? importer.numbers(node, early ? 1 : 2) : std::vector<double>{};
}

void resize(Importer& importer, const Node& node) {
    const auto& input = importer.activation(node, 0);
    const auto in = image(input.shape);
    const auto scales = scales_of(importer, node);
    Shape shape = input.shape;
    if (!scales.empty()) {
        if (scales.size() != shape.size())
            throw Fault(fmt::format("{} scales, expected {}", scales.size(), shape.size()));
        for (std::size_t i = 0; i < shape.size(); ++i) shape[i] = scaled(shape[i], scales[i]);
    } else {
        const auto sizes = whole_numbers(importer, node, "", 3);
        if (sizes.size() != shape.size()) throw Fault(fmt::format("{} sizes, expected {}", sizes.size(), shape.size()));
        for (std::size_t i = 1; i < shape.size(); ++i) shape[i] = size_of(sizes[i], 1, "size");
    }
    const auto out = image(shape);
    if (out[0] != in[0]) throw Fault("channels change their number");
    const auto mode = node.text("mode", "nearest");
    if (mode != "nearest" && mode != "linear")
        throw Fault(fmt::format("mode '{}', expected nearest or linear", core::shortened(mode)));
    const Resize op{mode == "nearest" ? Resize::Mode::nearest : Resize::Mode::bilinear, {1, 1}, {out[1], out[2]}};
    emit_image(importer, node, input, op, nullptr);
}

constexpr HandlerEntry table[] = {{"Conv", conv},
                                  {"ConvTranspose", conv_transpose},
                                  {"ConvInteger", conv_integer},
                                  {"QLinearConv", qlinear_conv},
                                  {"MaxPool", max_pool},
                                  {"AveragePool", average_pool},
                                  {"QLinearAveragePool", average_pool},
                                  {"GlobalMaxPool", global_max},
                                  {"GlobalAveragePool", global_average},
                                  {"QLinearGlobalAveragePool", global_average},
                                  {"ReduceMean", reduce_mean},
                                  {"ReduceSum", reduce_mean},
                                  {"ReduceMax", reduce_max},
                                  {"ReduceMin", reduce_max},
                                  {"ReduceL2", reduce_squares},
                                  {"ReduceSumSquare", reduce_squares},
                                  {"Pad", pad},
                                  {"Resize", resize},
                                  {"Upsample", resize}};

}  // namespace

std::span<const HandlerEntry> window_handlers() { return table; }

}  // namespace dyad::arch_space::onnx
