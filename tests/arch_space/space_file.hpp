// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "core/choice_space.hpp"
#include "core/value.hpp"
#include "tests/arch_space/network_text.hpp"

namespace dyad::arch_space {

/// A space of configs/spaces and its members.
struct SpaceFile {
    using Settings = std::vector<std::pair<std::string, std::string>>;

    std::shared_ptr<const core::Document> document;
    core::ChoiceSpace space;

    explicit SpaceFile(const std::string& name)
        : document(core::read_document(std::string(DYAD_SOURCE_DIR) + "/configs/spaces/" + name + ".yaml")),
          space(*document) {}

    Network decode(const core::Genome& genome) const {
        core::Errors errors;
        auto network = parse_network(core::Value(*document, &genome, errors));
        errors.throw_if_any();
        return std::move(network).value();
    }
    /// The genome with the named genes set by label, all others at their first option.
    core::Genome genome(const Settings& settings) const {
        core::Genome genome;
        for (const auto& gene : space.genes()) genome.push_back(gene.at(0));
        for (const auto& [name, label] : settings) set(genome, name, label);
        return genome;
    }
    Network member(const Settings& settings) const { return decode(genome(settings)); }

    void set(core::Genome& genome, const std::string& name, const std::string& label) const {
        for (std::size_t g = 0; g < space.genes().size(); ++g) {
            const auto& gene = space.genes()[g];
            if (gene.name != name) continue;
            for (std::size_t i = 0; i < gene.count(); ++i)
                if (gene.label(gene.at(i)) == label) return void(genome[g] = gene.at(i));
        }
        FAIL("no gene " << name << " with option " << label);
    }
};

}  // namespace dyad::arch_space
