// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <functional>
#include <string>

namespace dyad::sim {

/// What became of work in a process of its own.
struct Apart {
    std::string answer;
    std::string failure;  ///< how the process ended instead of answering; empty when it answered
};

/// Does `work` in a child process, so that whatever it runs can harm nobody else: a crash, exit() or an endless loop is
/// a failure with its reason. The child ends with this process. `work` returns the answer, without a null character,
/// and must not throw.
[[nodiscard]] Apart work_apart(const std::function<std::string()>& work, std::chrono::seconds limit);

}  // namespace dyad::sim
