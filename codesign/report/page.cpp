// SPDX-License-Identifier: Apache-2.0
#include "codesign/report/page.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace dyad::assets {
// Embedded at build time from codesign/report/page/ (cmake/EmbedText.cmake).
extern const char* const report_html;
extern const char* const report_css;
extern const char* const report_js;
}  // namespace dyad::assets

namespace dyad::codesign {
namespace {

std::string replace_all(std::string_view text, std::string_view what, std::string_view with) {
    std::string out;
    for (auto at = text.find(what); at != text.npos; at = text.find(what)) {
        out.append(text.substr(0, at)).append(with);
        text.remove_prefix(at + what.size());
    }
    return out.append(text);
}

/// JSON that cannot end the script element it stands in.
std::string in_script(const nlohmann::ordered_json& json) { return replace_all(json.dump(), "<", "\\u003c"); }

std::string in_markup(std::string_view text) {
    return replace_all(replace_all(replace_all(text, "&", "&amp;"), "<", "&lt;"), ">", "&gt;");
}

}  // namespace

std::string report_page(const nlohmann::ordered_json& data, const nlohmann::ordered_json& run) {
    const std::array<std::pair<std::string_view, std::string>, 5> slots{{
        {"@TITLE@", in_markup(data.at("title").get<std::string>())},
        {"@STYLE@", assets::report_css},
        {"@DATA@", in_script(data)},
        {"@RUN@", in_script(run)},
        {"@SCRIPT@", assets::report_js},
    }};
    // One pass from slot to slot: what is filled in is never searched for slots again.
    std::string_view rest = assets::report_html;
    std::string page;
    for (const auto& [slot, text] : slots) {
        const auto at = rest.find(slot);
        page.append(rest.substr(0, at)).append(text);
        rest.remove_prefix(at + slot.size());
    }
    return page.append(rest);
}

}  // namespace dyad::codesign
