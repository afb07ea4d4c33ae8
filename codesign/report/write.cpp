// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "codesign/report/data.hpp"
#include "codesign/report/figures.hpp"
#include "codesign/report/page.hpp"
#include "codesign/report/same_macs.hpp"
#include "codesign/report/specialisation.hpp"
#include "codesign/report/words.hpp"
#include "codesign/run/targets.hpp"
#include "core/files.hpp"

namespace dyad::codesign {
namespace {

std::string markdown_front(const Run& run) {
    const auto& targets = run.experiment->targets;
    const bool several = has_targets(*run.experiment);
    std::string head = several ? "| pair | target |" : "| pair |", line = several ? "| --- | --- |" : "| --- |", rows;
    for (const auto metric : run.experiment->objectives) {
        head += fmt::format(" {} |", info(metric).name);
        line += " ---: |";
    }
    for (const auto index : run.front) {
        rows += fmt::format("| {} |", run.pairs[index].id);
        if (several) rows += fmt::format(" {} |", targets[target_index(*run.experiment, run.pairs[index].genome)].name);
        for (const auto metric : run.experiment->objectives)
            rows += fmt::format(" {} |", text_of(*run.experiment, metric, value(run.pairs[index].evaluation, metric)));
        rows += "\n";
    }
    return head + "\n" + line + "\n" + rows;
}

std::string list_of(const nlohmann::ordered_json& lines) {
    std::string text;
    for (const auto& line : lines) text += "- " + line.get<std::string>() + "\n";
    return text;
}

/// The five choices that matter most to each objective.
std::string markdown_matters(const Run& run, const nlohmann::ordered_json& data) {
    if (data.at("matters").is_null()) return "";
    constexpr std::size_t most = 5;
    std::string text =
        "\n## Which choices matter\n\n| objective | choice | share of the variance | 5th to 95th percentile "
        "|\n| --- | --- | ---: | ---: |\n";
    for (std::size_t k = 0; k < run.experiment->objectives.size(); ++k) {
        const auto& shares = data.at("matters").at("shares").at(k);
        for (std::size_t i = 0; i < std::min(most, shares.size()); ++i)
            text += fmt::format(
                "| {} | {} | {:.1f} % | {:.1f} to {:.1f} % |\n", info(run.experiment->objectives[k]).name,
                data.at("genes").at(shares[i][0].get<std::size_t>()).at("name").get<std::string>(),
                100 * shares[i][4].get<double>(), 100 * shares[i][5].get<double>(), 100 * shares[i][6].get<double>());
    }
    return text;
}

std::string markdown_others(const nlohmann::ordered_json& data) {
    std::string text;
    for (const auto& other : data.at("others"))
        if (!other.at("random").get<bool>())
            text += fmt::format("\n## Beside {}\n\n{}\n\n{}", other.at("label").get<std::string>(),
                                other.at("words").get<std::string>(), list_of(other.at("differences")));
    return text;
}

std::string markdown(const Run& run, const nlohmann::ordered_json& data) {
    std::string text = fmt::format("# {}\n\n{}\n\n", run.experiment->name, summary(run));
    for (const auto& pick : picks(run))
        text += fmt::format("- **{}**: pair {} ({})\n", pick.title, run.pairs[pick.pair].id, pick.why);
    text += "\n" + specialisation_markdown(data.at("specialisation")) + same_macs_markdown(data.at("same_macs"));
    text += "![Pareto front](pareto.svg)\n\n## " +
            std::string(run.feasible ? "The front" : "The pairs that come nearest") + "\n\n" + markdown_front(run) +
            markdown_matters(run, data);
    if (!run.convergence.empty())
        text += "\n## How the search went\n\n![Hypervolume](hypervolume.svg)\n\n" +
                data.at("baseline").get<std::string>() + "\n";
    text += markdown_others(data);
    if (!data.at("robustness").is_null())
        text += "\n## How firm the front is\n\n" + list_of(data.at("robustness").at("words"));
    return text + "\n## How far to trust it\n\n" + list_of(data.at("trust"));
}

/// The runs to show beside: the random baseline where there is one, then those asked for.
std::vector<Other> others(const std::filesystem::path& directory, const ReportOptions& options) {
    std::vector<Other> all;
    if (std::filesystem::exists(baseline_directory(directory) / "run.sqlite"))
        all.push_back({"random search", read_run(baseline_directory(directory)), true});
    for (const auto& beside : options.beside) all.push_back({beside.string(), read_run(beside), false});
    return all;
}

}  // namespace

ReportOptions quick_report() {
    constexpr std::size_t few = 40;
    return {.layers = few};
}

void write_report(const std::filesystem::path& directory, const ReportOptions& options) {
    const Run run = read_run(directory);
    const auto beside = others(directory, options);
    const auto data = report_data(run, beside, options.layers);
    core::write_file(directory / "pareto.svg", pareto_figure(run));
    core::write_file(directory / "hypervolume.svg", hypervolume_figure(run, beside));
    core::write_file(directory / "report.md", markdown(run, data));
    core::write_file(directory / "report.json", data.dump() + "\n");
    core::write_file(directory / "report.html", report_page(data, read_run_block(directory)));
}

}  // namespace dyad::codesign
