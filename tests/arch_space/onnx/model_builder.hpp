// SPDX-License-Identifier: Apache-2.0
// Models made through ONNX's own interface, as files in a folder of their own.
#pragma once
#include <doctest/doctest.h>
#include <onnx/onnx_pb.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "arch_space/onnx/import.hpp"
#include "tests/arch_space/network_text.hpp"
#include "tests/scratch.hpp"

namespace dyad::arch_space {

using Dims = std::vector<std::int64_t>;
using Names = std::vector<std::string>;

class ModelBuilder {
public:
    explicit ModelBuilder(std::int64_t opset = 13) {
        proto.set_ir_version(8);
        proto.set_producer_name("tests");
        proto.mutable_graph()->set_name("net");
        proto.add_opset_import()->set_version(opset);
    }
    /// A size of 0 is left out; one of -1 is called "N".
    ModelBuilder& input(const std::string& name, const Dims& dims, int type = ::onnx::TensorProto::FLOAT);
    ModelBuilder& output(const std::string& name) {
        proto.mutable_graph()->add_output()->set_name(name);
        return *this;
    }
    /// A stored tensor without values: only its shape matters.
    std::string weight(const std::string& name, const Dims& dims, int type = ::onnx::TensorProto::FLOAT) {
        auto* tensor = proto.mutable_graph()->add_initializer();
        tensor->set_name(name);
        tensor->set_data_type(type);
        for (const auto size : dims) tensor->add_dims(size);
        return name;
    }
    /// Lets the last weight lie in a file beside the model.
    void outside(const std::string& location, const std::string& offset);
    std::string numbers(const std::string& name, const Dims& values) {
        weight(name, {static_cast<std::int64_t>(values.size())}, ::onnx::TensorProto::INT64);
        auto* tensor = last_weight();
        for (const auto value : values) tensor->add_int64_data(value);
        return name;
    }
    std::string number(const std::string& name, float value) {
        weight(name, {});
        last_weight()->add_float_data(value);
        return name;
    }
    std::string index(const std::string& name, std::int64_t value) {
        weight(name, {}, ::onnx::TensorProto::INT64);
        last_weight()->add_int64_data(value);
        return name;
    }
    /// A node that makes one value, which has the node's name.
    std::string node(const std::string& op, const std::string& name, const Names& inputs) {
        auto* node = proto.mutable_graph()->add_node();
        node->set_op_type(op);
        node->set_name(name);
        for (const auto& input : inputs) node->add_input(input);
        node->add_output(name);
        return name;
    }
    ModelBuilder& with(const std::string& key, const Dims& values) {
        auto* attribute = add(key, ::onnx::AttributeProto::INTS);
        for (const auto value : values) attribute->add_ints(value);
        return *this;
    }
    ModelBuilder& with(const std::string& key, std::int64_t value) {
        add(key, ::onnx::AttributeProto::INT)->set_i(value);
        return *this;
    }
    ModelBuilder& with_text(const std::string& key, const std::string& value) {
        add(key, ::onnx::AttributeProto::STRING)->set_s(value);
        return *this;
    }
    ModelBuilder& with_number(const std::string& key, float value) {
        add(key, ::onnx::AttributeProto::FLOAT)->set_f(value);
        return *this;
    }
    ModelBuilder& with_numbers(const std::string& key, const std::vector<float>& values) {
        auto* attribute = add(key, ::onnx::AttributeProto::FLOATS);
        for (const auto value : values) attribute->add_floats(value);
        return *this;
    }
    /// A further output of the last node.
    std::string also(const std::string& name) {
        last_node()->add_output(name);
        return name;
    }
    /// A square convolution that keeps the size at stride 1.
    std::string conv(const std::string& name, const std::string& in, std::int64_t channels, std::int64_t out,
                     std::int64_t kernel, std::int64_t stride = 1, bool bias = false);
    std::string batch_norm(const std::string& name, const std::string& in, std::int64_t channels);
    std::string linear(const std::string& name, const std::string& in, std::int64_t width, std::int64_t out);
    ::onnx::TensorProto* last_weight() {
        auto* graph = proto.mutable_graph();
        return graph->mutable_initializer(graph->initializer_size() - 1);
    }
    ::onnx::NodeProto* last_node() {
        auto* graph = proto.mutable_graph();
        return graph->mutable_node(graph->node_size() - 1);
    }
    [[nodiscard]] std::string bytes() const { return proto.SerializeAsString(); }

    ::onnx::ModelProto proto;

private:
    ::onnx::AttributeProto* add(const std::string& key, ::onnx::AttributeProto::AttributeType type) {
        auto* attribute = last_node()->add_attribute();
        attribute->set_name(key);
        attribute->set_type(type);
        return attribute;
    }
};

/// The network file made from a model.
std::string imported_text(const std::string& test, const std::string& bytes, const OnnxOptions& options = {});
/// Its layers alone, without what every file begins with; the file must read.
std::string layers(const std::string& test, const ModelBuilder& model, const OnnxOptions& options = {});
Network imported(const std::string& test, const ModelBuilder& model, const OnnxOptions& options = {});
/// What the import complains of, without the file's name; "" when it does not.
std::string import_error(const std::string& test, const std::string& bytes);
/// Names of a network's operators, in order.
Names operators(const Network& network);

}  // namespace dyad::arch_space
