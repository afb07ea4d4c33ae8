// SPDX-License-Identifier: Apache-2.0
#include "arch_space/onnx/import.hpp"

#include <fmt/format.h>

#include <algorithm>

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
