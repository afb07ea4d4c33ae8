// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "arch_space/lower/nests.hpp"
#include "core/error.hpp"

namespace dyad::arch_space {
namespace {

using models::Kernel;
using models::Node;
using models::Operand;
using models::TensorInfo;
using models::Use;
using models::VectorWork;

/// The tensors that hold one output of a layer, one behind the other. Views have no tensors of their own: a reshape is
/// those of its input, and a concatenation along axis 0 those of all its inputs, which its readers read where they are.
using Pieces = std::vector<std::size_t>;

constexpr std::size_t none = static_cast<std::size_t>(-1);

VectorWork times(VectorWork work, std::uint64_t batch) {
    for (auto& count : work.operations) count = checked(count, batch);
    return work;
}

void merge(VectorWork& into, const VectorWork& work) {
    for (std::size_t i = 0; i < work.operations.size(); ++i) into.operations[i] += work.operations[i];
}

class Lowering {
public:
    Lowering(const Network& network, const LowerOptions& options)
        : network_(network),
          options_(options),
          values_(network.layers.size()),
          uses_(network.layers.size()),
          tail_(network.layers.size(), none) {
        for (const auto& layer : network.layers)
            for (const auto input : layer.inputs) ++uses_[input];
    }

    models::Dataflow run() {
        for (std::size_t i = 0; i < network_.layers.size(); ++i) lower(i);
        drop_unused_tensors();
        return {network_.name, options_.batch, std::move(nodes_), std::move(tensors_)};
    }

private:
    void lower(std::size_t i) {
        const auto& layer = network_.layers[i];
        if (std::holds_alternative<Input>(layer.op) || std::holds_alternative<Zero>(layer.op)) {
            values_[i] = {{tensor(layer.name, layer.outputs[0], layer.activations, layer.density.activations)}};
        } else if (!view(i) && !(options_.fusion && fuse(i))) {
            if (const auto* attention = std::get_if<Attention>(&layer.op))
                lower_attention(i, *attention);
            else
                lower_kernel(i);
        }
    }

    // Tensors.

    std::size_t tensor(std::string name, const Shape& shape, core::Precision precision, double density = 1) {
        const core::Words words(checked(elements(shape), options_.batch, max_elements));
        tensors_.push_back(
            {.name = std::move(name), .words = words, .precision = precision, .consumers = {}, .density = density});
        return tensors_.size() - 1;
    }
    [[nodiscard]] const Pieces& pieces(const Layer& layer, std::size_t input) const {
        return values_[layer.inputs[input]][layer.input_slots[input]];
    }
    [[nodiscard]] const Shape& shape(const Layer& layer, std::size_t input) const {
        return network_.layers[layer.inputs[input]].outputs[layer.input_slots[input]];
    }
    [[nodiscard]] Shapes shapes(const Layer& layer) const {
        Shapes in;
        for (std::size_t k = 0; k < layer.inputs.size(); ++k) in.push_back(shape(layer, k));
        return in;
    }
    [[nodiscard]] core::Precision precision_of(const Pieces& p) const { return tensors_[p.front()].precision; }

    // Views.

    bool view(std::size_t i) {
        const auto& layer = network_.layers[i];
        if (std::holds_alternative<Reshape>(layer.op)) {
            values_[i] = {pieces(layer, 0)};
            return true;
        }
        if (const auto* concat = std::get_if<Concat>(&layer.op)) return concat->axis == 0 && concatenate(i);
        if (const auto* split = std::get_if<Split>(&layer.op)) return split->axis == 0 && divide(i);
        return false;
    }

    /// Not where an input changes its format on the way, or comes twice.
    bool concatenate(std::size_t i) {
        const auto& layer = network_.layers[i];
        Pieces all;
        for (std::size_t k = 0; k < layer.inputs.size(); ++k)
            for (const auto piece : pieces(layer, k)) {
                if (tensors_[piece].precision != layer.activations || std::ranges::find(all, piece) != all.end())
                    return false;
                all.push_back(piece);
            }
        values_[i] = {all};
        return true;
    }

    /// The kernel before writes the parts one by one, where nobody else reads the whole.
    bool divide(std::size_t i) {
        const auto& layer = network_.layers[i];
        const auto& whole = pieces(layer, 0);
        const auto from = layer.inputs[0];
        if (uses_[from] != 1 || whole.size() != 1 || tail_[from] == none || precision_of(whole) != layer.activations)
            return false;
        auto& writes = nodes_[tail_[from]].writes;
        writes.clear();
        for (std::size_t part = 0; part < layer.outputs.size(); ++part) {
            writes.push_back(tensor(fmt::format("{}.{}", layer.name, part), layer.outputs[part], layer.activations,
                                    layer.density.activations));
            values_[i].push_back({writes.back()});
        }
        return true;
    }

    // Fusion.

    /// The kernel that `from` ends, if it multiplies and nobody but one layer reads the result.
    [[nodiscard]] Node* open_tail(std::size_t from) {
        if (uses_[from] != 1 || tail_[from] == none || !nodes_[tail_[from]].kernel.nest) return nullptr;
        return &nodes_[tail_[from]];
    }

    bool fuse(std::size_t i) {
        const auto& op = network_.layers[i].op;
        if (const auto* norm = std::get_if<Normalisation>(&op))
            return norm->kind == Normalisation::Kind::batch && fold(i);
        if (std::holds_alternative<Activation>(op) || std::holds_alternative<Table>(op)) return ride(i);
        const auto* join = std::get_if<Elementwise>(&op);
        return join != nullptr && join->kind == Elementwise::Kind::add && add_residual(i);
    }

    /// Batch normalisation goes into the weights and bias of the convolution or linear layer right before it.
    bool fold(std::size_t i) {
        const auto from = network_.layers[i].inputs[0];
        const auto& main = network_.layers[from].op;
        const auto* node = open_tail(from);
        if (!std::holds_alternative<Conv>(main) && !std::holds_alternative<Linear>(main)) return false;
        if (node == nullptr || node->writes.size() != 1) return false;
        extend(i, from);
        return true;
    }

    bool ride(std::size_t i) {
        const auto& layer = network_.layers[i];
        auto* node = open_tail(layer.inputs[0]);
        if (node == nullptr || node->writes.size() != 1 || shape(layer, 0) != layer.outputs[0]) return false;
        merge(node->kernel.epilogue, vector_work(layer));
        const core::Words tables(weights_read(layer.op, shapes(layer)));
        node->kernel.weight_bytes += core::bytes_of(tables, layer.weights);
        extend(i, layer.inputs[0]);
        return true;
    }

    /// The later of the two branches takes the other one along.
    bool add_residual(std::size_t i) {
        const auto& layer = network_.layers[i];
        if (layer.inputs.size() != 2 || shape(layer, 0) != shape(layer, 1)) return false;
        const std::size_t later = layer.inputs[0] > layer.inputs[1] ? 0 : 1;
        for (const auto main : {later, 1 - later}) {
            auto* node = open_tail(layer.inputs[main]);
            if (node == nullptr || node->writes.size() != 1) continue;
            for (const auto piece : pieces(layer, 1 - main)) node->reads.push_back({Operand::inputs, piece, true});
            merge(node->kernel.epilogue, vector_work(layer));
            extend(i, layer.inputs[main]);
            return true;
        }
        return false;
    }

    /// `i` becomes the end of the chain that `from` ended.
    void extend(std::size_t i, std::size_t from) {
        const auto& layer = network_.layers[i];
        auto& node = nodes_[tail_[from]];
        node.kernel.members.push_back(layer.name);
        node.kernel.parameters += layer.parameters;
        node.kernel.output_precision = layer.activations;
        auto& out = tensors_[node.writes.front()];
        out.name = layer.name;
        out.precision = layer.activations;
        out.density = layer.density.activations;
        values_[i] = values_[from];
        tail_[i] = tail_[from];
    }

    // Kernels.

    [[nodiscard]] VectorWork vector_work(const Layer& layer) const {
        return times(work(layer.op, shapes(layer), layer.outputs), options_.batch);
    }

    Kernel kernel(const Layer& layer, const Shapes& in) const {
        Kernel k;
        k.name = layer.name;
        k.op = name(layer.op, in);
        k.members = {layer.name};
        k.weight_precision = layer.weights;
        k.input_precision = precision_of(pieces(layer, 0));
        k.output_precision = layer.activations;
        k.density[static_cast<std::size_t>(Operand::weights)] = layer.density.weights;
        k.parameters = layer.parameters;
        k.weight_bytes = core::bytes_of(core::Words(weights_read(layer.op, in)), layer.weights);
        return k;
    }

    void read(Node& node, const Pieces& from, Operand operand) const {
        for (const auto piece : from) node.reads.push_back({operand, piece, false});
    }

    void write(Node& node, std::size_t i) {
        const auto& layer = network_.layers[i];
        for (std::size_t slot = 0; slot < layer.outputs.size(); ++slot) {
            auto label = layer.outputs.size() == 1 ? layer.name : fmt::format("{}.{}", layer.name, slot);
            node.writes.push_back(
                tensor(std::move(label), layer.outputs[slot], layer.activations, layer.density.activations));
            values_[i].push_back({node.writes.back()});
        }
    }

    void lower_kernel(std::size_t i) {
        const auto& layer = network_.layers[i];
        const auto in = shapes(layer);
        Node node{.kernel = kernel(layer, in), .reads = {}, .writes = {}};
        const bool product = std::holds_alternative<MatMul>(layer.op);
        for (std::size_t k = 0; k < layer.inputs.size(); ++k)
            read(node, pieces(layer, k), product && k == 1 ? Operand::weights : Operand::inputs);
        if (product) node.kernel.weight_precision = precision_of(pieces(layer, 1));
        set_work(node.kernel, layer, in);
        write(node, i);
        tail_[i] = nodes_.size();
        nodes_.push_back(std::move(node));
    }

    void set_work(Kernel& k, const Layer& layer, const Shapes& in) const {
        const auto batch = options_.batch;
        if (const auto* conv = std::get_if<Conv>(&layer.op)) {
            k.nest = nest_of(*conv, in, layer.outputs, batch);
            k.kernel_side = std::max(conv->kernel.h, conv->kernel.w);
            k.stride = std::max(conv->stride.h, conv->stride.w);
            k.depthwise = conv->depthwise(in[0]) && !conv->transposed;
            k.epilogue.operations[static_cast<std::size_t>(hw_space::VectorOp::add)] =
                overlap_additions(*conv, in, layer.outputs, batch);
        } else if (const auto* linear = std::get_if<Linear>(&layer.op)) {
            k.nest = nest_of(*linear, in, batch);
        } else if (const auto* matmul = std::get_if<MatMul>(&layer.op)) {
            k.nest = nest_of(*matmul, in, layer.outputs, batch);
        } else {
            k.vector = vector_work(layer);
            if (const auto* pool = std::get_if<Pool>(&layer.op); pool != nullptr && !pool->global) {
                k.kernel_side = std::max(pool->kernel.h, pool->kernel.w);
                k.stride = std::max(pool->stride.h, pool->stride.w);
                const auto& out = layer.outputs.front();
                if (pool->output == Pair{0, 0})
                    k.window = models::Window{out.at(1),      out.at(2),      pool->kernel.h,
                                              pool->kernel.w, pool->stride.h, pool->stride.w};
            }
        }
    }

    // Attention: scores, softmax, context. Keys and values of earlier steps come from the cache, which is an input of
    // the network; the new ones are written behind them by the kernels that compute them.

    void lower_attention(std::size_t i, const Attention& attention) {
        const auto& layer = network_.layers[i];
        const auto in = shapes(layer);
        const auto nests = nests_of(attention, in, options_.batch);
        const Shape square{attention.heads, in[0][0], attention.keys(in)};
        auto scores = product(layer, ".scores", nests.scores, pieces(layer, 0), with_cache(layer, attention, 1));
        const auto raw = tensor(layer.name + ".scores", square, layer.activations);
        scores.writes = {raw};
        nodes_.push_back(std::move(scores));

        Node softmax{.kernel = kernel(layer, in), .reads = {{Operand::inputs, raw, false}}, .writes = {}};
        softmax.kernel.name += ".softmax";
        softmax.kernel.op = "softmax";
        softmax.kernel.input_precision = layer.activations;
        softmax.kernel.vector = vector_work(layer);
        softmax.kernel.needed = attention.needed(in);
        const auto shares = tensor(layer.name + ".softmax", square, layer.activations);
        softmax.writes = {shares};
        nodes_.push_back(std::move(softmax));

        auto context = product(layer, ".context", nests.context, {shares}, with_cache(layer, attention, 2));
        write(context, i);
        tail_[i] = nodes_.size();
        nodes_.push_back(std::move(context));
    }

    Node product(const Layer& layer, const char* part, const models::LoopNest& nest, const Pieces& left,
                 const Pieces& right) const {
        Node node{.kernel = kernel(layer, shapes(layer)), .reads = {}, .writes = {}};
        node.kernel.name += part;
        node.kernel.needed = std::get<Attention>(layer.op).needed(shapes(layer));
        node.kernel.nest = nest;
        node.kernel.input_precision = precision_of(left);
        node.kernel.weight_precision = precision_of(right);
        read(node, left, Operand::inputs);
        read(node, right, Operand::weights);
        return node;
    }

    /// Keys (input 1) or values (input 2), those of the cache before the new ones.
    Pieces with_cache(const Layer& layer, const Attention& attention, std::size_t input) {
        Pieces all;
        if (attention.cache != 0) {
            const auto& fresh = pieces(layer, input);
            const Shape cached{attention.cache, shape(layer, input)[1]};
            all.push_back(
                tensor(layer.name + (input == 1 ? ".cached_keys" : ".cached_values"), cached, precision_of(fresh)));
        }
        const auto& fresh = pieces(layer, input);
        all.insert(all.end(), fresh.begin(), fresh.end());
        return all;
    }

    /// Tensors that a split replaced, and inputs that nobody reads.
    void drop_unused_tensors() {
        std::vector<std::size_t> place(tensors_.size(), none);
        std::vector<TensorInfo> kept;
        const auto keep = [&](std::size_t& index) {
            if (place[index] == none) place[index] = 0;
        };
        for (auto& node : nodes_) {
            for (auto& use : node.reads) keep(use.tensor);
            for (auto& written : node.writes) keep(written);
        }
        for (std::size_t t = 0; t < tensors_.size(); ++t) {
            if (place[t] == none) continue;
            place[t] = kept.size();
            kept.push_back(std::move(tensors_[t]));
        }
        for (auto& node : nodes_) {
            for (auto& use : node.reads) use.tensor = place[use.tensor];
            for (auto& written : node.writes) written = place[written];
        }
        tensors_ = std::move(kept);
    }

    const Network& network_;
    const LowerOptions& options_;
    std::vector<std::vector<Pieces>> values_;  ///< by layer and output
    std::vector<std::size_t> uses_;            ///< by layer: how often it is read
    std::vector<std::size_t> tail_;            ///< by layer: the node whose output it is
    std::vector<Node> nodes_;
    std::vector<TensorInfo> tensors_;
};

}  // namespace

models::Dataflow lower(const Network& network, const LowerOptions& options) try {
    if (options.batch == 0) throw core::Error(fmt::format("network '{}': a batch of 0 samples", network.name));
    (void)checked(network.macs(), options.batch);
    return Lowering(network, options).run();
} catch (const BadShape& bad) {
    throw core::Error(fmt::format("network '{}' with a batch of {}: {}", network.name, options.batch, bad.what()));
}

}  // namespace dyad::arch_space
