// SPDX-License-Identifier: Apache-2.0
#include "codesign/devices/residuals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/device/calibrate.hpp"

namespace dyad::codesign {
namespace {

constexpr double width = 640, panel = 150, left = 70, right = 20, top = 34, bottom = 30;
constexpr double most = 0.6931471805599453;  // of |log(predicted / measured)|: a factor of two

struct Point {
    double time, error;
};

class Panel {
public:
    Panel(const std::vector<Point>& points, double at) : at_(at) {
        for (const auto& p : points) {
            low_ = std::min(low_, std::log10(p.time));
            high_ = std::max(high_, std::log10(p.time));
        }
        low_ = std::floor(low_), high_ = std::max(std::ceil(high_), low_ + 1);
    }
    [[nodiscard]] std::string draw(const std::string& title, const std::vector<Point>& points) const {
        std::string text = fmt::format("<text x='{}' y='{:.0f}' font-weight='bold'>{} ({} rows)</text>\n", left,
                                       at_ + top - 10, title, points.size());
        text += fmt::format("<rect x='{}' y='{:.1f}' width='{}' height='{:.1f}' fill='#e4e4e4'/>\n", left,
                            y(std::log(1.1)), width - left - right, y(std::log(0.9)) - y(std::log(1.1)));
        for (const double ratio : {0.5, 1., 2.})
            text += fmt::format(
                "<line x1='{0}' x2='{1}' y1='{2:.1f}' y2='{2:.1f}' stroke='#999'/><text x='{3}' "
                "y='{4:.1f}' text-anchor='end'>{5}</text>\n",
                left, width - right, y(std::log(ratio)), left - 6, y(std::log(ratio)) + 4, ratio);
        for (int decade = static_cast<int>(low_); decade <= static_cast<int>(high_); ++decade)
            text += fmt::format("<text x='{:.1f}' y='{:.0f}' text-anchor='middle'>{:g} ms</text>\n", x(decade),
                                at_ + panel - 10, std::pow(10, decade + 3));
        for (const auto& p : points)
            text += fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='1.6' fill='#2563a8' fill-opacity='0.45'/>\n",
                                x(std::log10(p.time)), y(p.error));
        return text;
    }

private:
    [[nodiscard]] double x(double decade) const {
        return left + (decade - low_) / (high_ - low_) * (width - left - right);
    }
    [[nodiscard]] double y(double error) const {
        const double middle = at_ + (top + panel - bottom) / 2, half = (panel - top - bottom) / 2;
        return middle - std::clamp(error / most, -1., 1.) * half;
    }
    double at_, low_ = 300, high_ = -300;
};

}  // namespace

std::string residual_plot(const models::Device& device, const std::vector<models::Sample>& samples) {
    std::map<std::string, std::vector<Point>> groups;
    for (const auto& s : samples)
        if (models::held_out(s.config, device.calibration->holdout))
            groups[s.group].push_back({s.seconds, std::log(device.predict(s.works).seconds / s.seconds)});
    std::string text = fmt::format(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {0} {1}' width='{0}' height='{1}' "
        "font-family='sans-serif' "
        "font-size='11'>\n<rect width='100%' height='100%' fill='white'/>\n",
        width, panel * static_cast<double>(groups.size()) + 10);
    double at = 0;
    for (const auto& [group, points] : groups) {
        text += Panel(points, at).draw(fmt::format("{}: {}, predicted / measured", device.name, group), points);
        at += panel;
    }
    return text + "</svg>\n";
}

}  // namespace dyad::codesign
