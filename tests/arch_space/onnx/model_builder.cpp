// SPDX-License-Identifier: Apache-2.0
#include "tests/arch_space/onnx/model_builder.hpp"

namespace dyad::arch_space {

ModelBuilder& ModelBuilder::input(const std::string& name, const Dims& dims, int type) {
    auto* input = proto.mutable_graph()->add_input();
    input->set_name(name);
    auto* tensor = input->mutable_type()->mutable_tensor_type();
    tensor->set_elem_type(type);
    auto* shape = tensor->mutable_shape();
    for (const auto size : dims) {
        auto* dim = shape->add_dim();
        if (size == -1) dim->set_dim_param("N");
        if (size > 0) dim->set_dim_value(size);
    }
    return *this;
}

void ModelBuilder::outside(const std::string& location, const std::string& offset) {
    last_weight()->set_data_location(::onnx::TensorProto::EXTERNAL);
    last_weight()->clear_external_data();
    for (const auto& [key, value] : {std::pair{"location", location}, std::pair{"offset", offset}}) {
        auto* entry = last_weight()->add_external_data();
        entry->set_key(key);
        entry->set_value(value);
    }
}

std::string ModelBuilder::conv(const std::string& name, const std::string& in, std::int64_t channels, std::int64_t out,
                               std::int64_t kernel, std::int64_t stride, bool bias) {
    Names inputs{in, weight(name + ".weight", {out, channels, kernel, kernel})};
    if (bias) inputs.push_back(weight(name + ".bias", {out}));
    node("Conv", name, inputs);
    const auto pad = (kernel - 1) / 2;
    with("kernel_shape", {kernel, kernel}).with("strides", {stride, stride}).with("pads", {pad, pad, pad, pad});
    return name;
}
std::string ModelBuilder::batch_norm(const std::string& name, const std::string& in, std::int64_t channels) {
    Names inputs{in};
    for (const auto* part : {".weight", ".bias", ".mean", ".var"}) inputs.push_back(weight(name + part, {channels}));
    return node("BatchNormalization", name, inputs);
}
std::string ModelBuilder::linear(const std::string& name, const std::string& in, std::int64_t width, std::int64_t out) {
    node("Gemm", name, {in, weight(name + ".weight", {out, width}), weight(name + ".bias", {out})});
    with("transB", 1);
    return name;
}

/// The network file made from a model.
std::string imported_text(const std::string& test, const std::string& bytes, const OnnxOptions& options) {
    const dyad::test::Scratch folder;
    return import_onnx(folder.put(test + ".onnx", bytes), options);
}

std::string layers(const std::string& test, const ModelBuilder& model, const OnnxOptions& options) {
    const auto text = imported_text(test, model.bytes(), options);
    CAPTURE(text);
    (void)parse(text);
    return text.substr(text.find("layers:\n") + 8);
}

Network imported(const std::string& test, const ModelBuilder& model, const OnnxOptions& options) {
    const auto text = imported_text(test, model.bytes(), options);
    CAPTURE(text);
    return parse(text);
}

/// What the import complains of, without the file's name; "" when it does not.
std::string import_error(const std::string& test, const std::string& bytes) {
    const dyad::test::Scratch folder;
    const auto file = folder.put(test + ".onnx", bytes);
    try {
        (void)import_onnx(file);
    } catch (const core::Error& error) {
        std::string text = error.what();
        for (auto at = text.find(file.string()); at != std::string::npos; at = text.find(file.string()))
            text.erase(at, file.string().size() + 2);
        return text;
    }
    return "";
}

/// Names of a network's operators, in order.
Names operators(const Network& network) {
    Names names;
    for (const auto& layer : network.layers) {
        Shapes in;
        for (std::size_t i = 0; i < layer.inputs.size(); ++i)
            in.push_back(network.layers[layer.inputs[i]].outputs[layer.input_slots[i]]);
        names.emplace_back(name(layer.op, in));
    }
    return names;
}

}  // namespace dyad::arch_space
