// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "codesign/validate/chips.hpp"
#include "codesign/validate/loop_levels.hpp"
#include "core/document.hpp"
#include "core/files.hpp"

namespace dyad::codesign {
namespace {

/// What stands between quotes behind `mapping` in the conditions of a row.
std::string mapping_of(const PublishedFigure& figure) {
    const std::string mark = "mapping \"";
    const auto begin = figure.conditions.find(mark);
    const auto end = begin == std::string::npos ? begin : figure.conditions.find('"', begin + mark.size());
    if (end == std::string::npos) {
        core::Errors errors;
        errors.add(figure.place, "conditions", "no mapping \"...\"");
        errors.throw_if_any();
    }
    return figure.conditions.substr(begin + mark.size(), end - begin - mark.size());
}

}  // namespace

void validate_gemmini(const PublishedFigures& figures, std::vector<ValidationSet>& sets) {
    const auto machine =
        models::read_loop_machine(*core::read_document(core::find_config("gemmini_firesim", "validation")));
    ValidationSet set{.name = "Gemmini RTL",
                      .model = "configs/validation/gemmini_firesim.yaml, each row's own mapping",
                      .rows = {},
                      .not_modelled = {"conflicts of banks in scratchpad and accumulator", "the walk of page tables",
                                       "what the caches hold before the first tile",
                                       "the size of scratchpad and accumulator beyond holding the given tile twice"}};
    for (const auto& figure : figures) {
        if (figure.metric != "rtl_cycles_given_mapping") continue;
        const auto mapping = mapping_of(figure);
        const auto work = read_loop_levels(figure.layer, mapping, figure.place);
        auto row = figure.compared(models::loop_timing(machine, work).total);
        row.what = fmt::format("{} | {}", figure.layer, mapping);
        set.rows.push_back(std::move(row));
    }
    if (!set.rows.empty()) sets.push_back(std::move(set));
}

}  // namespace dyad::codesign
