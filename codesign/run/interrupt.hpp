// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <csignal>

namespace dyad::codesign {

/// While it lives, Ctrl-C (SIGINT) and SIGTERM do not end the process but make requested() true.
class Interrupt {
public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;
    [[nodiscard]] bool requested();

private:
    int descriptor_ = -1;
    sigset_t outer_{};
    bool requested_ = false;
};

}  // namespace dyad::codesign
