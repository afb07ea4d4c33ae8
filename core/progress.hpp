// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace dyad::core {

/// How far long work is, on standard error: a bar with rate and time left on a terminal, now and then a line elsewhere.
class Progress {
public:
    Progress(std::string what, std::uint64_t total, bool quiet);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    /// `known` was there before this run and does not count for the rate.
    void add(std::uint64_t done, bool known = false);
    /// What else is shown from now on.
    void note(std::string text) { note_ = std::move(text); }
    /// "3/8 pairs, 1.5/s, 3 s left", with the note behind what is counted.
    [[nodiscard]] std::string status() const;
    [[nodiscard]] double seconds() const;
    [[nodiscard]] std::uint64_t evaluated() const { return done_ - known_; }

private:
    using Clock = std::chrono::steady_clock;
    void show(bool last);

    std::string what_, note_;
    std::uint64_t total_, done_ = 0, known_ = 0;
    bool quiet_, terminal_;
    Clock::time_point start_, shown_;
};

}  // namespace dyad::core
