// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "codesign/unit/charts.hpp"
#include "codesign/unit/present.hpp"
#include "core/quantity.hpp"

namespace dyad::assets {
extern const char* const report_css;  // the report's (cmake/EmbedText.cmake)
}

namespace dyad::codesign {
namespace {

using core::to_text;
using Cells = std::vector<std::string>;

std::string times(double gain) { return fmt::format("{:.2f}x", gain); }
std::string area_text(double area) { return to_text(core::SquareMillimetres(area)); }
std::string time_text(double time) { return to_text(core::Seconds(time)); }

/// A table whose first column is text.
class HtmlTable {
public:
    HtmlTable(const std::string& caption, const Cells& header) {
        html_ = "<div class=\"scroll\"><table><caption class=\"note\">" + escaped(caption) + "</caption><thead><tr>";
        for (std::size_t c = 0; c < header.size(); ++c)
            html_ += fmt::format("<th scope=\"col\"{}>{}</th>", c == 0 ? " class=\"text\"" : "", escaped(header[c]));
        html_ += "</tr></thead><tbody>\n";
    }
    void add(const Cells& cells) {
        html_ += "<tr><th scope=\"row\" class=\"text\">" + escaped(cells.front()) + "</th>";
        for (std::size_t c = 1; c < cells.size(); ++c) html_ += "<td>" + escaped(cells[c]) + "</td>";
        html_ += "</tr>\n";
    }
    [[nodiscard]] std::string text() const { return html_ + "</tbody></table></div>\n"; }

private:
    std::string html_;
};

std::string section(const std::string& id, const std::string& title, const std::string& body) {
    return fmt::format("<section aria-labelledby=\"h-{0}\">\n<h2 id=\"h-{0}\">{1}</h2>\n{2}</section>\n", id,
                       escaped(title), body);
}

std::string gains_section(const Study& study) {
    std::vector<BarGroup> groups;
    HtmlTable table(study.used() ? "Each network with and without the unit, kernel by kernel and in chains of kernels"
                                 : "Each network with and without the unit, kernel by kernel",
                    {"network and chip", "latency", "energy", "EDP", "area", "speed", "energy efficiency", "EDP gain"});
    const auto add = [&](const std::string& label, const Figures& f, const Gains& g) {
        table.add({label, time_text(f.latency), to_text(core::Joules(f.energy)),
                   fmt::format("{:.3g} uJ s", 1e6 * f.edp()), area_text(f.area), times(g.latency), times(g.energy),
                   times(g.edp)});
    };
    for (const auto& n : study.networks) {
        const auto gain = gains_of({n.without}, {n.with});
        groups.push_back({n.network, {gain.latency, gain.energy, gain.edp}});
        add(n.network + ", without", n.without, {});
        add(n.network + ", with", n.with, gain);
        if (!study.used()) continue;
        add(n.network + ", without, in chains", n.chained_without, {});
        add(n.network + ", with, in chains", n.chained_with, gains_of({n.chained_without}, {n.chained_with}));
    }
    if (groups.size() > 1) groups.push_back({"geomean", {study.gains.latency, study.gains.energy, study.gains.edp}});
    return section("gains", "With and without",
                   gain_bars("Gain of each network with the unit, kernel by kernel; 1 is no gain",
                             {"speed", "energy efficiency", "EDP"}, groups) +
                       table.text());
}

std::string equal_area_section(const Study& study) {
    std::vector<BarGroup> groups;
    HtmlTable table("Gains over the accelerator as its file says",
                    {"chip", "array", "buffer", "area", "speed", "energy efficiency", "EDP gain", "sizes looked at"});
    table.add({"without the unit, as in the file", fmt::format("{} x {}", study.size.rows, study.size.cols),
               to_text(study.size.buffer), area_text(study.area_without), times(1), times(1), times(1), ""});
    for (const auto& chip : study.sized) {
        const auto gain = study.gain_of(chip);
        groups.push_back({chip.what, {gain.latency, gain.energy, gain.edp}});
        table.add({chip.what, fmt::format("{} x {}", chip.size.rows, chip.size.cols), to_text(chip.size.buffer),
                   area_text(chip.area), times(gain.latency), times(gain.energy), times(gain.edp),
                   std::to_string(chip.looked_at)});
    }
    if (groups.empty()) return "";
    return section(
        "equal", "At equal area",
        fmt::format("<p>The array's rows and columns and the largest buffer are chosen for the best {} by the "
                    "closed forms, within the area; the chosen chips are played in SystemC.</p>\n",
                    objective_name(study.objective)) +
            gain_bars("Gain over the accelerator file at equal area", {"speed", "energy efficiency", "EDP"}, groups) +
            table.text());
}

std::string bounds_section(const Study& study) {
    std::vector<StackedBar> bars;
    std::string modules;
    HtmlTable table("Amdahl's limit, and the share of work that must move to pay for the area",
                    {"network", "kernels moved", "time moved", "MACs moved", "faster by", "limit", "infinitely fast",
                     "break-even, time", "break-even, MACs", "against a larger chip, time"});
    for (const auto& n : study.networks) {
        if (const auto text = module_text(n); !text.empty()) modules += "<p>" + escaped(text) + ".</p>\n";
        StackedBar before{n.network + ", without", {}}, after{n.network + ", with", {}};
        double moved = 0, left = 0;
        for (const auto& k : n.moved) moved += k.before, left += k.after;
        const double rest = n.time_share > 0 ? moved / n.time_share - moved : n.without.latency;
        before.parts = {{"stays " + time_text(rest), rest, false}, {"moves " + time_text(moved), moved, true}};
        const double stays = n.moved.empty() ? n.with.latency : rest;
        after.parts = {{"stays " + time_text(stays), stays, false}, {"on the unit " + time_text(left), left, true}};
        bars.push_back(before);
        bars.push_back(after);
        table.add({n.network, fmt::format("{} of {}", n.moved.size(), n.kernels), percent(n.time_share),
                   percent(n.macs_share), times(n.acceleration), times(n.limit), times(n.infinitely_fast),
                   percent(n.break_even), percent(n.break_even_macs), percent(n.break_even_array)});
    }
    return section(
        "bounds", "What moves, and what bounds the rest",
        "<p>Time of all kernels: those that stay, and (second colour) those that move. Limit: the moved "
        "kernels take no time (Amdahl 1967). Infinitely fast: simulated with a unit that waits for memory "
        "only. Break-even: share of the time that must move, at this acceleration, for a speed-up as large as "
        "the growth in area.</p>\n" +
            stacked_bars("Time of the kernels that stay and of those that move", bars) + table.text() + modules);
}

std::string kernels_section(const Study& study) {
    std::string body;
    for (const auto& n : study.networks) {
        HtmlTable moved(n.network + ": kernels on the unit",
                        {"kernel", "operator", "from", "MACs", "without", "with", "faster by"});
        for (const auto& k : n.moved)
            moved.add({k.name, k.op, k.from, std::to_string(k.macs), time_text(k.before), time_text(k.after),
                       k.after > 0 ? times(k.before / k.after) : "-"});
        HtmlTable rest(n.network + ": what bounds the rest", {"engine", "bound by", "share of time"});
        for (const auto& b : n.rest) rest.add({b.engine, b.by, percent(b.share)});
        body +=
            "<details><summary>" + escaped(n.network) + "</summary>\n" + moved.text() + rest.text() + "</details>\n";
    }
    return section("kernels", "Kernel by kernel", body);
}

std::string sensitivity_section(const Study& study) {
    std::vector<Span> rows;
    HtmlTable table("Geometric means over the networks",
                    {"what", "times", "area", "speed", "energy efficiency", "EDP gain", "EDP gain at equal area"});
    for (const auto& s : study.sensitivity) {
        table.add({s.what, fmt::format("{:.1f}", s.factor), area_text(s.area), times(s.gains.latency),
                   times(s.gains.energy), times(s.gains.edp), s.equal_area ? times(s.equal_area->edp) : "-"});
        const double gain = s.equal_area ? s.equal_area->edp : s.gains.edp;
        const auto label = s.what + (s.equal_area ? ", equal area" : "");
        if (rows.empty() || rows.back().label != label) rows.push_back({label, gain, gain});
        rows.back().low = std::min(rows.back().low, gain);
        rows.back().high = std::max(rows.back().high, gain);
    }
    return section(
        "sensitivity", "Sensitivity to the unit's own figures",
        spans("EDP gain with the unit's rate, energy and area halved and half as much again", study.gains.edp, rows) +
            table.text());
}

std::string manifest_section(const Study& study, const core::Manifest& manifest) {
    auto body = fmt::format("<p>{}</p>\n<p class=\"note\">Source of the unit's figures: {}</p>\n", escaped(study.note),
                            escaped(study.source));
    body += "<pre>" +
            escaped(core::to_json(manifest).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)) +
            "</pre>\n";
    return section("manifest", "The unit and its sources", body);
}

}  // namespace

std::string to_page(const Study& study, const core::Manifest& manifest) {
    const auto title = fmt::format("{} on {}", study.unit, study.accelerator);
    std::string body = gains_section(study);
    if (study.used())
        body += equal_area_section(study) + bounds_section(study) + sensitivity_section(study) + kernels_section(study);
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
        "content=\"width=device-width, initial-scale=1\">\n<link rel=\"icon\" href=\"data:,\">\n<title>{0}</title>\n"
        "<style>\n{1}section svg {{ max-width: 820px; display: block; "
        "}}\n</style>\n</head>\n<body>\n<header><h1>{0}</h1>\n"
        "<p>{2}.</p>\n<p class=\"note\">{3}, batch {4}; the unit takes "
        "{5}.</p></header>\n<main>\n{6}</main>\n</body>\n</html>\n",
        escaped(title), assets::report_css, escaped(study.verdict), study.fidelity, study.batch,
        area_text(study.area_unit), body + manifest_section(study, manifest));
}

}  // namespace dyad::codesign
