// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dyad::core {

/// The input is at fault (exit code 1). Anything else that is thrown is our fault (exit code 3).
struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Where a value stands. Lines and columns count from 1; 0 means unknown.
struct Place {
    std::string file;
    int line = 0;
    int column = 0;
};

/// Collects every error of one input so that the user sees all of them in one go.
class Errors {
public:
    /// Records `file:line:column: path: what`; parts that are unknown or empty are left out.
    void add(const Place& place, const std::string& path, const std::string& what);
    void add(std::string message) { messages_.push_back(std::move(message)); }
    [[nodiscard]] bool empty() const { return messages_.empty(); }
    [[nodiscard]] const std::vector<std::string>& messages() const { return messages_; }
    /// Throws one Error with a message a line, sorted as they were found, duplicates dropped.
    void throw_if_any() const;

private:
    std::vector<std::string> messages_;
};

/// At most `length` bytes of UTF-8 text, cut between characters, with "..." where something was cut.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t length = 60);

/// `, did you mean 'x'?` for the nearest candidate by edit distance, or "" when none is near.
[[nodiscard]] std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace dyad::core
