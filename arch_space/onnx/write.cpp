// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "arch_space/onnx/importer.hpp"

namespace dyad::arch_space::onnx {
namespace {

using Both = std::pair<core::Precision, core::Precision>;

Both precision(const Line& line) { return {line.weights, line.activations}; }

std::string text(const Both& both) {
    if (both.first == both.second) return std::string(core::name(both.first));
    return fmt::format("{{weights: {}, activations: {}}}", core::name(both.first), core::name(both.second));
}

/// The precision that most layers have.
Both usual(const std::vector<Line>& lines) {
    std::map<Both, std::size_t> counts;
    for (const auto& line : lines) ++counts[precision(line)];
    const auto most = std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
    return most->first;
}

std::string text(const Line& line, const std::string& before, const Both& outer) {
    std::vector<std::string> keys{"name: " + line.name};
    if (line.from.size() > 1)
        keys.push_back(fmt::format("from: [{}]", fmt::join(line.from, ", ")));
    else if (line.from[0] != before)
        keys.push_back("from: " + line.from[0]);
    keys.insert(keys.end(), line.keys.begin(), line.keys.end());
    if (precision(line) != outer) keys.push_back("precision: " + text(precision(line)));
    return fmt::format("  - {}: {{{}}}\n", line.kind, fmt::join(keys, ", "));
}

}  // namespace

std::string write(const Importer& importer) {
    const auto& model = importer.model_;
    const auto outer = usual(importer.lines_);
    std::vector<std::string> inputs;
    for (const auto& [name, shape, format] : importer.inputs_)
        inputs.push_back(format == outer.second ? fmt::format("{}: [{}]", name, fmt::join(shape, ", "))
                                                : fmt::format("{}: {{shape: [{}], precision: {}}}", name,
                                                              fmt::join(shape, ", "), core::name(format)));
    auto result =
        fmt::format("network: \"{}\"\nsource: \"ONNX operator set {}{}\"\ninput: {{{}}}\nprecision: {}\nlayers:\n",
                    model.name, model.opset, !model.producer.empty() ? ", made by " + model.producer : "",
                    fmt::join(inputs, ", "), text(outer));
    // Without `from`, a layer reads the one before it; the first, the first input.
    std::string before = importer.inputs_.at(0).name;
    for (const auto& line : importer.lines_) {
        result += text(line, before, outer);
        before = line.kind == "split" ? "" : line.name;
    }
    return result;
}

}  // namespace dyad::arch_space::onnx
