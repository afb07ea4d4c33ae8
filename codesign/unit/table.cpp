// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "codesign/commands/output.hpp"
#include "codesign/unit/present.hpp"
#include "core/quantity.hpp"

namespace dyad::codesign {
namespace {

using core::to_text;

std::string times(double gain) { return fmt::format("{:.2f}x", gain); }

std::vector<std::string> row(const std::string& network, const std::string& chip, const Figures& f, const Gains& gain) {
    return {network,
            chip,
            to_text(core::Seconds(f.latency)),
            to_text(core::Joules(f.energy)),
            fmt::format("{:.3g} uJ s", 1e6 * f.edp()),
            to_text(core::SquareMillimetres(f.area)),
            times(gain.latency),
            times(gain.energy),
            times(gain.edp)};
}

std::string gains_text(const Study& study) {
    Table table({"network", "chip", "latency", "energy", "EDP", "area", "speed", "energy eff.", "EDP gain"});
    for (const auto& n : study.networks) {
        table.add(row(n.network, "without", n.without, {}));
        table.add(row(n.network, "with", n.with, gains_of({n.without}, {n.with})));
        if (!study.used()) continue;
        table.add(row(n.network, "without, in chains", n.chained_without, {}));
        table.add(row(n.network, "with, in chains", n.chained_with, gains_of({n.chained_without}, {n.chained_with})));
    }
    if (study.networks.size() > 1)
        for (const auto& [chip, gain] :
             {std::pair{"with", study.gains}, std::pair{"with, in chains", study.chained_gains}})
            table.add({"geomean", chip, "", "", "", "", times(gain.latency), times(gain.energy), times(gain.edp)});
    return table.text();
}

std::string equal_area_text(const Study& study) {
    Table table({"chip", "array", "buffer", "area", "speed", "energy eff.", "EDP gain"});
    const auto add = [&](const std::string& what, const Size& size, double area, const Gains& gain) {
        table.add({what, fmt::format("{} x {}", size.rows, size.cols), to_text(size.buffer),
                   to_text(core::SquareMillimetres(area)), times(gain.latency), times(gain.energy), times(gain.edp)});
    };
    add("without the unit, as in the file", study.size, study.area_without, {});
    for (const auto& chip : study.sized) add(chip.what, chip.size, chip.area, study.gain_of(chip));
    return table.text();
}

std::string bounds_text(const Study& study) {
    Table table({"network", "kernels", "moved", "time moved", "MACs moved", "faster by", "limit", "infinitely fast",
                 "break-even time", "MACs", "against a larger chip"});
    for (const auto& n : study.networks)
        table.add({n.network, std::to_string(n.kernels), std::to_string(n.moved.size()), percent(n.time_share),
                   percent(n.macs_share), times(n.acceleration), times(n.limit), times(n.infinitely_fast),
                   percent(n.break_even), percent(n.break_even_macs), percent(n.break_even_array)});
    auto text = table.text();
    for (const auto& n : study.networks) {
        text += fmt::format("\n{}: what is left is", n.network);
        for (std::size_t i = 0; i < std::min<std::size_t>(n.rest.size(), 4); ++i)
            text += fmt::format("{} {} bound by {} {}", i == 0 ? "" : ",", n.rest[i].engine, n.rest[i].by,
                                percent(n.rest[i].share));
    }
    for (const auto& n : study.networks)
        if (!module_text(n).empty()) text += "\n" + module_text(n);
    return text + "\n";
}

std::string sensitivity_text(const Study& study) {
    Table table({"unit's", "times", "area", "speed", "energy eff.", "EDP gain", "EDP gain at equal area"});
    for (const auto& s : study.sensitivity)
        table.add({s.what, fmt::format("{:.1f}", s.factor), to_text(core::SquareMillimetres(s.area)),
                   times(s.gains.latency), times(s.gains.energy), times(s.gains.edp),
                   s.equal_area ? times(s.equal_area->edp) : ""});
    return table.text();
}

}  // namespace

const char* objective_name(models::Objective objective) {
    return objective == models::Objective::latency  ? "latency"
           : objective == models::Objective::energy ? "energy"
                                                    : "edp";
}

std::string percent(std::optional<double> share) { return share ? fmt::format("{:.1f} %", 100 * *share) : "-"; }

std::string module_text(const NetworkStudy& network) {
    if (!network.module_gap) return "";
    const auto gap = *network.module_gap;
    return fmt::format("{}: the unit's module takes {:.1f} % {} cycles than its file, which the mapper uses, estimates",
                       network.network, 100 * std::abs(gap), gap < 0 ? "fewer" : "more");
}

std::string change_text(const Size& from, const Size& to) {
    std::string text;
    if (from.rows != to.rows || from.cols != to.cols)
        text = fmt::format("array {} x {} instead of {} x {}", to.rows, to.cols, from.rows, from.cols);
    if (from.buffer != to.buffer)
        text += fmt::format("{}buffer {} instead of {}", text.empty() ? "" : ", ", to_text(to.buffer),
                            to_text(from.buffer));
    return text.empty() ? "as in the file" : text;
}

std::string to_table(const Study& study) {
    auto text =
        fmt::format("{} on {} ({}, batch {}): {} more, {:.1f} % of the chip\n\n{}\n\n", study.unit, study.accelerator,
                    study.fidelity, study.batch, to_text(core::SquareMillimetres(study.area_unit)),
                    100 * study.area_unit / study.area_without, study.verdict);
    text += gains_text(study);
    if (!study.used()) return text;
    text +=
        "Kernel by kernel, so that the gain of each can be told; in chains: depth-first, as `dyad simulate` runs "
        "them.\n";
    text += "\nAt equal area: array and largest buffer of the best " + std::string(objective_name(study.objective)) +
            "; gains over the file's chip\n" + equal_area_text(study);
    text += "\nWhat moves, and what bounds the rest (break-even: share that must move to pay for the area)\n" +
            bounds_text(study);
    return text + "\nSensitivity\n" + sensitivity_text(study);
}

std::string to_csv(const Study& study) {
    Table table({"network", "chip", "latency_s", "energy_j", "edp_js", "area_mm2", "rows", "cols", "buffer_bytes"});
    const auto add = [&](const std::string& network, const std::string& chip, const Figures& f, const Size& size) {
        table.add({network, chip, fmt::format("{}", f.latency), fmt::format("{}", f.energy), fmt::format("{}", f.edp()),
                   fmt::format("{}", f.area), std::to_string(size.rows), std::to_string(size.cols),
                   std::to_string(size.buffer.count())});
    };
    for (std::size_t n = 0; n < study.networks.size(); ++n) {
        const auto& network = study.networks[n];
        add(network.network, "without the unit", network.without, study.size);
        add(network.network, "with the unit", network.with, study.size);
        for (const auto& chip : study.sized) add(network.network, chip.what, chip.figures[n], chip.size);
    }
    return table.csv();
}

}  // namespace dyad::codesign
