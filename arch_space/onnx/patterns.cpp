// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "arch_space/onnx/importer.hpp"

namespace dyad::arch_space::onnx {
namespace {

/// The graph as patterns look at it: who makes a value, who reads it, which values are constants.
class Finder {
public:
    explicit Finder(const Model& model) : model_(model) {
        for (const auto& node : model.nodes) {
            for (const auto& name : node.outputs) makers_[name] = &node;
            for (const auto& name : node.inputs) readers_[name].push_back(&node);
        }
    }

    Patterns run() {
        for (const auto& node : model_.nodes) {
            if (node.outputs.empty()) continue;
            gate(node);
            if (node.op == "Clip") hard(node);
            if (node.op == "Clip") six(node);
            if (node.op == "Erf") gelu(node, Activation::Kind::gelu);
            if (node.op == "Tanh") gelu(node, Activation::Kind::gelu_tanh);
            if (node.op == "Div") layer_norm(node);
            if (node.op == "Reciprocal") folded_norm(node);
            if (node.op == "InstanceNormalization") group_norm(node);
            if (node.op == "Mul") scale_and_shift(node);
        }
        return std::move(patterns_);
    }

private:
    using Chain = std::vector<const Node*>;

    const Node* maker(const std::string& name, const std::string& op = "") const {
        const auto found = makers_.find(name);
        return found != makers_.end() && (op.empty() || found->second->op == op) ? found->second : nullptr;
    }
    /// The table behind a name, which nodes of these operators hand on.
    const Stored* stored(std::string name, const std::vector<std::string>& through = {"Identity", "Cast"}) const {
        const auto* node = maker(name);
        for (; node != nullptr && std::ranges::find(through, node->op) != through.end(); node = maker(name)) {
            if (node->inputs.empty()) return nullptr;
            name = node->inputs[0];
        }
        const auto found = model_.stored.find(name);
        if (found != model_.stored.end()) return &found->second;
        node = maker(name, "Constant");
        if (node == nullptr || node->attributes.empty()) return nullptr;
        const auto& tensor = node->attributes.begin()->second.tensor;
        return tensor ? &*tensor : nullptr;
    }
    std::optional<double> number(const std::string& name) const {
        const auto* found = stored(name);
        if (found == nullptr || !found->values || found->values->size() != 1) return std::nullopt;
        return found->values->front();
    }
    bool is(const std::string& name, double value) const {
        const auto found = number(name);
        return found && std::abs(*found - value) <= 1e-3 * std::abs(value);
    }
    /// The only node that reads a value that is no output of the graph.
    const Node* reader(const Node& node, const std::string& op = "") const {
        if (node.outputs.size() != 1 || std::ranges::find(model_.outputs, node.outputs[0]) != model_.outputs.end())
            return nullptr;
        const auto found = readers_.find(node.outputs[0]);
        if (found == readers_.end() || found->second.size() != 1) return nullptr;
        return op.empty() || found->second[0]->op == op ? found->second[0] : nullptr;
    }
    static bool pair(const Node* node) {
        return node != nullptr && node->inputs.size() == 2 && node->outputs.size() == 1;
    }
    /// The other operand of a node with two.
    static const std::string& other(const Node& node, const std::string& name) {
        return node.inputs[node.inputs[0] == name ? 1 : 0];
    }
    /// Only when nobody else reads what disappears.
    void fuse(const Node& last, Fused fused, Chain inner) {
        std::erase(inner, &last);
        for (const auto* node : inner) {
            if (std::ranges::find(model_.outputs, node->outputs[0]) != model_.outputs.end()) return;
            const auto readers = readers_.find(node->outputs[0]);
            if (node->outputs.size() != 1 || readers == readers_.end()) return;
            for (const auto* by : readers->second)
                if (by != &last && std::ranges::find(inner, by) == inner.end()) return;
        }
        for (const auto* node : inner) patterns_.inner.insert(node->outputs[0]);
        patterns_.at.insert_or_assign(last.outputs[0], std::move(fused));
    }
    void fuse(const Node& last, Activation::Kind kind, const std::string& input, Chain inner) {
        fuse(last, Fused{Activation{kind}, input}, std::move(inner));
    }

    /// x sigmoid(x) and x hardsigmoid(x).
    void gate(const Node& node) {
        if ((node.op != "Sigmoid" && node.op != "HardSigmoid") || node.inputs.empty()) return;
        const auto* mul = reader(node, "Mul");
        if (!pair(mul) || other(*mul, node.outputs[0]) != node.inputs[0]) return;
        const auto kind = node.op == "Sigmoid" ? Activation::Kind::swish : Activation::Kind::hardswish;
        fuse(*mul, kind, node.inputs[0], {&node});
    }

    bool clips_to_six(const Node& clip) const {
        const auto limit = [&](const char* key, std::size_t i, double value) {
            const auto found = clip.attributes.find(key);
            if (found != clip.attributes.end())
                return found->second.numbers.size() == 1 && found->second.numbers[0] == value;
            const auto given = i < clip.inputs.size() ? number(clip.inputs[i]) : std::nullopt;
            return given && *given == value;
        };
        return limit("min", 1, 0) && limit("max", 2, 6);
    }
    bool sixth(const Node* node, const std::string& of) const {
        if (!pair(node)) return false;
        if (node->op == "Div") return node->inputs[0] == of && is(node->inputs[1], 6);
        return node->op == "Mul" && is(other(*node, of), 1.0 / 6);
    }
    /// clip(x + 3, 0, 6) / 6, times x or not, in either order.
    void hard(const Node& clip) {
        const auto* add = clip.inputs.empty() ? nullptr : maker(clip.inputs[0], "Add");
        if (!pair(add) || reader(*add) != &clip || !clips_to_six(clip)) return;
        const bool second = is(add->inputs[1], 3);
        if (!second && !is(add->inputs[0], 3)) return;
        const auto& x = add->inputs[second ? 0 : 1];
        const auto* next = reader(clip);
        const auto* after = next != nullptr ? reader(*next) : nullptr;
        const auto times_x = [&](const Node* node, const Node& from) {
            return pair(node) && node->op == "Mul" && other(*node, from.outputs[0]) == x;
        };
        if (sixth(next, clip.outputs[0])) {
            const bool swish = times_x(after, *next);
            const auto kind = swish ? Activation::Kind::hardswish : Activation::Kind::hardsigmoid;
            fuse(swish ? *after : *next, kind, x, {add, &clip, next});
        } else if (times_x(next, clip) && sixth(after, next->outputs[0])) {
            fuse(*after, Activation::Kind::hardswish, x, {add, &clip, next});
        }
    }

    /// clip(relu(x), up to 6), as it is written where a clip has no lower limit.
    void six(const Node& clip) {
        const auto* relu = clip.inputs.empty() ? nullptr : maker(clip.inputs[0], "Relu");
        const auto given = clip.attributes.find("max");
        const bool attribute = given != clip.attributes.end() && given->second.numbers == std::vector{6.0};
        const bool input = clip.inputs.size() > 2 && number(clip.inputs[2]) == 6.0;
        const bool open = !clip.has("min") && (clip.inputs.size() < 2 || clip.inputs[1].empty());
        if (relu == nullptr || relu->inputs.size() != 1 || !open || !(attribute || input)) return;
        fuse(clip, Activation::Kind::relu6, relu->inputs[0], {relu});
    }

    /// Whether `name` is computed from x and numbers alone; the nodes that do.
    bool depends_on_only(const std::string& name, const std::string& x, Chain& nodes, int depth) const {
        if (name == x || number(name)) return true;
        const auto* node = maker(name);
        if (node == nullptr || depth == 0 || node->outputs.size() != 1) return false;
        constexpr const char* elementary[] = {"Add", "Mul", "Div", "Pow"};
        if (std::ranges::find(elementary, node->op) == std::end(elementary)) return false;
        nodes.push_back(node);
        return std::ranges::all_of(node->inputs,
                                   [&](const auto& input) { return depends_on_only(input, x, nodes, depth - 1); });
    }
    /// 0.5 x (1 + erf(x / sqrt 2)) and its approximation with tanh, factors in any order.
    void gelu(const Node& node, Activation::Kind kind) {
        const auto* add = reader(node, "Add");
        if (!pair(add) || !is(other(*add, node.outputs[0]), 1) || node.inputs.size() != 1) return;
        Chain inner{&node, add};
        std::string x;
        bool half = false;
        const auto* last = add;
        for (const auto* next = reader(*add, "Mul"); pair(next) && (x.empty() || !half); next = reader(*next, "Mul")) {
            const auto& factor = other(*next, last->outputs[0]);
            const auto* scaled = maker(factor, "Mul");
            if (!half && is(factor, 0.5)) {
                half = true;
            } else if (!half && x.empty() && pair(scaled) &&
                       (is(scaled->inputs[0], 0.5) || is(scaled->inputs[1], 0.5))) {
                half = true;
                x = scaled->inputs[is(scaled->inputs[0], 0.5) ? 1 : 0];
                inner.push_back(scaled);
            } else if (x.empty() && !number(factor)) {
                x = factor;
            } else {
                return;
            }
            last = next;
            inner.push_back(next);
        }
        if (half && !x.empty() && depends_on_only(node.inputs[0], x, inner, 5)) fuse(*last, kind, x, inner);
    }

    /// The node that makes a mean over one axis, or over the last axes.
    const Node* mean(const std::string& name) const {
        const auto* node = maker(name, "ReduceMean");
        if (node == nullptr || node->inputs.empty()) return nullptr;
        const auto axes = axes_of(*node);
        bool last = !axes.empty();
        for (std::size_t i = 0; i < axes.size(); ++i)
            last = last && axes[i] == static_cast<std::int64_t>(i) - static_cast<std::int64_t>(axes.size());
        return last || axes.size() == 1 ? node : nullptr;
    }
    static std::vector<std::int64_t> axes_of(const Node& mean) {
        const auto found = mean.attributes.find("axes");
        return found == mean.attributes.end() ? std::vector<std::int64_t>{} : found->second.integers;
    }
    /// The node that reads `from` with a table: scale or shift.
    const Node* affine(const Node& from, const std::string& op,
                       const std::vector<std::string>& through = {"Identity", "Cast"}) const {
        const auto* node = reader(from, op);
        const auto* operand = pair(node) ? stored(other(*node, from.outputs[0]), through) : nullptr;
        return operand != nullptr && elements(operand->shape) > 1 ? node : nullptr;
    }
    /// sqrt(variance + epsilon): the mean, the variance's axes, and all nodes of it.
    struct Deviation {
        const Node *average, *centred;
        std::vector<std::int64_t> axes;
        Chain nodes;
    };
    std::optional<Deviation> deviation(const Node* root) const {
        const auto* add = root == nullptr || root->inputs.size() != 1 ? nullptr : maker(root->inputs[0], "Add");
        const auto* variance = pair(add) ? mean(add->inputs[number(add->inputs[0]) ? 1 : 0]) : nullptr;
        const auto* square = variance == nullptr ? nullptr : maker(variance->inputs[0]);
        if (!pair(square) || (square->op != "Pow" && square->op != "Mul")) return std::nullopt;
        const auto* centred = maker(square->inputs[0], "Sub");
        const auto* average = pair(centred) ? mean(centred->inputs[1]) : nullptr;
        if (average == nullptr || average->inputs[0] != centred->inputs[0]) return std::nullopt;
        if (axes_of(*average) != axes_of(*variance)) return std::nullopt;
        return Deviation{average, centred, axes_of(*variance), {average, centred, square, variance, add, root}};
    }
    /// Whether a table is of the channels of an image {N, C, H, W}: it has gone through a node that gives it axes, or
    /// has them.
    bool of_channels(const std::vector<std::int64_t>& axes, const std::string& table) const {
        if (axes.size() != 1 || (axes[0] != 1 && axes[0] != -3)) return false;
        if (maker(table, "Unsqueeze") != nullptr) return true;
        const auto* found = stored(table);
        if (found == nullptr || found->shape.size() < 3) return false;
        return elements(found->shape) == found->shape[found->shape.size() - 3];
    }
    /// A layer normalisation ends; `table` scales it.
    void normalise(const Node& shift, const Deviation& of, const std::string& table, Chain inner) {
        const bool channels = of_channels(of.axes, table);
        const auto* found = stored(table);
        if (!channels && (found == nullptr || found->shape.size() != of.axes.size())) return;
        inner.insert(inner.end(), of.nodes.begin(), of.nodes.end());
        fuse(shift,
             {Normalisation{Normalisation::Kind::layer}, of.centred->inputs[0], table, channels ? 0 : of.axes.size()},
             std::move(inner));
    }
    /// (x - mean) / sqrt(variance + epsilon), scaled and shifted.
    void layer_norm(const Node& div) {
        const auto of = pair(&div) ? deviation(maker(div.inputs[1], "Sqrt")) : std::nullopt;
        const auto* centred = of ? maker(div.inputs[0], "Sub") : nullptr;
        if (centred == nullptr || centred->inputs != of->centred->inputs) return;
        const std::vector<std::string> through{"Identity", "Cast", "Unsqueeze"};
        const auto* scale = affine(div, "Mul", through);
        const auto* shift = scale == nullptr ? nullptr : affine(*scale, "Add", through);
        if (shift != nullptr) normalise(*shift, *of, other(*scale, div.outputs[0]), {centred, &div, scale});
    }
    /// x m + (shift - mean m) with m = scale / sqrt(variance + epsilon), as TensorFlow has it.
    void folded_norm(const Node& reciprocal) {
        const auto of = reciprocal.inputs.size() == 1 ? deviation(maker(reciprocal.inputs[0], "Sqrt")) : std::nullopt;
        const auto* scale = of ? affine(reciprocal, "Mul") : nullptr;
        const auto readers = scale == nullptr ? readers_.end() : readers_.find(scale->outputs[0]);
        if (readers == readers_.end() || readers->second.size() != 2) return;
        const Node *scaled = nullptr, *mean = nullptr;
        for (const auto* node : readers->second) {
            if (!pair(node) || node->op != "Mul") return;
            const auto& factor = other(*node, scale->outputs[0]);
            if (factor == of->centred->inputs[0]) scaled = node;
            if (factor == of->average->outputs[0]) mean = node;
        }
        const auto* rest = mean == nullptr ? nullptr : affine(*mean, "Sub");
        const auto* sum = scaled == nullptr ? nullptr : reader(*scaled, "Add");
        if (rest == nullptr || !pair(sum) || reader(*rest) != sum || rest->inputs[1] != mean->outputs[0]) return;
        normalise(*sum, *of, other(*scale, reciprocal.outputs[0]), {&reciprocal, scale, scaled, mean, rest});
    }

    /// As PyTorch's exporter writes it: groups become channels of an instance normalisation, then back.
    void group_norm(const Node& node) {
        const auto* before = node.inputs.empty() ? nullptr : maker(node.inputs[0], "Reshape");
        const auto* back = reader(node, "Reshape");
        const std::vector<std::string> through{"Identity", "Cast", "Unsqueeze"};
        const auto* scale = back == nullptr ? nullptr : affine(*back, "Mul", through);
        const auto* shift = scale == nullptr ? nullptr : affine(*scale, "Add", through);
        const auto* shape = before == nullptr || before->inputs.size() < 2 ? nullptr : stored(before->inputs[1]);
        if (shift == nullptr || shape == nullptr || !shape->values || shape->values->size() != 3) return;
        const auto groups = (*shape->values)[1];
        if (groups < 1 || groups > static_cast<double>(max_dimension)) return;
        const Normalisation norm{Normalisation::Kind::group, static_cast<std::uint64_t>(groups)};
        fuse(*shift, {norm, before->inputs[0], other(*scale, back->outputs[0])}, {before, &node, back, scale});
    }

    /// A batch normalisation that was written as a product and a sum per channel, of an image or on the last axis.
    void scale_and_shift(const Node& mul) {
        if (!pair(&mul)) return;
        const bool second = stored(mul.inputs[1]) != nullptr;
        const auto* factors = stored(mul.inputs[second ? 1 : 0]);
        const auto* shift = affine(mul, "Add");
        if (factors == nullptr || shift == nullptr || patterns_.inner.contains(mul.outputs[0])) return;
        const auto* offsets = stored(other(*shift, mul.outputs[0]));
        const auto& shape = factors->shape;
        const bool same = shape == offsets->shape, last = same && elements(shape) == shape.back();
        const bool channels = same && shape.size() >= 3 && elements(shape) == shape[shape.size() - 3];
        const auto &table = mul.inputs[second ? 1 : 0], &input = mul.inputs[second ? 0 : 1];
        const Normalisation norm{Normalisation::Kind::batch};
        if (channels || last) fuse(*shift, {norm, input, table, channels ? 0U : 1U}, {&mul});
    }

    const Model& model_;
    std::map<std::string, const Node*> makers_;
    std::map<std::string, std::vector<const Node*>> readers_;
    Patterns patterns_;
};

}  // namespace

Patterns find_patterns(const Model& model) { return Finder(model).run(); }

}  // namespace dyad::arch_space::onnx
