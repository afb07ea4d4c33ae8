// SPDX-License-Identifier: Apache-2.0
#include "arch_space/spelling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "core/value.hpp"

namespace dyad::arch_space {
namespace {

using Codes = std::map<std::string, std::string>;

std::optional<core::Value> entry(const core::Value& map, const std::string& key) {
    for (const auto& [name, value] : map.map().entries())
        if (name == key) return value;
    return std::nullopt;
}

struct Pattern {
    std::string text;
    Codes codes;
};

Pattern read_pattern(const core::Value& value) {
    if (!value.is_map()) return {value.text(), {}};
    auto map = value.map();
    Pattern result{map.require("pattern", "text with $gene in it").text(), {}};
    if (const auto codes = map.find("codes"))
        for (const auto& [option, code] : codes->map().entries()) result.codes.emplace(option, code.text());
    return result;
}

/// The length of a gene's name at the start of `text`.
std::size_t name_length(std::string_view text) {
    const auto end = std::ranges::find_if_not(
        text, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; });
    return static_cast<std::size_t>(end - text.begin());
}

std::string code_of(const Codes& codes, const std::string& option) {
    const auto found = codes.find(option);
    return found == codes.end() ? option : found->second;
}

}  // namespace

std::optional<Spelling> Spelling::find(const core::Value& space, const core::ChoiceSpace& genes,
                                       const std::string& column) {
    const auto all = entry(space, "spelling");
    const auto value = all ? entry(*all, column) : std::nullopt;
    if (!value) return std::nullopt;
    const auto pattern = read_pattern(*value);
    Spelling spelling;
    spelling.genes_ = &genes;
    std::string_view rest = pattern.text;
    while (!rest.empty()) {
        const auto dollar = std::min(rest.find('$'), rest.size());
        if (dollar > 0) spelling.parts_.emplace_back(std::string(rest.substr(0, dollar)));
        rest.remove_prefix(std::min(dollar + 1, rest.size()));
        if (dollar == pattern.text.size() || (rest.empty() && pattern.text.back() != '$')) break;
        const std::string name(rest.substr(0, name_length(rest)));
        auto slot = spelling.slot(name);
        if (!slot) {
            value->fail(fmt::format("expected $name of a choice under parameters, got '${}'", name));
            return std::nullopt;
        }
        for (auto& option : slot->options) option = code_of(pattern.codes, option);
        spelling.parts_.emplace_back(std::move(*slot));
        rest.remove_prefix(name.size());
    }
    return spelling;
}

std::optional<Spelling::Slot> Spelling::slot(const std::string& name) const {
    const auto& genes = genes_->genes();
    const auto found = std::ranges::find(genes, "parameters." + name, &core::Gene::name);
    if (found == genes.end() || found->kind == core::Gene::Kind::continuous) return std::nullopt;
    Slot slot{static_cast<std::size_t>(found - genes.begin()), {}};
    for (std::size_t i = 0; i < found->count(); ++i) slot.options.push_back(found->label(found->at(i)));
    return slot;
}

std::optional<core::Genome> Spelling::read(std::string_view text) const {
    core::Genome genome;
    for (const auto& gene : genes_->genes()) genome.push_back(gene.from);
    for (const auto& part : parts_) {
        if (const auto* literal = std::get_if<std::string>(&part)) {
            if (!text.starts_with(*literal)) return std::nullopt;
            text.remove_prefix(literal->size());
            continue;
        }
        const auto& slot = std::get<Slot>(part);
        std::optional<std::size_t> best;  // the longest option that fits
        for (std::size_t i = 0; i < slot.options.size(); ++i)
            if (text.starts_with(slot.options[i]) && (!best || slot.options[i].size() > slot.options[*best].size()))
                best = i;
        if (!best) return std::nullopt;
        genome[slot.gene] = genes_->genes()[slot.gene].at(*best);
        text.remove_prefix(slot.options[*best].size());
    }
    if (!text.empty()) return std::nullopt;
    return genes_->canonical(std::move(genome));
}

std::string Spelling::write(const core::Genome& genome) const {
    std::string text;
    for (const auto& part : parts_) {
        if (const auto* literal = std::get_if<std::string>(&part))
            text += *literal;
        else if (const auto& slot = std::get<Slot>(part); true)
            text += slot.options[genes_->genes()[slot.gene].index(genome[slot.gene])];
    }
    return text;
}

}  // namespace dyad::arch_space
