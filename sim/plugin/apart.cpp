// SPDX-License-Identifier: Apache-2.0
#include "sim/plugin/apart.hpp"

#include <fcntl.h>
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
#include <thread>
#include <utility>

#include "core/child.hpp"

namespace dyad::sim {
namespace {

using Clock = std::chrono::steady_clock;
constexpr char complete = '\0';  ///< after the last byte of an answer

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
    for (const int crash : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) ::signal(crash, SIG_DFL);
    const auto text = work() + complete;
    flush();  // an answer once given, the parent waits no longer
    for (std::size_t sent = 0; sent < text.size();) {
        const auto count = ::write(pipe, text.data() + sent, text.size() - sent);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) ::_exit(1);
        sent += static_cast<std::size_t>(count);
    }
    ::_exit(0);
}

/// What comes until it is complete, the child closes its end or time is up.
std::string read_answer(int pipe, Clock::time_point end) {
    std::string text;
    std::array<char, 4096> part;
    while (!text.ends_with(complete)) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
        if (left <= 0) break;
        pollfd wait{pipe, POLLIN, 0};
        if (::poll(&wait, 1, static_cast<int>(left)) <= 0) continue;
        const auto count = ::read(pipe, part.data(), part.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        text.append(part.data(), static_cast<std::size_t>(count));
    }
    return text;
}

/// Whether the child ends before time is up; its status is still to be waited for then. One that has closed its end
/// of the pipe mostly is about to end, but need not.
bool ends_by(pid_t child, Clock::time_point end) {
    while (true) {
        siginfo_t info{};
        if (::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == child)
            return true;
        if (Clock::now() >= end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

int kill_and_wait(pid_t child) {
    ::kill(child, SIGKILL);  // changes nothing where it has ended
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

std::string ending(int status) {
    if (WIFSIGNALED(status)) return fmt::format("crashed: {}", ::strsignal(WTERMSIG(status)));
    return fmt::format("ended the program with exit code {}", WEXITSTATUS(status));
}

}  // namespace

Apart work_apart(const std::function<std::string()>& work, std::chrono::seconds limit) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw std::runtime_error(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    flush();
    const auto parent = ::getpid();
    const auto child = ::fork();
    if (child == 0) {
        core::leave_parent(ends[1], parent);
        answer(ends[1], work);
    }
    ::close(ends[1]);
    if (child < 0) {
        ::close(ends[0]);
        throw std::runtime_error("cannot start a process for a unit's module");
    }
    const auto end = Clock::now() + limit;
    auto text = read_answer(ends[0], end);
    ::close(ends[0]);
    const bool answered = text.ends_with(complete), ended = answered || ends_by(child, end);
    const int status = kill_and_wait(child);
    if (!ended) return {{}, fmt::format("gave no answer in {} s", limit.count())};
    if (!answered) return {{}, ending(status)};
    text.pop_back();
    return {std::move(text), {}};
}

}  // namespace dyad::sim
