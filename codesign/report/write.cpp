// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "codesign/report/data.hpp"
#include "codesign/report/figures.hpp"
#include "codesign/report/page.hpp"
#include "codesign/report/same_macs.hpp"
#include "codesign/report/specialisation.hpp"
#include "codesign/report/words.hpp"
#include "core/files.hpp"

namespace dyad::codesign {
namespace {

std::string markdown_front(const Run& run) {
    std::string head = "| pair |", line = "| --- |", rows;
    for (const auto metric : run.experiment->objectives) {
        head += fmt::format(" {} |", info(metric).name);
        line += " ---: |";
    }
    for (const auto index : run.front) {
        rows += fmt::format("| {} |", run.pairs[index].id);
        for (const auto metric : run.experiment->objectives)
            rows += fmt::format(" {} |", to_text(metric, value(run.pairs[index].evaluation, metric)));
        rows += "\n";
    }
    return head + "\n" + line + "\n" + rows;
}

std::string markdown(const Run& run, const nlohmann::ordered_json& data) {
    std::string text = fmt::format("# {}\n\n{}\n\n", run.experiment->name, summary(run));
    for (const auto& pick : picks(run))
        text += fmt::format("- **{}**: pair {} ({})\n", pick.title, run.pairs[pick.pair].id, pick.why);
    text += "\n" + specialisation_markdown(data.at("specialisation")) + same_macs_markdown(data.at("same_macs"));
    text += "![Pareto front](pareto.svg)\n\n## The front\n\n" + markdown_front(run) + "\n## How far to trust it\n\n";
    for (const auto& line : data.at("trust")) text += "- " + line.get<std::string>() + "\n";
    return text + "\n![Hypervolume](hypervolume.svg)\n";
}

}  // namespace

void write_report(const std::filesystem::path& directory) {
    const Run run = read_run(directory);
    const auto data = report_data(run);
    core::write_file(directory / "pareto.svg", pareto_figure(run));
    core::write_file(directory / "hypervolume.svg", hypervolume_figure(run));
    core::write_file(directory / "report.md", markdown(run, data));
    core::write_file(directory / "report.html", report_page(data, read_run_block(directory)));
}

}  // namespace dyad::codesign
