// SPDX-License-Identifier: Apache-2.0
#include "models/device/work.hpp"

#include <algorithm>

namespace dyad::models {
namespace {

constexpr std::array<std::string_view, work_classes.size()> class_names{
    "conv", "depthwise", "linear", "matmul", "elementwise", "softmax", "normalisation", "pool"};

double real(std::uint64_t count) { return static_cast<double>(count); }

double size(const LoopNest& nest, const char* dim) {
    const auto found = nest.dim(dim);
    return found ? real(nest.dims[*found].size) : 1;
}

WorkClass class_of(const Kernel& kernel) {
    if (!kernel.nest) {
        if (kernel.op.find("softmax") != std::string::npos) return WorkClass::softmax;
        if (kernel.op.find("norm") != std::string::npos) return WorkClass::normalisation;
        return kernel.op.find("pool") != std::string::npos ? WorkClass::pool : WorkClass::elementwise;
    }
    if (kernel.depthwise) return WorkClass::depthwise;
    if (kernel.op == "linear") return WorkClass::linear;
    return kernel.op.find("conv") != std::string::npos ? WorkClass::conv : WorkClass::matmul;
}

void set_product(Work& work, const Kernel& kernel) {
    const auto& nest = *kernel.nest;
    work.batch = size(nest, "N");
    work.channels = size(nest, "C");
    work.out_side = size(nest, "P");
    work.groups = size(nest, "G");
    work.n = size(nest, "K");
    work.k = work.channels * size(nest, "R") * size(nest, "S");
    work.m = std::max(1.0, real(nest.macs()) / (work.groups * work.n * work.k));
    work.side = real(kernel.kernel_side);
    work.stride = real(kernel.stride);
    work.inputs = real(nest.words(Operand::inputs).count());
    work.weights = real(nest.words(Operand::weights).count());
    work.outputs = real(nest.words(Operand::outputs).count());
}

}  // namespace

std::string_view name(WorkClass kind) { return class_names[static_cast<std::size_t>(kind)]; }

std::optional<WorkClass> find_work_class(std::string_view name) {
    const auto found = std::ranges::find(class_names, name);
    if (found == class_names.end()) return std::nullopt;
    return static_cast<WorkClass>(found - class_names.begin());
}

Work conv_work(std::uint64_t batch, std::uint64_t in, std::uint64_t out, std::uint64_t out_side, std::uint64_t side,
               std::uint64_t stride, std::uint64_t groups) {
    Work work;
    work.kind = groups > 1 && groups == in ? WorkClass::depthwise : WorkClass::conv;
    work.groups = real(groups);
    work.batch = real(batch);
    work.channels = real(in) / real(groups);
    work.out_side = real(out_side);
    work.m = real(batch) * real(out_side) * real(out_side);
    work.n = real(out) / real(groups);
    work.k = work.channels * real(side) * real(side);
    work.side = real(side);
    work.stride = real(stride);
    const double in_side = real(out_side) * real(stride);
    work.inputs = real(batch) * real(in) * in_side * in_side;
    work.weights = real(out) * work.k;
    work.outputs = work.m * real(out);
    return work;
}

Work product_work(WorkClass kind, std::uint64_t batch, std::uint64_t m, std::uint64_t n, std::uint64_t k) {
    Work work;
    work.kind = kind;
    const bool shared = kind == WorkClass::linear;
    work.groups = shared ? 1 : real(batch);
    work.m = real(m) * (shared ? real(batch) : 1);
    work.n = real(n);
    work.k = work.channels = real(k);
    work.batch = real(batch);
    work.inputs = work.groups * work.m * work.k;
    work.weights = work.groups * work.n * work.k;
    work.outputs = work.groups * work.m * work.n;
    return work;
}

Work vector_work(WorkClass kind, std::uint64_t rows, std::uint64_t width, std::uint64_t tensors) {
    Work work;
    work.kind = kind;
    work.rows = real(rows);
    work.inputs = real(rows) * real(width) * real(tensors);
    work.outputs = real(rows) * real(width);
    work.passes = kind == WorkClass::softmax ? 3 : kind == WorkClass::normalisation ? 2 : 1;
    return work;
}

std::vector<Work> works_of(const Node& node, const Dataflow& dataflow) {
    const auto& kernel = node.kernel;
    Work work;
    work.kind = class_of(kernel);
    if (kernel.nest) {
        set_product(work, kernel);
    } else {
        work.inputs = real(kernel.vector_inputs.count());
        work.outputs = real(kernel.vector_outputs.count());
        work.passes = real(kernel.vector.passes);
        work.rows = work.batch = real(dataflow.batch());
    }
    std::vector<Work> works{work};
    for (const auto& use : node.reads)
        if (use.side)
            works.push_back(vector_work(WorkClass::elementwise, dataflow.batch(),
                                        dataflow.tensors()[use.tensor].words.count() / dataflow.batch(), 2));
    return works;
}

namespace {

GraphTraits traits_of(const Dataflow& dataflow) {
    GraphTraits traits;
    std::vector<double> depth;
    for (std::size_t i = 0; i < dataflow.nodes().size(); ++i) {
        double before = 0;
        for (const auto from : dataflow.predecessors(i)) before = std::max(before, depth[from]);
        depth.push_back(before + 1);
        traits.chain = std::max(traits.chain, before + 1);
        const auto& node = dataflow.nodes()[i];
        if (node.kernel.nest)
            traits.joins += real(static_cast<std::uint64_t>(std::ranges::count_if(node.reads, &Use::side)));
        else if (node.reads.size() > 1)
            traits.joins += real(node.reads.size() - 1);
    }
    for (const auto& tensor : dataflow.tensors()) traits.forks += tensor.consumers.size() > 1 ? 1 : 0;
    return traits;
}

}  // namespace

WorkList counted(std::vector<Work> works) {
    std::ranges::sort(works, std::less<>());
    WorkList list;
    for (const auto& work : works)
        if (!list.empty() && list.back().work == work)
            list.back().count += 1;
        else
            list.push_back({work, 1});
    return list;
}

WorkList works_of(const Dataflow& dataflow) {
    std::vector<Work> works;
    for (const auto& node : dataflow.nodes())
        for (auto& work : works_of(node, dataflow)) works.push_back(work);
    auto list = counted(std::move(works));
    list.graph = traits_of(dataflow);
    return list;
}

}  // namespace dyad::models
