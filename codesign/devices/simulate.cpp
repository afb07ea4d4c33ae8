// SPDX-License-Identifier: Apache-2.0
#include "codesign/devices/simulate.hpp"

#include <algorithm>

#include "codesign/experiment/target.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "models/device/device.hpp"

namespace dyad::codesign {
namespace {

bool known(const std::string& name, const char* kind) {
    const auto names = core::list_configs(kind);
    return std::ranges::find(names, name) != names.end();
}

models::Dataflow lowered(const arch_space::Network& network, const models::Device& device, std::uint64_t batch,
                         bool fusion) {
    return arch_space::lower(network, {.batch = batch, .fusion = fusion && !device.runs_dead_branches});
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
    return is_device(*document) ? document : nullptr;
}

models::Report simulate_on_device(const arch_space::Network& network, const models::Device& device, std::uint64_t batch,
                                  bool fusion) {
    return models::calibrated(lowered(network, device, batch, fusion), device);
}

models::Prediction predict_on_device(const arch_space::Network& network, const models::Device& device,
                                     std::uint64_t batch, bool fusion) {
    return device.predict(models::works_of(lowered(network, device, batch, fusion)));
}

}  // namespace dyad::codesign
