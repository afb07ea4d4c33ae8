// SPDX-License-Identifier: Apache-2.0
#include "arch_space/onnx/batch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "arch_space/onnx/arguments.hpp"
#include "arch_space/onnx/einsum.hpp"
#include "arch_space/onnx/shapes.hpp"

namespace dyad::arch_space::onnx {
namespace {

using Batch = std::optional<Place>;
using Operands = std::vector<std::size_t>;

[[noreturn]] void cross(const Node& node, bool fits_one = false) {
    throw Crossed{fmt::format("node '{}' ({})", node.name, node.op), fits_one};
}

Batch batch_of(const Importer& importer, const Node& node, std::size_t i) {
    return importer.has(node, i) ? importer.in(node, i).batch : std::nullopt;
}

/// The batch's axis counted from the end, where axes of operands meet: the last one is 1.
std::size_t from_end(const Value& value) { return value.shape.size() - value.batch->axis; }

std::uint64_t size_at(const Shape& shape, std::size_t from_end) {
    return from_end <= shape.size() ? shape[shape.size() - from_end] : 1;
}

/// Whether an operand without batch is the same for all samples, or is made as large as the batch.
bool fits_all(Importer& importer, const Node& node, std::size_t i, std::size_t back) {
    const auto size = size_at(importer.in(node, i).shape, back);
    const Probe probe(importer);
    return size == 1 || size_at(importer.in(node, i).shape, back) == size * importer.samples();
}

/// Operands side by side (NumPy's broadcasting): all that have the batch have it at the same place.
Batch aligned(Importer& importer, const Node& node, const Operands& operands) {
    const Value* first = nullptr;
    std::size_t rank = 0;
    for (const auto i : operands) {
        if (!importer.has(node, i)) continue;
        if (first == nullptr && batch_of(importer, node, i)) first = &importer.in(node, i);
        rank = std::max(rank, importer.in(node, i).shape.size());
    }
    if (first == nullptr) return std::nullopt;
    const auto back = from_end(*first);
    for (const auto i : operands) {
        if (!importer.has(node, i)) continue;
        const auto& value = importer.in(node, i);
        const bool same = value.batch && from_end(value) == back && value.batch->inside == first->batch->inside &&
                          size_at(value.shape, back) == size_at(first->shape, back);
        if (value.batch ? !same : !fits_all(importer, node, i, back)) cross(node);
    }
    return Place{rank - back, first->batch->inside};
}

Operands all_of(const Node& node, std::size_t first = 0, std::size_t step = 1) {
    Operands operands;
    for (auto i = first; i < node.inputs.size(); i += step) operands.push_back(i);
    return operands;
}

Batch all_aligned(Importer& importer, const Node& node) { return aligned(importer, node, all_of(node)); }
Batch quantised_pair(Importer& importer, const Node& node) { return aligned(importer, node, {0, 3}); }

Batch same_place(Importer& importer, const Node& node) { return batch_of(importer, node, 0); }

/// Of N x C x spatial.
Batch of_images(Importer& importer, const Node& node) {
    const auto batch = batch_of(importer, node, 0);
    if (batch && batch->axis != 0) cross(node);
    return batch;
}

/// Rows and columns of a product, stacks before them.
Batch product(Importer& importer, const Node& node, std::size_t left, std::size_t right) {
    const auto &a = importer.in(node, left), &b = importer.in(node, right);
    if (!a.batch && !b.batch) return std::nullopt;
    const auto i = a.batch ? from_end(a) : 0, j = b.batch ? from_end(b) : 0;
    if (i == 1 || j == 2 || (j == 1 && b.shape.size() == 1)) cross(node);  // what is summed over
    if (i > 2 || j > 2) return aligned(importer, node, {left, right});
    if (i != 0 && j != 0) cross(node);
    return Place{std::max(a.shape.size(), b.shape.size()) - std::max(i, j), (i != 0 ? a : b).batch->inside};
}
Batch matmul(Importer& importer, const Node& node) { return product(importer, node, 0, 1); }
Batch quantised_matmul(Importer& importer, const Node& node) { return product(importer, node, 0, 3); }

Batch gemm(Importer& importer, const Node& node) {
    const auto a = batch_of(importer, node, 0), b = batch_of(importer, node, node.op == "QGemm" ? 3 : 1);
    if (!a && !b) return std::nullopt;
    const auto row = node.integer("transA", 0) != 0 ? 1U : 0U, column = node.integer("transB", 0) != 0 ? 0U : 1U;
    if ((a && b) || (a && a->axis != row) || (b && b->axis != column)) cross(node);
    return a ? Place{0, a->inside} : Place{1, b->inside};
}

/// Sequences and point sets: the batch of all operands is in front.
Batch in_front(Importer& importer, const Node& node) {
    Batch first;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const auto batch = batch_of(importer, node, i);
        if (batch && batch->axis != 0) cross(node);
        if (batch && !first) first = batch;
    }
    return first;
}

/// The batch's letter is in the result and nowhere summed.
Batch einsum(Importer& importer, const Node& node) {
    const auto terms = terms_of(importer, node);
    Batch made;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const auto batch = batch_of(importer, node, i);
        if (!batch) continue;
        const auto at = terms.out.find(terms.operands[i][batch->axis]);
        if (at == std::string::npos || (made && (made->axis != at || made->inside != batch->inside))) cross(node);
        made = Place{at, batch->inside};
    }
    return made;
}

Batch nowhere(Importer&, const Node&) { return std::nullopt; }

/// Softmax and normalisation: one axis, or all from it on.
Batch across(Importer& importer, const Node& node) {
    const auto batch = batch_of(importer, node, 0);
    if (!batch) return std::nullopt;
    const bool plain = node.op == "Softmax" || node.op == "LogSoftmax";
    const bool early = plain ? importer.model().opset < 13 : node.integer("opset", 13) < 13;
    const bool rest = early || node.op == "LayerNormalization";
    const auto axis = axis_of(node.integer("axis", plain && early ? 1 : -1), importer.in(node, 0).shape.size());
    if (rest ? batch->axis >= axis : batch->axis == axis) cross(node);
    return batch;
}

/// A place when the axes in `gone` have gone, or have become 1.
Batch without(const Node& node, Place place, const std::set<std::size_t>& gone, bool kept) {
    if (gone.contains(place.axis)) cross(node);
    const auto before = std::ranges::count_if(gone, [&](auto axis) { return axis < place.axis; });
    if (!kept) place.axis -= static_cast<std::size_t>(before);
    return place;
}

Batch reduce(Importer& importer, const Node& node) {
    const auto batch = batch_of(importer, node, 0);
    if (!batch) return std::nullopt;
    std::set<std::size_t> gone;
    const auto rank = importer.in(node, 0).shape.size();
    for (const auto axis : whole_numbers(importer, node, "axes", 1)) gone.insert(axis_of(axis, rank));
    if (gone.empty()) cross(node);
    return without(node, *batch, gone, node.integer("keepdims", 1) != 0);
}

/// Operators along an axis that has to stay whole.
Batch along(Importer& importer, const Node& node, std::int64_t fallback) {
    const auto batch = batch_of(importer, node, 0);
    if (!batch) return std::nullopt;
    const auto axis = axis_of(node.integer("axis", fallback), importer.in(node, 0).shape.size());
    const bool keeps = !node.op.starts_with("Arg") || node.integer("keepdims", 1) != 0;
    return without(node, *batch, {axis}, keeps);
}
Batch along_first(Importer& importer, const Node& node) { return along(importer, node, 0); }
Batch along_last(Importer& importer, const Node& node) { return along(importer, node, -1); }

Batch concat(Importer& importer, const Node& node) {
    const bool plain = node.op == "Concat";
    const auto batch = aligned(importer, node, plain ? all_of(node) : all_of(node, 2, 3));
    if (!batch) return std::nullopt;
    const auto axis = axis_of(node.integer("axis", 1), importer.in(node, plain ? 0 : 2).shape.size());
    return without(node, *batch, {axis}, true);
}

Batch transpose(Importer& importer, const Node& node) {
    const auto batch = batch_of(importer, node, 0);
    if (!batch) return std::nullopt;
    const auto order = order_of(node, importer.in(node, 0).shape.size());
    return Place{static_cast<std::size_t>(std::ranges::find(order, batch->axis) - order.begin()), batch->inside};
}

Batch slice(Importer& importer, const Node& node) {
    const auto batch = batch_of(importer, node, 0);
    if (!batch) return std::nullopt;
    const auto shape = whole_shape(importer, importer.in(node, 0));
    const Probe probe(importer);
    for (const auto& cut : cuts_of(importer, node, shape))
        if (cut.axis == batch->axis && (cut.count != shape[cut.axis] || cut.step != 1)) cross(node);
    return batch;
}

Batch gather(Importer& importer, const Node& node) {
    const auto data = batch_of(importer, node, 0), indices = batch_of(importer, node, 1);
    if (!data && !indices) return std::nullopt;
    const auto axis = axis_of(node.integer("axis", 0), importer.in(node, 0).shape.size());
    // Points of all samples in one table: indices say which sample they are of.
    const bool merged = data && indices && data->axis == axis && data->inside > 1;
    if (data && !merged && (indices || data->axis == axis)) cross(node);
    if (indices) return Place{axis + indices->axis, indices->inside};
    const auto more = importer.in(node, 1).shape.size();
    return Place{data->axis < axis ? data->axis : data->axis + more - 1, data->inside};
}

Batch gather_elements(Importer& importer, const Node& node) {
    if (importer.in(node, 0).shape.size() != importer.in(node, 1).shape.size()) return std::nullopt;
    const auto batch = aligned(importer, node, {0, 1});
    if (!batch) return std::nullopt;
    const auto axis = axis_of(node.integer("axis", 0), importer.in(node, 0).shape.size());
    return without(node, *batch, {axis}, true);
}

/// Indices say which sample they are of.
Batch gather_nd(Importer& importer, const Node& node) {
    const auto data = batch_of(importer, node, 0), indices = batch_of(importer, node, 1);
    if (!data && !indices) return std::nullopt;
    if (!data || !indices || data->axis != 0 || indices->axis != 0) cross(node);
    return indices;
}

/// The batch may be spread over further axes, not repeated.
Batch spread(Importer& importer, const Node& node) {
    const auto batch = batch_of(importer, node, 0);
    if (!batch) return std::nullopt;
    const auto& value = importer.in(node, 0);
    const auto back = from_end(value), size = whole_shape(importer, value)[batch->axis];
    const Probe probe(importer);
    const auto target = whole_numbers(importer, node, "", 1);
    if (back > target.size()) return batch;
    const auto wanted = target[target.size() - back];
    if (wanted != 1 && (node.op == "Tile" || wanted != static_cast<std::int64_t>(size))) cross(node);
    return Place{std::max(value.shape.size(), target.size()) - back, batch->inside};
}

/// The axis is an input.
Batch running(Importer& importer, const Node& node) {
    const auto batch = batch_of(importer, node, 0);
    const auto axis = whole_numbers(importer, node, "", 1);
    if (batch && (axis.size() != 1 || axis_of(axis[0], importer.in(node, 0).shape.size()) == batch->axis)) cross(node);
    return batch;
}

Batch viewed(Importer& importer, const Node& node) {
    const auto& value = importer.in(node, 0);
    return value.batch ? Batch(view_with_batch(importer, node, value).batch) : std::nullopt;
}

using Rule = Batch (*)(Importer&, const Node&);
struct Rules {
    Rule rule;
    std::vector<const char*> operators;
};
const std::vector<Rules>& rules() {
    static const std::vector<Rules> table{
        {same_place,
         {"Relu",
          "LeakyRelu",
          "PRelu",
          "QLinearLeakyRelu",
          "HardSwish",
          "HardSigmoid",
          "Sigmoid",
          "QLinearSigmoid",
          "Tanh",
          "Gelu",
          "QuickGelu",
          "BiasGelu",
          "FastGelu",
          "Elu",
          "Celu",
          "Selu",
          "Softplus",
          "Softsign",
          "Mish",
          "Exp",
          "Log",
          "Sqrt",
          "Reciprocal",
          "Abs",
          "Sin",
          "Cos",
          "Neg",
          "Not",
          "Clip",
          "QuantizeLinear",
          "DequantizeLinear",
          "DynamicQuantizeLinear",
          "Identity",
          "Dropout",
          "Cast"}},
        {of_images,
         {"Conv", "ConvTranspose", "ConvInteger", "QLinearConv", "MaxPool", "AveragePool", "QLinearAveragePool",
          "GlobalMaxPool", "GlobalAveragePool", "QLinearGlobalAveragePool", "Pad", "Resize", "Upsample",
          "BatchNormalization", "InstanceNormalization", "DepthToSpace", "SpaceToDepth"}},
        {all_aligned,
         {"Add", "Sub", "Mul", "Div", "Pow", "Sum", "Where", "Max", "Min", "Equal", "Less", "LessOrEqual", "Greater",
          "GreaterOrEqual", "And", "Or"}},
        {quantised_pair, {"QLinearAdd", "QLinearMul"}},
        {matmul, {"MatMul", "MatMulInteger"}},
        {quantised_matmul, {"QLinearMatMul"}},
        {gemm, {"Gemm", "QGemm"}},
        {across, {"Softmax", "LogSoftmax", "QLinearSoftmax", "LayerNormalization"}},
        {reduce, {"ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceSumSquare"}},
        {running, {"CumSum"}},
        {einsum, {"Einsum"}},
        {in_front,
         {"FarthestPointSampling", "BallQuery", "NearestPoints", "GatherPoints", "GroupPoints", "QueryAndGroup",
          "Attention", "MultiHeadAttention", "GroupQueryAttention", "SkipLayerNormalization",
          "EmbedLayerNormalization"}},
        {nowhere,
         {"Shape", "Size", "Constant", "ConstantOfShape", "Range", "ReduceProd", "Floor", "Ceil", "Mod", "Round",
          "Trilu"}},
        {along_first, {"Split", "ArgMax", "ArgMin"}},
        {along_last, {"TopK"}},
        {concat, {"Concat", "QLinearConcat"}},
        {transpose, {"Transpose"}},
        {slice, {"Slice"}},
        {gather, {"Gather"}},
        {gather_elements, {"GatherElements"}},
        {gather_nd, {"GatherND"}},
        {spread, {"Expand", "Tile"}},
        {viewed, {"Reshape", "Flatten", "Squeeze", "Unsqueeze"}}};
    return table;
}

}  // namespace

Shape whole_shape(const Importer& importer, const Value& value) {
    auto shape = value.shape;
    if (value.batch) shape.at(value.batch->axis) = checked(shape[value.batch->axis], importer.samples(), max_elements);
    return shape;
}

Batch batch_after(Importer& importer, const Node& node) {
    for (const auto& [rule, operators] : rules())
        if (std::ranges::find(operators, node.op) != operators.end()) return rule(importer, node);
    if (find_handler(node.op) != nullptr) throw std::logic_error("no rule for the batch of " + node.op);
    return std::nullopt;  // it will be refused
}

bool has_batch_rule(const std::string& op) {
    return std::ranges::any_of(
        rules(), [&](const auto& rule) { return std::ranges::find(rule.operators, op) != rule.operators.end(); });
}

Batch batch_after(const Node& node, const Fused& fused, const Value& input) {
    if (!input.batch || !std::holds_alternative<Normalisation>(fused.op)) return input.batch;
    const auto axis = input.batch->axis;
    if (fused.axes > 0 ? axis + fused.axes >= input.shape.size() : axis != 0) cross(node);
    return input.batch;
}

View view_with_batch(Importer& importer, const Node& node, const Value& value) {
    const Probe probe(importer);
    Shape shape;
    try {
        shape = shape_after(importer, node, whole_shape(importer, value));
    } catch (const Fault&) {
        if (importer.fixed()) throw;
        cross(node, importer.certain());
    }
    // Elements of a sample that follow one another before those of the next come.
    const auto step = value.batch->inside * product_of(value.shape, value.batch->axis + 1, value.shape.size());
    std::uint64_t after = 1;
    for (auto i = shape.size(); i-- > 0; after *= shape[i]) {
        if (step < after || after == 0 || step % after != 0 || shape[i] == 0) continue;
        const auto inside = step / after;
        if (shape[i] % checked(inside, importer.samples(), max_elements) != 0) continue;
        shape[i] /= importer.samples();
        return {shape, {i, inside}};
    }
    cross(node);
}

}  // namespace dyad::arch_space::onnx
