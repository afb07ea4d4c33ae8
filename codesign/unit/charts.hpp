// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

namespace dyad::codesign {

[[nodiscard]] std::string escaped(std::string_view text);

/// Bars side by side, a group a label, one colour a series, with a line at 1 (no gain). Inline SVG with a title.
struct BarGroup {
    std::string label;
    std::vector<double> values;  ///< by series
};
[[nodiscard]] std::string gain_bars(const std::string& title, const std::vector<std::string>& series,
                                    const std::vector<BarGroup>& groups);

/// Horizontal bars of parts that add up, all on one scale.
struct BarPart {
    std::string label;
    double value = 0;
    bool strong = false;  ///< the unit's own
};
struct StackedBar {
    std::string label;
    std::vector<BarPart> parts;
};
[[nodiscard]] std::string stacked_bars(const std::string& title, const std::vector<StackedBar>& bars);

/// From the lesser to the greater of two values, a row a label, with a line at `middle`.
struct Span {
    std::string label;
    double low = 0, high = 0;
};
[[nodiscard]] std::string spans(const std::string& title, double middle, const std::vector<Span>& rows);

}  // namespace dyad::codesign
