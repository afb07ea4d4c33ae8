// SPDX-License-Identifier: Apache-2.0
#include "codesign/commands/kernel_argument.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "arch_space/network.hpp"
#include "core/document.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "models/kernel_file.hpp"

namespace dyad::codesign {
namespace {

bool is_network(const core::Document& document) {
    return std::ranges::any_of(document.root.entries, [](const auto& entry) { return entry.key == "network"; });
}

std::vector<models::Kernel> kernels_of(const core::Document& document) {
    std::vector<models::Kernel> kernels;
    const auto dataflow = arch_space::lower(arch_space::read_network(document), {});
    for (const auto& node : dataflow.nodes()) kernels.push_back(node.kernel);
    return kernels;
}

/// By its own name or that of a layer fused into it.
models::Kernel kernel_of(const core::Document& document, const std::string& name) {
    std::vector<std::string> known;
    for (auto& kernel : kernels_of(document)) {
        if (kernel.name == name || std::ranges::find(kernel.members, name) != kernel.members.end())
            return std::move(kernel);
        known.push_back(kernel.name);
    }
    throw core::Error(fmt::format("{}: there is no kernel '{}'{}", document.file, core::shortened(name),
                                  core::did_you_mean(name, known)));
}

}  // namespace

KernelArgument read_kernels(const std::string& argument) {
    if (models::is_short_kernel(argument)) return {{models::read_kernel(argument)}, ""};
    if (std::filesystem::exists(argument)) {
        const auto document = core::read_document(argument);
        if (is_network(*document)) return {kernels_of(*document), argument};
        return {{models::read_kernel(argument)}, ""};
    }
    const auto colon = argument.rfind(':');
    const auto document = core::read_document(core::find_config(argument.substr(0, colon), "networks"));
    if (colon != std::string::npos) return {{kernel_of(*document, argument.substr(colon + 1))}, ""};
    return {kernels_of(*document), argument};
}

}  // namespace dyad::codesign
