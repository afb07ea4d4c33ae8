// SPDX-License-Identifier: Apache-2.0
#include "codesign/unit/charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dyad::codesign {
namespace {

constexpr double width = 720, label_width = 190, right = 60, row = 26;
constexpr std::array<const char*, 4> colours{"#0b5fa5", "#b3541e", "#5b6570", "#2f7d4f"};

std::string svg(const std::string& title, double height, const std::string& body) {
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {:.0f}\" width=\"100%\" role=\"img\" "
        "aria-label=\"{}\" font-size=\"12\" font-family=\"sans-serif\"><title>{}</title>\n{}</svg>\n",
        width, height, escaped(title), escaped(title), body);
}

std::string text(double x, double y, const char* anchor, const std::string& what) {
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" fill=\"#1b1f24\">{}</text>\n", x, y, anchor,
                       escaped(what));
}

std::string box(double x, double y, double w, double h, const char* fill, const std::string& hint) {
    return fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"><title>{}</title></rect>\n", x,
        y, std::max(w, 0.5), h, fill, escaped(hint));
}

std::string upright(double x, double from, double to) {
    return fmt::format(
        "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\" stroke=\"#1b1f24\" stroke-dasharray=\"3 "
        "3\"/>\n",
        x, from, to);
}

double across(double share) { return share * (width - label_width - right); }

}  // namespace

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else
            out += c;
    }
    return out;
}

std::string gain_bars(const std::string& title, const std::vector<std::string>& series,
                      const std::vector<BarGroup>& groups) {
    double most = 1;
    for (const auto& group : groups) most = std::max(most, *std::ranges::max_element(group.values));
    constexpr double bar = 13;
    double y = 24;
    std::string body;
    for (std::size_t s = 0; s < series.size(); ++s) {
        const double x = label_width + 150 * static_cast<double>(s);
        body += box(x, 4, 10, 10, colours.at(s), series[s]) + text(x + 15, 13, "start", series[s]);
    }
    for (const auto& group : groups) {
        body += text(label_width - 8, y + bar * static_cast<double>(series.size()) / 2 + 4, "end", group.label);
        for (std::size_t s = 0; s < series.size(); ++s, y += bar) {
            const auto value = fmt::format("{:.2f}x", group.values[s]);
            body += box(label_width, y, across(group.values[s] / most), bar - 2, colours.at(s),
                        group.label + ", " + series[s] + ": " + value);
            body += text(label_width + across(group.values[s] / most) + 5, y + bar - 3, "start", value);
        }
        y += 10;
    }
    return svg(title, y, body + upright(label_width + across(1 / most), 20, y - 6));
}

std::string stacked_bars(const std::string& title, const std::vector<StackedBar>& bars) {
    double most = 0;
    for (const auto& bar : bars) {
        double sum = 0;
        for (const auto& part : bar.parts) sum += part.value;
        most = std::max(most, sum);
    }
    double y = 4;
    std::string body;
    for (const auto& bar : bars) {
        body += text(label_width - 8, y + 15, "end", bar.label);
        double x = label_width;
        for (const auto& part : bar.parts) {
            const double wide = most > 0 ? across(part.value / most) : 0;
            body += box(x, y, std::max(wide - 1, 0.0), row - 6, part.strong ? colours[1] : colours[0],
                        fmt::format("{}: {}", bar.label, part.label));
            x += wide;
        }
        y += row;
    }
    return svg(title, y, body);
}

std::string spans(const std::string& title, double middle, const std::vector<Span>& rows) {
    double low = middle, high = middle;
    for (const auto& each : rows) {
        low = std::min(low, each.low);
        high = std::max(high, each.high);
    }
    const double margin = std::max(0.02 * middle, 0.1 * (high - low));
    low -= margin;
    high += margin;
    const auto at = [&](double value) { return label_width + across((value - low) / (high - low)); };
    double y = 4;
    std::string body;
    for (const auto& each : rows) {
        const auto hint = fmt::format("{:.2f} to {:.2f}", each.low, each.high);
        body += text(label_width - 8, y + 15, "end", each.label);
        body += box(at(each.low), y, at(each.high) - at(each.low), row - 8, colours[0], each.label + ": " + hint);
        body += text(at(each.high) + 6, y + 14, "start", hint);
        y += row;
    }
    return svg(title, y + 16,
               body + upright(at(middle), 0, y) + text(at(middle), y + 12, "middle", fmt::format("{:.2f}", middle)));
}

}  // namespace dyad::codesign
