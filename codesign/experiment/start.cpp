// SPDX-License-Identifier: Apache-2.0
#include "codesign/experiment/start.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "codesign/run/csv.hpp"
#include "core/error.hpp"
#include "core/quantity.hpp"

namespace dyad::codesign {
namespace {

/// The gene's value with this label.
std::optional<double> setting(const core::Gene& gene, const std::string& label) {
    if (gene.kind == core::Gene::Kind::categorical || gene.kind == core::Gene::Kind::ordered) {
        const auto found = std::find(gene.options.begin(), gene.options.end(), label);
        if (found == gene.options.end()) return std::nullopt;
        return static_cast<double>(found - gene.options.begin());
    }
    const auto measure = core::try_measure(label + (gene.unit.empty() ? " x" : ""));
    if (!measure || measure->unit != (gene.unit.empty() ? "x" : gene.unit)) return std::nullopt;
    const double value = measure->value;
    if (!(value >= gene.from && value <= gene.to)) return std::nullopt;
    return gene.kind == core::Gene::Kind::grid ? gene.at(gene.index(value)) : value;
}

constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();

/// Milliseconds as seconds; nothing when the cell is no positive time.
std::optional<double> time_of(const std::string& cell) {
    if (cell.empty()) return not_measured;
    const auto measure = core::try_measure(cell + " ms");
    if (!measure || measure->unit != "ms" || !(measure->value > 0) || !std::isfinite(measure->value))
        return std::nullopt;
    return measure->value * 1e-3;
}

}  // namespace

std::vector<Measurement> read_measured(const ConfigText& table, const core::ChoiceSpace& space,
                                       const std::vector<Target>& targets) {
    const auto rows = parse_csv(table.text);
    const auto genomes = read_start(table, space);
    std::vector<Measurement> list;
    for (const auto& genome : genomes) list.push_back({genome, std::vector<double>(targets.size(), not_measured)});
    bool any = false;
    std::string problems;
    for (std::size_t t = 0; t < targets.size(); ++t) {
        const auto column = static_cast<std::size_t>(std::ranges::find(rows[0], targets[t].name) - rows[0].begin());
        any = any || column < rows[0].size();
        for (std::size_t r = 1; r < rows.size() && column < rows[0].size(); ++r) {
            const std::string cell = column < rows[r].size() ? rows[r][column] : "";
            if (const auto time = time_of(cell))
                list[r - 1].target_seconds[t] = *time;
            else
                problems += fmt::format("\n{}:{}: {}: found '{}', expected a time in ms", table.file, r + 1,
                                        targets[t].name, core::shortened(cell, 60));
        }
    }
    if (!any) throw core::Error(fmt::format("{}: no column is named like a target", table.file));
    if (!problems.empty()) throw core::Error(problems.substr(1));
    return list;
}

core::Genome read_pair(const core::Value& value, const core::ChoiceSpace& space) {
    core::Genome genome;
    core::Object object(value);
    for (const auto& gene : space.genes()) {
        genome.push_back(gene.from);
        const auto given = object.find(gene.name);
        if (!given) continue;
        const auto label = given->text();
        if (const auto found = setting(gene, label))
            genome.back() = *found;
        else
            given->fail(fmt::format("found '{}', which the gene cannot be", core::shortened(label, 60)));
    }
    return space.canonical(std::move(genome));
}

std::vector<core::Genome> read_start(const ConfigText& table, const core::ChoiceSpace& space) {
    const auto rows = parse_csv(table.text);
    if (rows.empty()) throw core::Error(fmt::format("{}: is empty, expected a line of gene names", table.file));
    const auto& genes = space.genes();
    const auto has_column = [&](const core::Gene& gene) { return std::ranges::count(rows[0], gene.name) > 0; };
    if (std::ranges::none_of(genes, has_column))
        throw core::Error(fmt::format("{}: no column is named like a choice of this experiment", table.file));
    std::vector<core::Genome> genomes;
    std::string problems;
    for (std::size_t r = 1; r < rows.size(); ++r) {
        core::Genome genome;
        for (const auto& gene : genes) genome.push_back(gene.from);
        for (std::size_t g = 0; g < genes.size(); ++g) {
            const auto column = std::find(rows[0].begin(), rows[0].end(), genes[g].name) - rows[0].begin();
            const auto c = static_cast<std::size_t>(column);
            if (c >= rows[0].size() || c >= rows[r].size() || rows[r][c].empty()) continue;
            if (const auto value = setting(genes[g], rows[r][c]))
                genome[g] = *value;
            else
                problems +=
                    fmt::format("{}{}:{}: {}: found '{}', which the gene cannot be", problems.empty() ? "" : "\n",
                                table.file, r + 1, genes[g].name, core::shortened(rows[r][c], 60));
        }
        genomes.push_back(space.canonical(std::move(genome)));
    }
    if (!problems.empty()) throw core::Error(problems);
    return genomes;
}

}  // namespace dyad::codesign
