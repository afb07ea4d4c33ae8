// SPDX-License-Identifier: Apache-2.0
#include "codesign/evaluation/decode.hpp"

#include <filesystem>
#include <stdexcept>

#include "codesign/experiment/target.hpp"
#include "core/error.hpp"
#include "core/value.hpp"

namespace dyad::codesign {
namespace {

std::string without_folder(std::string text, const std::string& file) {
    const auto name = std::filesystem::path(file).filename().string();
    for (auto at = text.find(file); at != std::string::npos && name != file; at = text.find(file, at + name.size()))
        text.replace(at, file.size(), name);
    return text;
}

/// What `parse` makes of a file under the genes of its part.
template <class Parse>
auto decode(const Part& part, const core::Genome& joint, const Parse& parse) {
    const auto genome = part.slice(joint);
    core::Errors errors;
    auto parsed = parse(core::Value(*part.document, &genome, errors));
    try {
        errors.throw_if_any();
    } catch (const core::Error& error) {
        throw core::Error(without_folder(error.what(), part.document->file));
    }
    if (!parsed) throw std::logic_error("a file was refused without an error");
    return std::move(*parsed);
}

}  // namespace

std::vector<arch_space::Network> decode_networks(const Experiment& experiment, const core::Genome& genome) {
    std::vector<arch_space::Network> networks;
    for (const auto& part : experiment.networks)
        networks.push_back(decode(part, genome, [](const core::Value& v) { return arch_space::parse_network(v); }));
    return networks;
}

std::shared_ptr<const hw_space::Accelerator> decode_accelerator(const Experiment& experiment,
                                                                const core::Genome& genome) {
    Part given;
    if (const auto* target = target_of(experiment, genome)) given.document = target->document;
    return std::make_shared<const hw_space::Accelerator>(
        decode(given.document ? given : experiment.accelerator, genome,
               [](const core::Value& v) { return hw_space::parse_accelerator(v); }));
}

}  // namespace dyad::codesign
