// SPDX-License-Identifier: Apache-2.0
#include "arch_space/onnx/import.hpp"

#include <fmt/format.h>

#include "arch_space/onnx/importer.hpp"

namespace dyad::arch_space {

std::string import_onnx(const std::filesystem::path& file, const OnnxOptions& options) try {
    auto model = onnx::read_model(file);
    if (model.name.empty()) model.name = file.stem().string();
    return onnx::Importer(model, options).run();
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
