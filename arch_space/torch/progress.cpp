// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/progress.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>

#include "core/error.hpp"

namespace dyad::arch_space::torch {
namespace {

/// Whether the other end of standard output is gone.
bool is_alone() {
    pollfd output{STDOUT_FILENO, 0, 0};
    return ::poll(&output, 1, 0) == 1 && (output.revents & (POLLERR | POLLHUP)) != 0;
}

}  // namespace

Progress::Progress(std::string what, std::uint64_t steps, bool shown, std::uint64_t known)
    : what_(std::move(what)),
      steps_(steps),
      known_(known),
      shown_(shown),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      last_(start_) {}

Progress::~Progress() {
    if (shown_ && terminal_) fmt::print(stderr, "\n");
}

void Progress::show(std::uint64_t step, double loss) {
    const auto now = Clock::now();
    const auto since = [&](Clock::time_point then) { return std::chrono::duration<double>(now - then).count(); };
    if (step != steps_ && since(last_) < (terminal_ ? 0.5 : 10)) return;
    last_ = now;
    if (is_alone()) throw core::Error("nobody waits for the answer");
    if (!shown_) return;
    const double rate = static_cast<double>(step - known_) / since(start_);
    const auto line = fmt::format("{}: {}/{} steps, loss {:.4f}, {:.1f} steps/s, {:.0f} s left", what_, step, steps_,
                                  loss, rate, static_cast<double>(steps_ - step) / rate);
    fmt::print(stderr, "{}{}{}", terminal_ ? "\r" : "", line, terminal_ ? "\x1b[K" : "\n");
    std::fflush(stderr);
}

}  // namespace dyad::arch_space::torch
