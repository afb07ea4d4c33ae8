// SPDX-License-Identifier: Apache-2.0
#include "core/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace dyad::core {
namespace {

std::string duration(double seconds) {
    const auto whole = static_cast<std::uint64_t>(seconds + 0.5);
    if (whole < 120) return fmt::format("{} s", whole);
    if (whole < 7200) return fmt::format("{} min", whole / 60);
    return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
}

}  // namespace

Progress::Progress(std::string what, std::uint64_t total, bool quiet)
    : what_(std::move(what)),
      total_(total),
      quiet_(quiet),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      shown_(start_) {}

Progress::~Progress() {
    if (!quiet_ && done_ > 0) show(true);
}

void Progress::add(std::uint64_t done, bool known) {
    done_ += done;
    if (known) known_ += done;
    const auto pause = terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(10'000);
    if (!quiet_ && Clock::now() - shown_ >= pause) show(false);
}

double Progress::seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

std::string Progress::status() const {
    const double rate = static_cast<double>(evaluated()) / std::max(seconds(), 1e-9);
    auto text = fmt::format("{}/{} {}", done_, total_, what_);
    if (!note_.empty()) text += ", " + note_;
    if (evaluated() == 0) return text;
    text += fmt::format(", {:.1f}/s", rate);
    if (done_ < total_) return text + ", " + duration(static_cast<double>(total_ - done_) / rate) + " left";
    return text + ", " + duration(seconds());
}

void Progress::show(bool last) {
    shown_ = Clock::now();
    if (!terminal_) {
        fmt::print(stderr, "{}\n", status());
        return;
    }
    constexpr std::uint64_t width = 30;
    const std::uint64_t filled = total_ > 0 ? std::min(width, width * done_ / total_) : width;
    fmt::print(stderr, "\r[{}{}] {}\x1b[K{}", std::string(filled, '#'), std::string(width - filled, '.'), status(),
               last ? "\n" : "");
    std::fflush(stderr);
}

}  // namespace dyad::core
