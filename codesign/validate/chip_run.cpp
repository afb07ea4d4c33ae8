// SPDX-License-Identifier: Apache-2.0
#include "codesign/validate/chip_run.hpp"

#include <cctype>

#include "arch_space/network.hpp"
#include "core/document.hpp"
#include "core/files.hpp"
#include "hw_space/accelerator.hpp"
#include "models/mapper.hpp"
#include "sim/simulate.hpp"

namespace dyad::codesign {
namespace {

constexpr auto inputs = static_cast<std::size_t>(models::Operand::inputs);
constexpr auto outputs = static_cast<std::size_t>(models::Operand::outputs);

/// What a kernel reads is what the one before put out; a pooling between them leaves no more zeros than there were.
models::Dataflow with_densities(const models::Dataflow& dataflow, const std::map<std::string, double>& density) {
    auto nodes = dataflow.nodes();
    models::Kernel* before = nullptr;
    for (auto& node : nodes) {
        const auto known = density.find(plain_name(node.kernel.name));
        if (known != density.end()) {
            node.kernel.density[inputs] = known->second;
            if (before) before->density[outputs] = known->second;
        }
        if (node.kernel.nest) before = &node.kernel;
    }
    return models::Dataflow(dataflow.name(), dataflow.batch(), std::move(nodes), dataflow.tensors())
        .with_parameters(dataflow.parameters());
}

}  // namespace

std::string plain_name(const std::string& name) {
    std::string plain;
    for (const auto c : name)
        if (std::isalnum(static_cast<unsigned char>(c)))
            plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return plain;
}

ChipRun run_on_chip(const std::string& network, const std::string& accelerator, std::uint64_t batch,
                    const std::map<std::string, double>& input_density, const std::string& precision) {
    auto document = *core::read_document(core::find_config(network, "networks"));
    for (auto& entry : document.root.entries)
        if (entry.key == "precision" && !precision.empty()) entry.value.text = precision;
    const auto read = arch_space::read_network(document);
    auto chip = std::make_shared<const hw_space::Accelerator>(
        hw_space::read_accelerator(*core::read_document(core::find_config(accelerator, "accelerators"))));
    auto dataflow = std::make_shared<const models::Dataflow>(
        with_densities(arch_space::lower(read, {.batch = batch}), input_density));
    models::MapperMemo memo;
    // Measured chips and their compilers ran kernel after kernel.
    auto schedule = models::map_all(std::move(dataflow), std::move(chip), {.chains = false}, memo);
    auto report = sim::simulate(schedule);
    return {std::move(schedule), std::move(report)};
}

}  // namespace dyad::codesign
