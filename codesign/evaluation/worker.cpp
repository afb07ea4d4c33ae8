// SPDX-License-Identifier: Apache-2.0
#include "codesign/evaluation/worker.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/child.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;

/// False when the other end is gone.
bool send_line(int socket, const Json& json) {
    const std::string line = json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    for (std::size_t sent = 0; sent < line.size();) {
        const auto count = ::send(socket, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        sent += static_cast<std::size_t>(count);
    }
    return true;
}

/// Appends what can be read now; false at the end of the stream.
bool receive_some(int socket, std::string& inbox) {
    std::array<char, 1 << 14> chunk;
    const auto count = ::recv(socket, chunk.data(), chunk.size(), 0);
    if (count < 0) return errno == EINTR || errno == EAGAIN;
    inbox.append(chunk.data(), static_cast<std::size_t>(count));
    return count > 0;
}

[[noreturn]] void serve(int socket, Evaluator& evaluator) {
    std::string inbox;
    while (true) {
        const auto end = inbox.find('\n');
        if (end == std::string::npos) {
            if (!receive_some(socket, inbox)) ::_exit(0);
            continue;
        }
        const auto genome = Json::parse(inbox.substr(0, end)).get<core::Genome>();
        inbox.erase(0, end + 1);
        if (!send_line(socket, to_json(evaluate_safely(evaluator, genome)))) ::_exit(0);
    }
}

}  // namespace

Worker::Worker(Evaluator& evaluator) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw std::runtime_error(fmt::format("cannot connect a worker process: {}", std::strerror(errno)));
    const pid_t parent = ::getpid();
    process_ = ::fork();
    if (process_ == 0) {
        core::leave_parent(ends[1], parent);
        serve(ends[1], evaluator);
    }
    const int reason = errno;
    ::close(ends[1]);
    socket_ = ends[0];
    if (process_ < 0) {
        ::close(socket_);
        throw std::runtime_error(fmt::format("cannot start a worker process: {}", std::strerror(reason)));
    }
}

Worker::~Worker() {
    kill_and_wait();
    ::close(socket_);
}

void Worker::kill_and_wait() {
    if (process_ < 0) return;
    ::kill(process_, SIGKILL);
    while (::waitpid(process_, &status_, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
}

void Worker::start(std::size_t job, const core::Genome& genome, Clock::time_point deadline) {
    job_ = job;
    deadline_ = deadline;
    inbox_.clear();
    (void)send_line(socket_, Json(genome));  // if it is gone, reading will tell
}

bool Worker::receive() { return !receive_some(socket_, inbox_) || inbox_.ends_with('\n'); }

std::optional<Evaluation> Worker::take() {
    if (!inbox_.ends_with('\n')) return std::nullopt;
    job_.reset();
    const auto json = Json::parse(inbox_, nullptr, false);
    return json.is_object() ? evaluation_from_json(json) : Evaluation::failure("the evaluation answered garbage");
}

std::string Worker::obituary() {
    // It closed its end, so it is ending; what it was killed by before our signal arrives is what counts.
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
    }
    kill_and_wait();
    if (WIFSIGNALED(status_))
        return fmt::format("the evaluation crashed with signal {} ({})", WTERMSIG(status_),
                           ::strsignal(WTERMSIG(status_)));
    return fmt::format("the evaluation ended its process with status {}", WEXITSTATUS(status_));
}

}  // namespace dyad::codesign
