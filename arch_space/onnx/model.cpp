// SPDX-License-Identifier: Apache-2.0
// With tensor.cpp and turned.cpp, the only place that knows how ONNX is stored.
#include "arch_space/onnx/model.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <limits>

#include "arch_space/onnx/tensor.hpp"
#include "core/error.hpp"
#include "core/files.hpp"

namespace dyad::arch_space::onnx {
namespace {

namespace fs = std::filesystem;
constexpr int most_nodes = 20'000;

Attribute attribute(const ::onnx::AttributeProto& from, const fs::path& folder) {
    using Proto = ::onnx::AttributeProto;
    using Kind = Attribute::Kind;
    switch (from.type()) {
        case Proto::INT:
            return {.kind = Kind::integer, .integers = {from.i()}};
        case Proto::FLOAT:
            return {.kind = Kind::number, .numbers = {from.f()}};
        case Proto::STRING:
            return {.kind = Kind::text, .text = from.s()};
        case Proto::INTS:
            return {.kind = Kind::integers, .integers = {from.ints().begin(), from.ints().end()}};
        case Proto::FLOATS:
            return {.kind = Kind::numbers, .numbers = {from.floats().begin(), from.floats().end()}};
        case Proto::TENSOR:
            return {.kind = Kind::tensor, .tensor = stored(from.t(), folder)};
        default:
            return {};
    }
}

Node node(const ::onnx::NodeProto& from, std::size_t number, const fs::path& folder) {
    Node to{clean(from.name()), operator_name(clean(from.domain()), clean(from.op_type())), {}, {}};
    if (to.name.empty()) to.name = fmt::format("{}_{}", to.op, number);
    to.inputs.assign(from.input().begin(), from.input().end());
    to.outputs.assign(from.output().begin(), from.output().end());
    for (const auto& entry : from.attribute()) to.attributes.insert_or_assign(entry.name(), attribute(entry, folder));
    return to;
}

ModelInput input(const ::onnx::ValueInfoProto& from) {
    const auto& tensor = from.type().tensor_type();
    ModelInput to{from.name(), std::nullopt, precision_of(tensor.elem_type())};
    if (!from.type().has_tensor_type() || !tensor.has_shape()) return to;
    to.axes.emplace();
    for (const auto& dim : tensor.shape().dim()) {
        Axis axis{std::nullopt, clean(dim.dim_param())};
        if (dim.has_dim_value()) axis.size = dim.dim_value();
        to.axes->push_back(std::move(axis));
    }
    return to;
}

std::int64_t opset_of(const ::onnx::ModelProto& proto) {
    for (const auto& set : proto.opset_import())
        if (set.domain().empty() || set.domain() == "ai.onnx") return set.version();
    return 0;
}

/// Adds the nodes of a graph to the model. Both branches of an If become part of it, under names of their own; the If
/// itself reads the condition, then what either branch makes.
class Flattener {
public:
    Flattener(Model& model, const fs::path& folder) : model_(model), folder_(folder) {}

    struct Scope {
        const Scope* outer = nullptr;
        std::string prefix{}, guard{};
        bool when = false;
        std::map<std::string, std::string> names{};  ///< of a branch, by the file's
    };
    void add(const ::onnx::GraphProto& graph, const Scope& scope) {
        for (const auto& entry : graph.node()) {
            if (model_.nodes.size() >= most_nodes)
                throw core::Error(fmt::format("more than {} nodes are not read", most_nodes));
            auto to = node(entry, model_.nodes.size(), folder_);
            for (auto* names : {&to.inputs, &to.outputs})
                for (auto& name : *names) name = known(scope, name);
            to.guard = scope.guard;
            to.when = scope.when;
            if (to.op == "If" && to.inputs.size() == 1) add_branches(entry, scope, to);
            model_.nodes.push_back(std::move(to));
        }
    }

private:
    static std::string known(const Scope& scope, const std::string& name) {
        for (const auto* at = &scope; at != nullptr; at = at->outer)
            if (const auto found = at->names.find(name); found != at->names.end()) return found->second;
        return name;
    }
    void add_branches(const ::onnx::NodeProto& from, const Scope& outer, Node& to) {
        for (const std::string branch : {"then_branch", "else_branch"})
            for (const auto& entry : from.attribute())
                if (entry.name() == branch && entry.has_g()) add_branch(entry.g(), outer, branch, to);
    }
    void add_branch(const ::onnx::GraphProto& graph, const Scope& outer, const std::string& branch, Node& to) {
        Scope scope{&outer, fmt::format("{}#{}_{}#", outer.prefix, branch, branches_++), to.inputs[0],
                    branch == "then_branch"};
        for (const auto& tensor : graph.initializer()) {
            const auto name = scope.names[tensor.name()] = scope.prefix + tensor.name();
            model_.stored.insert_or_assign(name, stored(tensor, folder_));
        }
        for (const auto& entry : graph.node())
            for (const auto& name : entry.output())
                if (!name.empty()) scope.names[name] = scope.prefix + name;
        add(graph, scope);
        for (const auto& output : graph.output()) to.inputs.push_back(known(scope, output.name()));
    }

    Model& model_;
    const fs::path& folder_;
    std::size_t branches_ = 0;
};

Model convert(const ::onnx::ModelProto& proto, const fs::path& folder) {
    const auto& graph = proto.graph();
    Model model;
    model.name = clean(graph.name());
    const auto& version = proto.producer_version();
    model.producer = clean(proto.producer_name() + (version.empty() ? "" : " " + version));
    model.opset = opset_of(proto);
    for (const auto& tensor : graph.initializer()) model.stored.insert_or_assign(tensor.name(), stored(tensor, folder));
    find_turned_tables(model, graph, folder);
    for (const auto& entry : graph.input())
        if (!model.stored.contains(entry.name())) model.inputs.push_back(input(entry));
    for (const auto& entry : graph.output()) model.outputs.push_back(entry.name());
    Flattener(model, folder).add(graph, {});
    return model;
}

}  // namespace

Model read_model(const fs::path& file) {
    const auto bytes = core::read_file(file, std::numeric_limits<int>::max());
    ::onnx::ModelProto proto;
    if (bytes.empty() || !proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !proto.has_graph())
        throw core::Error("not an ONNX model, or a damaged one");
    auto model = convert(proto, file.parent_path());
    if (model.opset < 7 || model.opset > 17)
        throw core::Error(fmt::format("operator set {}, expected 7 to 17", model.opset));
    sort_nodes(model);
    return model;
}

}  // namespace dyad::arch_space::onnx
