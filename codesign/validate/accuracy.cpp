// SPDX-License-Identifier: Apache-2.0
#include "codesign/validate/accuracy.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "arch_space/spelling.hpp"
#include "codesign/accuracy/scoring.hpp"
#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/progress.hpp"
#include "core/random.hpp"
#include "core/statistics.hpp"
#include "core/value.hpp"

namespace dyad::codesign {
namespace {

struct Published {
    const char* proxy;
    double cifar10, cifar100, imagenet;  ///< 0: not published
};
// Abdelfattah et al. 2021, the notebook released with it (test accuracy, magnitudes); macs: NASLib's tables.
constexpr Published published[] = {
    {"synflow", 0.737, 0.763, 0.751},
    {"snip", 0.596, 0.637, 0.578},
    {"grad_norm", 0.594, 0.637, 0.578},
    {"grasp", 0.514, 0.547, 0.549},
    {"fisher", 0.360, 0.385, 0.327},
    {"jacob_cov", 0.731, 0.704, 0.701},
    {"naswot", 0, 0, 0},
    {"zen", 0, 0, 0},
    {"l2_norm", 0, 0, 0},
    {"parameters", 0.75, 0.72, 0.69},
    {"macs", 0.75, 0.72, 0.69},
};
constexpr const char* source = "Abdelfattah et al. 2021, released notebook; parameters and macs: White et al. 2022";

// One of each kind (flow, Jacobians, codes, size), alike: fixed before any figure of theirs was known.
constexpr const char* together[] = {"synflow", "jacob_cov", "naswot", "macs"};

struct Target {
    const char *column, *name;
    double Published::*known;
};
constexpr Target targets[] = {{"cifar10_test_acc_200ep", "CIFAR-10", &Published::cifar10},
                              {"cifar100_test_acc_200ep", "CIFAR-100", &Published::cifar100},
                              {"imagenet16_120_test_acc_200ep", "ImageNet16-120", &Published::imagenet}};

std::filesystem::path find_table(const std::filesystem::path& data) {
    const auto name = "nb201_accuracy.csv";
    for (const auto& file : {data / name, data / "data" / name})
        if (std::filesystem::exists(file)) return file;
    throw core::Error(fmt::format("{}: found no {}, nor data/{}", data.string(), name, name));
}

double number(const core::CsvTable& table, const core::CsvTable::Row& row, std::size_t column) {
    const auto& cell = row.cells[column];
    double value = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (error != std::errc{} || end != cell.data() + cell.size())
        throw core::Error(fmt::format("{}:{}: {}: found '{}', expected a number", table.file, row.line,
                                      table.header[column], core::shortened(cell)));
    return value;
}

/// So many of `count` rows, in their order.
std::vector<std::size_t> drawn(std::size_t count, std::size_t wanted) {
    std::vector<std::size_t> rows(count);
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    if (wanted == 0 || wanted >= count) return rows;
    core::Stream random(1, "cells");
    for (std::size_t i = 0; i < wanted; ++i) std::swap(rows[i], rows[i + random.below(count - i)]);
    rows.resize(wanted);
    std::ranges::sort(rows);
    return rows;
}

/// The cells of a table, as members of the shipped space.
class Cells {
public:
    Cells(core::CsvTable table, std::size_t wanted)
        : table_(std::move(table)),
          rows_(drawn(table_.rows.size(), wanted)),
          document_(core::read_document(core::find_config("nasbench201", "spaces"))),
          space_(*document_) {
        core::Errors errors;
        const auto spelling = arch_space::Spelling::find(core::Value(*document_, nullptr, errors), space_, "arch_str");
        const auto column = table_.column("arch_str");
        for (const auto row : rows_) {
            const auto& text = table_.rows[row].cells[column];
            auto genome = spelling.value().read(text);
            if (!genome)
                throw core::Error(fmt::format("{}:{}: '{}' is no cell of NAS-Bench-201", table_.file,
                                              table_.rows[row].line, core::shortened(text)));
            genomes_.push_back(std::move(*genome));
        }
    }
    [[nodiscard]] std::size_t size() const { return rows_.size(); }
    [[nodiscard]] arch_space::Network network(std::size_t i) const {
        core::Errors errors;
        auto network = arch_space::parse_network(core::Value(*document_, &genomes_[i], errors));
        errors.throw_if_any();
        return std::move(network).value();
    }
    [[nodiscard]] std::vector<double> accuracies(const char* column) const {
        std::vector<double> all;
        for (const auto row : rows_) all.push_back(number(table_, table_.rows[row], table_.column(column)));
        return all;
    }

private:
    core::CsvTable table_;
    std::vector<std::size_t> rows_;
    std::shared_ptr<const core::Document> document_;
    core::ChoiceSpace space_;
    std::vector<core::Genome> genomes_;
};

using Scores = std::map<std::string, std::vector<double>>;

/// What has no score counts as the lowest.
Scores scores_of(const Cells& cells, const ProxyValidation& options) {
    Scores scores;
    for (const auto& proxy : options.proxies) {
        Scoring scoring;
        scoring.command = {own_accuracy_program()};
        scoring.metrics = {proxy};
        scoring.workers = options.workers;
        scoring.timeout = std::chrono::hours(1);  // a slow machine is no reason to lose a cell
        if (!options.images.empty())
            scoring.options =
                nlohmann::ordered_json{{"data", std::filesystem::absolute(options.images).string()}}.dump();
        core::Progress progress(fmt::format("cells by {}", proxy), cells.size(), options.quiet);
        const auto answers = score(
            scoring, cells.size(), [&](std::size_t i) { return cells.network(i); }, [&] { progress.add(1); });
        for (const auto& answer : answers)
            scores[proxy].push_back(answer.error.empty() ? answer.metrics.at(proxy).value
                                                         : -std::numeric_limits<double>::infinity());
    }
    return scores;
}

std::optional<std::vector<double>> mean_rank(const Scores& scores) {
    std::vector<std::vector<double>> chosen;
    for (const auto* proxy : together) {
        if (!scores.contains(proxy)) return std::nullopt;
        chosen.push_back(scores.at(proxy));
    }
    return mean_ranks(chosen, std::vector<double>(chosen.size(), 1));
}

/// Coefficients of the proxies that were asked for, in the order of the published ones.
void compare(const Scores& scores, const Target& target, const std::vector<double>& accuracies, ValidationSet& set) {
    for (const auto& proxy : published)
        if (const auto found = scores.find(proxy.proxy); found != scores.end())
            set.rows.push_back(
                {proxy.proxy, target.name, "", proxy.*target.known, core::spearman(found->second, accuracies), source});
    if (const auto ranks = mean_rank(scores))
        set.rows.push_back({fmt::format("mean rank of {}", fmt::join(together, ", ")), target.name, "", 0,
                            core::spearman(*ranks, accuracies), "not published"});
}

}  // namespace

std::vector<ValidationSet> validate_proxies(ProxyValidation options) {
    if (options.proxies.empty()) options.proxies = {"synflow", "jacob_cov", "naswot", "macs", "parameters"};
    for (const auto& proxy : options.proxies)
        if (std::ranges::none_of(published, [&](const auto& known) { return proxy == known.proxy; }))
            throw core::Error(fmt::format("--proxy: unknown '{}'", proxy));
    const Cells cells(core::read_csv(find_table(options.data)), options.cells);
    const auto scores = scores_of(cells, options);
    ValidationSet set{.name = "zero-cost proxies on NAS-Bench-201",
                      .model = fmt::format(
                          "Spearman's coefficient with the test accuracy of {} trained cells "
                          "(published: its magnitude over all 15625); batches of 64 images{}, seed 1",
                          cells.size(), options.images.empty() ? " of normal noise" : " of " + options.images.string()),
                      .rows = {},
                      .not_modelled = {}};
    for (const auto& target : targets) compare(scores, target, cells.accuracies(target.column), set);
    return {set};
}

}  // namespace dyad::codesign
