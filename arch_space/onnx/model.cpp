// SPDX-License-Identifier: Apache-2.0
// The only place that knows how ONNX is stored.
#include "arch_space/onnx/model.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <fstream>
#include <limits>

#include "arch_space/onnx/decode.hpp"
#include "core/error.hpp"
#include "core/files.hpp"

namespace dyad::arch_space::onnx {
namespace {

namespace fs = std::filesystem;
using ::onnx::TensorProto;

constexpr int most_nodes = 20'000;

/// `text` as it may stand in a message and in a network file.
std::string clean(const std::string& text) {
    auto result = core::shortened(text, 200);
    for (auto& c : result)
        if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > '~' || c == '"' || c == '\\')
            c = '_';
    return result;
}

core::Precision precision_of(std::int32_t type) {
    using core::Precision;
    switch (type) {
        case TensorProto::FLOAT16:
            return Precision::fp16;
        case TensorProto::BFLOAT16:
            return Precision::bf16;
        case TensorProto::INT8:
        case TensorProto::UINT8:
            return Precision::int8;
        case TensorProto::INT16:
        case TensorProto::UINT16:
            return Precision::int16;
        case TensorProto::INT32:
        case TensorProto::INT64:
        case TensorProto::UINT32:
        case TensorProto::UINT64:
        case TensorProto::BOOL:
            return Precision::int32;
        default:
            return Precision::fp32;
    }
}

std::optional<Scalar> scalar_of(std::int32_t type) {
    switch (type) {
        case TensorProto::FLOAT:
            return Scalar::f32;
        case TensorProto::DOUBLE:
            return Scalar::f64;
        case TensorProto::FLOAT16:
            return Scalar::f16;
        case TensorProto::BFLOAT16:
            return Scalar::bf16;
        case TensorProto::INT8:
            return Scalar::i8;
        case TensorProto::UINT8:
        case TensorProto::BOOL:
            return Scalar::u8;
        case TensorProto::INT16:
            return Scalar::i16;
        case TensorProto::UINT16:
            return Scalar::u16;
        case TensorProto::INT32:
            return Scalar::i32;
        case TensorProto::INT64:
            return Scalar::i64;
        default:
            return std::nullopt;
    }
}

Shape shape_of(const TensorProto& tensor) {
    Shape shape;
    for (const auto size : tensor.dims()) {
        if (size < 0 || static_cast<std::uint64_t>(size) > max_elements)
            throw core::Error(fmt::format("tensor '{}' has an axis of size {}", clean(tensor.name()), size));
        shape.push_back(static_cast<std::uint64_t>(size));
    }
    if (shape.size() > 16)
        throw core::Error(fmt::format("tensor '{}' has {} axes", clean(tensor.name()), shape.size()));
    return shape;
}

/// Where a tensor lies in a file beside the model. Throws core::Error when that is not there, or too short.
struct Outside {
    fs::path file;
    std::uint64_t offset;
};
Outside outside(const TensorProto& tensor, const fs::path& folder, std::uint64_t length) {
    fs::path location;
    std::uint64_t offset = 0;
    for (const auto& entry : tensor.external_data()) {
        if (entry.key() == "location") location = entry.value();
        if (entry.key() == "offset") offset = std::strtoull(entry.value().c_str(), nullptr, 10);
    }
    bool inside = !location.empty() && !location.is_absolute();
    for (const auto& part : location) inside = inside && part != "..";
    if (!inside)
        throw core::Error(fmt::format("tensor '{}' lies in '{}', expected a file in the model's folder",
                                      clean(tensor.name()), clean(location.string())));
    std::error_code failure;
    const auto size = fs::file_size(folder / location, failure);
    if (failure)
        throw core::Error(fmt::format("tensor '{}' lies in '{}', which cannot be read", clean(tensor.name()),
                                      clean(location.string())));
    if (offset > size || length > size - offset)
        throw core::Error(fmt::format("tensor '{}' has {} bytes from {} on in '{}', which has {}", clean(tensor.name()),
                                      length, offset, clean(location.string()), size));
    return {folder / location, offset};
}

std::string read_outside(const Outside& place, std::size_t length) {
    std::ifstream file(place.file, std::ios::binary);
    std::string bytes(length, '\0');
    file.seekg(static_cast<std::streamoff>(place.offset));
    if (!file.read(bytes.data(), static_cast<std::streamsize>(length)))
        throw core::Error(fmt::format("'{}' cannot be read", clean(place.file.filename().string())));
    return bytes;
}

template <class Field>
std::optional<std::vector<double>> typed(const Field& field) {
    if (field.empty()) return std::nullopt;
    std::vector<double> values;
    for (const auto value : field) values.push_back(static_cast<double>(value));
    return values;
}

/// Values that stand in a field of their own type. Half precision stands there as bits.
std::optional<std::vector<double>> typed_values(const TensorProto& tensor, Scalar scalar) {
    if (scalar == Scalar::f32) return typed(tensor.float_data());
    if (scalar == Scalar::f64) return typed(tensor.double_data());
    if (scalar == Scalar::i64) return typed(tensor.int64_data());
    auto values = typed(tensor.int32_data());
    if (values && (scalar == Scalar::f16 || scalar == Scalar::bf16))
        for (auto& value : *values) value = decode_half(static_cast<std::uint16_t>(value), scalar);
    return values;
}

std::optional<std::vector<double>> values_of(const TensorProto& tensor, std::uint64_t count, const fs::path& folder) {
    const auto scalar = scalar_of(tensor.data_type());
    const auto length = count * (scalar ? bytes_of(*scalar) : 0);
    const bool is_outside = tensor.data_location() == TensorProto::EXTERNAL;
    const auto place = is_outside ? std::optional(outside(tensor, folder, length)) : std::nullopt;
    if (count > most_values || !scalar) return std::nullopt;
    if (count == 0) return std::vector<double>{};
    const auto bytes = place ? read_outside(*place, length) : tensor.raw_data();
    auto values = bytes.empty() ? typed_values(tensor, *scalar) : std::optional(decode(bytes, *scalar));
    if (values && (values->size() != count || (!bytes.empty() && bytes.size() != length)))
        throw core::Error(
            fmt::format("tensor '{}' has {} values, expected {}", clean(tensor.name()), values->size(), count));
    return values;
}

Stored stored(const TensorProto& tensor, const fs::path& folder) try {
    Stored result{shape_of(tensor), precision_of(tensor.data_type()), false, std::nullopt};
    result.whole = core::is_integer(result.precision);
    result.values = values_of(tensor, elements(result.shape), folder);
    return result;
} catch (const BadShape& bad) {
    throw core::Error(fmt::format("tensor '{}': {}", clean(tensor.name()), bad.what()));
}

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
        std::map<std::string, std::string> names{};  ///< of a branch, by the file's
        std::string prefix{}, guard{};
        bool when = false;
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
        const auto found = scope.names.find(name);
        return found == scope.names.end() ? name : found->second;
    }
    void add_branches(const ::onnx::NodeProto& from, const Scope& outer, Node& to) {
        for (const std::string branch : {"then_branch", "else_branch"})
            for (const auto& entry : from.attribute())
                if (entry.name() == branch && entry.has_g()) add_branch(entry.g(), outer, branch, to);
    }
    void add_branch(const ::onnx::GraphProto& graph, const Scope& outer, const std::string& branch, Node& to) {
        Scope scope{outer.names, fmt::format("{}#{}_{}#", outer.prefix, branch, branches_++), to.inputs[0],
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
