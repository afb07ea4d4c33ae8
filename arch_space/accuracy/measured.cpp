// SPDX-License-Identifier: Apache-2.0
#include "arch_space/accuracy/measured.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <functional>
#include <optional>

#include "arch_space/spelling.hpp"
#include "core/choice_space.hpp"
#include "core/error.hpp"
#include "core/value.hpp"

namespace dyad::arch_space {
namespace {

using Cells = std::vector<std::string>;
using ReadMember = std::function<std::optional<core::Genome>(const Cells&)>;

std::optional<double> number(const std::string& text) {
    double value = 0;
    const char* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, value);
    return error == std::errc{} && end == last && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// By the space's own spelling; nothing when the table has no such column.
std::optional<ReadMember> by_spelling(const core::CsvTable& csv, const core::Value& space,
                                      const core::ChoiceSpace& genes) {
    for (std::size_t c = 0; c < csv.header.size(); ++c)
        if (auto spelling = Spelling::find(space, genes, csv.header[c]))
            return [c, spelling = std::move(*spelling)](const Cells& cells) { return spelling.read(cells[c]); };
    return std::nullopt;
}

std::optional<std::size_t> gene_column(const core::CsvTable& csv, const std::string& gene) {
    for (const auto& name : {gene, "network." + gene}) {
        const auto found = std::ranges::find(csv.header, name);
        if (found != csv.header.end()) return static_cast<std::size_t>(found - csv.header.begin());
    }
    return std::nullopt;
}

std::optional<double> setting(const core::Gene& gene, const std::string& label) {
    for (std::size_t i = 0; i < gene.count(); ++i)
        if (gene.label(gene.at(i)) == label) return gene.at(i);
    return gene.count() == 0 ? number(label) : std::nullopt;
}

/// By a column a gene, empty where the gene is not active.
ReadMember by_genes(const core::CsvTable& csv, const core::ChoiceSpace& genes) {
    std::vector<std::size_t> columns;
    std::vector<std::string> missing;
    for (const auto& gene : genes.genes()) {
        const auto column = gene_column(csv, gene.name);
        columns.push_back(column.value_or(0));
        if (!column) missing.push_back(gene.name);
    }
    if (!missing.empty())
        throw core::Error(
            fmt::format("{}:1: no column tells the space's members: neither one of its `spelling` nor one "
                        "a gene; of those there is no '{}'",
                        csv.file, fmt::join(missing, "', '")));
    return [columns, &genes](const Cells& cells) -> std::optional<core::Genome> {
        core::Genome genome;
        for (std::size_t g = 0; g < columns.size(); ++g) {
            const auto& gene = genes.genes()[g];
            const auto value = cells[columns[g]].empty() ? std::optional(gene.from) : setting(gene, cells[columns[g]]);
            if (!value) return std::nullopt;
            genome.push_back(*value);
        }
        return genes.canonical(std::move(genome));
    };
}

std::size_t value_column(const core::CsvTable& csv, const std::string& asked) {
    if (!asked.empty()) return csv.column(asked);
    for (std::size_t c = 0; c < csv.header.size(); ++c)
        if (csv.header[c].find("acc") != std::string::npos || csv.header[c].find("top1") != std::string::npos) return c;
    throw core::Error(
        fmt::format("{}:1: no column looks like an accuracy; name one of {}", csv.file, fmt::join(csv.header, ", ")));
}

/// The members that the rows name, and their values where there is a column of them. Throws core::Error.
MeasuredTable read_rows(const core::CsvTable& csv, const core::Document& space, std::optional<std::size_t> column) {
    constexpr std::size_t most_errors = 20;
    core::Errors errors;
    const core::ChoiceSpace genes(space);
    MeasuredTable table;
    table.space = std::filesystem::path(space.file).stem().string();
    auto spelled = by_spelling(csv, core::Value(space, nullptr, errors), genes);
    errors.throw_if_any();
    const auto member = spelled ? std::move(*spelled) : by_genes(csv, genes);
    const auto take = [&](const Cells& cells) -> std::string {
        const auto genome = member(cells);
        if (!genome) return "names no member of " + table.space;
        const auto value = column ? number(cells[*column]) : std::optional(0.0);
        if (!value) return fmt::format("found '{}', expected a number", core::shortened(cells[*column]));
        core::Errors problems;
        const auto network = parse_network(core::Value(space, &*genome, problems));
        if (!network) return problems.messages().front();
        table.networks.push_back(network_features(*network));
        table.values.push_back(*value);
        return "";
    };
    for (const auto& row : csv.rows) {
        const auto problem = take(row.cells);
        if (!problem.empty()) errors.add({csv.file, row.line}, "", problem);
        if (errors.messages().size() >= most_errors) break;
    }
    errors.throw_if_any();
    return table;
}

}  // namespace

MeasuredTable read_measured(const core::CsvTable& csv, const core::Document& space, const MeasuredOptions& options) {
    const auto column = value_column(csv, options.column);
    auto table = read_rows(csv, space, column);
    table.name = options.name;
    table.unit = options.unit;
    table.source = options.source;
    const auto file = std::filesystem::path(csv.file).filename().string();
    if (table.source.empty()) table.source = fmt::format("{}, column {}", file, csv.header[column]);
    return table;
}

std::vector<NetworkFeatures> read_members(const core::CsvTable& csv, const core::Document& space) {
    return read_rows(csv, space, std::nullopt).networks;
}

}  // namespace dyad::arch_space
