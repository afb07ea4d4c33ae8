// SPDX-License-Identifier: Apache-2.0
#include "codesign/run/interrupt.hpp"

#include <fcntl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace dyad::codesign {

// The signals are blocked and read from a descriptor, so that no handler (and no global it would write to) is needed.
Interrupt::Interrupt() {
    sigset_t caught;
    sigemptyset(&caught);
    sigaddset(&caught, SIGINT);
    sigaddset(&caught, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &caught, &outer_);
    descriptor_ = ::signalfd(-1, &caught, SFD_NONBLOCK | SFD_CLOEXEC);
    if (descriptor_ < 0) throw std::runtime_error(std::string("cannot watch for signals: ") + std::strerror(errno));
}

Interrupt::~Interrupt() {
    ::close(descriptor_);
    ::sigprocmask(SIG_SETMASK, &outer_, nullptr);
}

bool Interrupt::requested() {
    signalfd_siginfo info{};
    while (::read(descriptor_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) requested_ = true;
    return requested_;
}

}  // namespace dyad::codesign
