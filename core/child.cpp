// SPDX-License-Identifier: Apache-2.0
#include "core/child.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>

namespace dyad::core {

void leave_parent(int kept, pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(0);
    ::signal(SIGINT, SIG_IGN);
    ::signal(SIGTERM, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    const auto own = static_cast<unsigned>(kept);
    if (own > 3) ::close_range(3, own - 1, 0);
    ::close_range(own + 1, ~0U, 0);
}

}  // namespace dyad::core
