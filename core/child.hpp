// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

namespace dyad::core {

/// For a child process just forked: takes from it what it must not share with `parent`, which are a life after the
/// parent's, signals meant for the parent, standard output and all files but the standard ones and `kept`.
void leave_parent(int kept, pid_t parent);

}  // namespace dyad::core
