// SPDX-License-Identifier: Apache-2.0
#include "models/import/timeloop_reader.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace dyad::models::timeloop {

namespace {

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// Reads `R=3`, `P=4,2` and `R3` one after another from a text.
class FactorScanner {
public:
    explicit FactorScanner(const std::string& text) : text_(text) {}
    /// The next factor; nothing at the end. `good()` is false when something else stood there.
    std::optional<std::pair<std::string, std::uint64_t>> next() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == ',')) ++at_;
        if (at_ == text_.size()) return std::nullopt;
        auto name = this->name();
        const auto factor = number();
        if (good_ && at_ + 1 < text_.size() && text_[at_] == ',' && is_digit(text_[at_ + 1])) ++at_, (void)number();
        if (name.empty() || !good_) good_ = false, at_ = text_.size();
        return std::pair(std::move(name), factor);
    }
    [[nodiscard]] bool good() const { return good_; }

private:
    std::string name() {
        const auto start = at_;
        while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
        const auto end = at_;
        while (at_ < text_.size() && text_[at_] == ' ') ++at_;
        if (at_ < text_.size() && text_[at_] == '=') {
            ++at_;
            while (at_ < text_.size() && text_[at_] == ' ') ++at_;
            return text_.substr(start, end - start);
        }
        for (at_ = start; at_ < end && is_letter(text_[at_]);) ++at_;
        return text_.substr(start, at_ - start);
    }
    std::uint64_t number() {
        std::uint64_t value = 0;
        const auto [rest, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
        good_ = good_ && error == std::errc{} && value <= std::uint64_t{1} << 40;
        at_ = static_cast<std::size_t>(rest - text_.data());
        return value;
    }
    const std::string& text_;
    std::size_t at_ = 0;
    bool good_ = true;
};

}  // namespace

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

std::string spelt(const std::string& key) {
    auto text = lower(key);
    std::ranges::replace(text, '-', '_');
    return text;
}

std::vector<std::pair<std::string, Foreign>> Foreign::entries() const {
    std::vector<std::pair<std::string, Foreign>> all;
    for (const auto& entry : node_->entries)
        all.emplace_back(
            entry.key, Foreign(*document_, *errors_, entry.value, path_.empty() ? entry.key : path_ + "." + entry.key));
    return all;
}

std::optional<Foreign> Foreign::find(const std::string& key) const {
    for (const auto& [name, value] : entries())
        if (spelt(name) == key) return value;
    return std::nullopt;
}

std::optional<Foreign> Foreign::find_any(std::initializer_list<const char*> keys) const {
    for (const auto* key : keys)
        if (auto found = find(key)) return found;
    return std::nullopt;
}

std::vector<Foreign> Foreign::items() const {
    if (!is_list()) return {*this};
    std::vector<Foreign> all;
    for (std::size_t i = 0; i < node_->items.size(); ++i)
        all.push_back(Foreign(*document_, *errors_, node_->items[i], path_ + "[" + std::to_string(i) + "]"));
    return all;
}

std::uint64_t Foreign::count(std::uint64_t least) const {
    std::uint64_t value = 0;
    const auto* end = text().data() + text().size();
    const auto [rest, error] = std::from_chars(text().data(), end, value);
    if (is_scalar() && error == std::errc{} && rest == end && value >= least && value <= std::uint64_t{1} << 40)
        return value;
    fail("expected a whole number from " + std::to_string(least) + ", got '" + core::shortened(text()) + "'");
    return least;
}

double Foreign::number() const {
    double value = 0;
    const auto* end = text().data() + text().size();
    const auto [rest, error] = std::from_chars(text().data(), end, value);
    if (is_scalar() && error == std::errc{} && rest == end && value >= 0 && value < 1e12) return value;
    fail("expected a number, got '" + core::shortened(text()) + "'");
    return 0;
}

void Foreign::fail(const std::string& what) const {
    errors_->add({document_->file, node_->line, node_->column}, path_, what);
}

Factors read_factors(const Foreign& value) {
    Factors all;
    if (value.is_map()) {
        for (const auto& [name, factor] : value.entries()) all.emplace_back(name, factor.count(0));
        return all;
    }
    for (const auto& item : value.items()) {
        FactorScanner scanner(item.text());
        while (auto factor = scanner.next()) all.push_back(std::move(*factor));
        if (!scanner.good()) item.fail("expected factors such as R=3 S=3, got '" + core::shortened(item.text()) + "'");
    }
    return all;
}

std::vector<std::string> read_permutation(const Foreign& value) {
    std::vector<std::string> all;
    for (const auto& item : value.items()) {
        const auto& text = item.text();
        if (!value.is_list() && text.find_first_of(", ") == std::string::npos) {
            for (const auto letter : text) all.emplace_back(1, letter);
            continue;
        }
        for (std::size_t at = 0; at < text.size();) {
            const auto start = text.find_first_not_of(", ", at);
            if (start == std::string::npos) break;
            at = std::min(text.find_first_of(", ", start), text.size());
            all.push_back(text.substr(start, at - start));
        }
    }
    return all;
}

std::pair<std::string, std::uint64_t> read_name(const Foreign& value) {
    const auto& text = value.text();
    const auto bracket = text.find('[');
    if (bracket == std::string::npos) return {text, 1};
    std::uint64_t first = 0, last = 0;
    const auto* end = text.data() + text.size();
    const auto [dots, bad_first] = std::from_chars(text.data() + bracket + 1, end, first);
    if (bad_first == std::errc{} && end - dots > 2 && dots[0] == '.' && dots[1] == '.') {
        const auto [close, bad_last] = std::from_chars(dots + 2, end, last);
        if (bad_last == std::errc{} && close + 1 == end && *close == ']' && last >= first && last < 1U << 24)
            return {text.substr(0, bracket), last - first + 1};
    }
    value.fail("expected a name or name[0..3], got '" + core::shortened(text) + "'");
    return {text.substr(0, bracket), 1};
}

}  // namespace dyad::models::timeloop
