// SPDX-License-Identifier: Apache-2.0
#include "arch_space/onnx/import.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "arch_space/onnx/importer.hpp"

namespace dyad::arch_space {
namespace {

/// The first axis that the file leaves open is none that could be left out.
[[noreturn]] void refuse(const onnx::Model& model, const OnnxOptions& options, const onnx::Crossed& crossed) {
    core::Errors errors;
    for (const auto& input : model.inputs) {
        if (!input.axes || input.axes->empty() || input.axes->front().size) continue;
        const auto& symbol = input.axes->front().symbol;
        if (!options.sizes.contains(symbol))
            errors.add(fmt::format("input '{}': axis 0{} has no size and is no batch, for {} computes across it{}",
                                   core::shortened(input.name), symbol.empty() ? "" : " (" + symbol + ")", crossed.node,
                                   symbol.empty() ? "" : "; give it with --size " + symbol + "=..."));
    }
    errors.throw_if_any();
    throw std::logic_error("no axis to refuse");
}

/// Whether no input's first axis is open, or all that are have been given a size.
bool fixed(const onnx::Model& model, const OnnxOptions& options) {
    return std::ranges::none_of(model.inputs, [&](const auto& input) {
        return input.axes && !input.axes->empty() && !input.axes->front().size &&
               !options.sizes.contains(input.axes->front().symbol);
    });
}

/// With the first axis kept. What goes wrong then is told together with why it is.
std::string kept(const onnx::Model& model, const OnnxOptions& options, const std::string& why) try {
    return onnx::Importer(model, options, onnx::FirstAxis::kept).run();
} catch (const core::Error& error) {
    throw core::Error(
        fmt::format("the inputs' first axis is no batch, for {} computes across it\n{}", why, error.what()));
}

/// Sizes that are given are of axes that the inputs have.
void check_sizes(const onnx::Model& model, const OnnxOptions& options) {
    std::set<std::string> symbols;
    for (const auto& input : model.inputs)
        for (const auto& axis : input.axes.value_or(std::vector<onnx::Axis>{}))
            if (!axis.symbol.empty()) symbols.insert(axis.symbol);
    core::Errors errors;
    for (const auto& [symbol, size] : options.sizes) {
        if (!symbols.contains(symbol))
            errors.add(fmt::format("--size {}: no input has such an axis{}{}", core::shortened(symbol),
                                   symbols.empty() ? "" : ", expected ", fmt::join(symbols, ", ")));
        else if (size < 1 || size > max_dimension)
            errors.add(fmt::format("--size {}: {}, expected 1 to {}", symbol, size, max_dimension));
    }
    errors.throw_if_any();
}

std::string translate(const onnx::Model& model, const OnnxOptions& options) try {
    return onnx::Importer(model, options, onnx::FirstAxis::batch).run();
} catch (const onnx::Crossed& crossed) {
    if (!fixed(model, options) && !crossed.fits_one) refuse(model, options, crossed);
    return kept(model, options, crossed.node);
}

}  // namespace

std::string import_onnx(const std::filesystem::path& file, const OnnxOptions& options) try {
    auto model = onnx::read_model(file);
    if (model.name.empty()) model.name = file.stem().string();
    check_sizes(model, options);
    return translate(model, options);
} catch (const core::Error& error) {
    std::string text;
    const std::string all = error.what();
    for (std::size_t at = 0; at <= all.size();) {
        const auto end = std::min(all.find('\n', at), all.size());
        text += fmt::format("{}{}: {}", at == 0 ? "" : "\n", file.string(), all.substr(at, end - at));
        at = end + 1;
    }
    throw core::Error(text);
}

}  // namespace dyad::arch_space
