// SPDX-License-Identifier: Apache-2.0
#include "codesign/devices/simulate.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/files.hpp"
#include "models/device/device.hpp"

namespace dyad::codesign {
namespace {

bool known(const std::string& name, const char* kind) {
    const auto names = core::list_configs(kind);
    return std::ranges::find(names, name) != names.end();
}

}  // namespace

std::shared_ptr<const core::Document> device_document(const std::string& name) {
    if (known(name, "accelerators")) return nullptr;
    std::filesystem::path file = name;
    if (known(name, "devices"))
        file = core::find_config(name, "devices");
    else if (!std::filesystem::is_regular_file(file))
        return nullptr;
    auto document = core::read_document(file);
    const auto& entries = document->root.entries;
    const auto is_key = [](const auto& entry) { return entry.key == "device"; };
    return std::ranges::any_of(entries, is_key) ? document : nullptr;
}

models::Report simulate_on_device(const arch_space::Network& network, const core::Document& file, std::uint64_t batch,
                                  bool fusion) {
    const auto device = models::read_device(file);
    const auto dataflow = arch_space::lower(network, {.batch = batch, .fusion = fusion && !device.runs_dead_branches});
    return models::calibrated(dataflow, device);
}

}  // namespace dyad::codesign
