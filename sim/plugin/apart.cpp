// SPDX-License-Identifier: Apache-2.0
#include "sim/plugin/apart.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <stdexcept>

namespace dyad::sim {
namespace {

using Clock = std::chrono::steady_clock;
constexpr char complete = '\n';  ///< after the last byte of an answer

void flush() {
    std::cout.flush();
    std::fflush(nullptr);
}

/// What is to be done at the end of the parent is not for its child to do.
void end_at_once(int code, void*) {
    flush();
    ::_exit(code);
}

[[noreturn]] void answer(int pipe, const std::function<std::string()>& work) {
    ::on_exit(end_at_once, nullptr);  // the last one registered is the first one called
    for (const int crash : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTERM, SIGINT}) ::signal(crash, SIG_DFL);
    const auto text = work() + complete;
    for (std::size_t sent = 0; sent < text.size();) {
        const auto count = ::write(pipe, text.data() + sent, text.size() - sent);
        if (count < 0) ::_exit(1);
        sent += static_cast<std::size_t>(count);
    }
    flush();
    ::_exit(0);
}

/// Everything that comes until the child closes its end; false when time is up before.
bool read_all(int pipe, Clock::time_point end, std::string& text) {
    std::array<char, 4096> part;
    while (true) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
        if (left <= 0) return false;
        pollfd wait{pipe, POLLIN, 0};
        if (::poll(&wait, 1, static_cast<int>(left)) <= 0) continue;
        const auto count = ::read(pipe, part.data(), part.size());
        if (count <= 0) return true;
        text.append(part.data(), static_cast<std::size_t>(count));
    }
}

std::string ending(int status) {
    if (WIFSIGNALED(status)) return fmt::format("crashed: {}", ::strsignal(WTERMSIG(status)));
    return fmt::format("ended the program with exit code {}", WEXITSTATUS(status));
}

}  // namespace

Apart work_apart(const std::function<std::string()>& work, std::chrono::seconds limit) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::runtime_error(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    flush();
    const auto child = ::fork();
    if (child == 0) {
        ::close(ends[0]);
        answer(ends[1], work);
    }
    ::close(ends[1]);
    Apart result;
    const bool in_time = child > 0 && read_all(ends[0], Clock::now() + limit, result.answer);
    ::close(ends[0]);
    if (child < 0) throw std::runtime_error("cannot start a process for a unit's module");
    if (!in_time) ::kill(child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!in_time) return {{}, fmt::format("gave no answer in {} s", limit.count())};
    if (result.answer.empty() || result.answer.back() != complete) return {{}, ending(status)};
    result.answer.pop_back();
    return result;
}

}  // namespace dyad::sim
