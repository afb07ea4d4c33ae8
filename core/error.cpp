// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"

#include <algorithm>
#include <set>

namespace dyad::core {
namespace {

/// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment distance).
std::size_t edit_distance(const std::string& a, const std::string& b) {
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i)
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[a.size()][b.size()];
}

}  // namespace

void Errors::add(const Place& place, const std::string& path, const std::string& what) {
    std::string message = place.file;
    if (place.line > 0) message += (message.empty() ? "" : ":") + std::to_string(place.line);
    if (place.line > 0 && place.column > 0) message += ":" + std::to_string(place.column);
    if (!message.empty()) message += ": ";
    if (!path.empty()) message += path + ": ";
    messages_.push_back(message + what);
}

void Errors::throw_if_any() const {
    if (messages_.empty()) return;
    std::set<std::string> seen;
    std::string all;
    for (const std::string& message : messages_)
        if (seen.insert(message).second) all += (all.empty() ? "" : "\n") + message;
    throw Error(all);
}

std::string shortened(std::string_view text, std::size_t length) {
    if (text.size() <= length) return std::string(text);
    std::size_t end = length < 3 ? 0 : length - 3;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // inside a character
    return std::string(text.substr(0, end)) + "...";
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates) {
    constexpr std::size_t longest = 100;  // beyond that it is no misspelt name
    if (word.size() > longest) return "";
    std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
    const std::string* nearest = nullptr;
    for (const std::string& candidate : candidates) {
        if (candidate.size() > longest) continue;
        const std::size_t distance = edit_distance(word, candidate);
        if (distance >= least || distance >= candidate.size()) continue;
        least = distance;
        nearest = &candidate;
    }
    return nearest == nullptr ? "" : ", did you mean '" + *nearest + "'?";
}

}  // namespace dyad::core
