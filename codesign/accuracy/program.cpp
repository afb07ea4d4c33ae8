// SPDX-License-Identifier: Apache-2.0
#include "codesign/accuracy/program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/error.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t longest_line = std::size_t{16} << 20;
constexpr int not_executable = 126, not_found = 127;  ///< how a shell ends that cannot start what it should (POSIX)
constexpr std::string_view protocol = "dyad/accuracy/1";

AccuracyAnswer failure(std::string why) { return {{}, std::move(why)}; }

/// `line` with its requests' numbers blotted out: which number a network has depends on how many workers there are.
std::string without_ids(std::string line) {
    constexpr std::string_view key = "\"id\"";
    for (auto at = line.find(key); at != std::string::npos; at = line.find(key, at + 1)) {
        const auto first = line.find_first_not_of(" \t:", at + key.size());
        if (first == std::string::npos) break;
        const auto last = std::min(line.find_first_not_of("0123456789", first), line.size());
        if (last > first) line.replace(first, last - first, "...");
    }
    return line;
}

AccuracyAnswer garbage(const std::string& line) {
    const auto json = Json::parse(line, nullptr, false);
    if (json.is_object() && json.contains("id") && json.contains("metrics") && json["metrics"].is_object())
        return failure("the evaluator answered another request than the one it was asked");
    return failure(fmt::format("the evaluator answered garbage: '{}'", core::shortened(without_ids(line))));
}

std::optional<AccuracyMetric> metric(const Json& json) {
    if (!json.is_object() || !json.contains("value") || !json["value"].is_number()) return std::nullopt;
    const auto spread = json.value("spread", Json(0)), unit = json.value("unit", Json(""));
    if (!spread.is_number() || !unit.is_string()) return std::nullopt;
    AccuracyMetric result{json["value"].get<double>(), spread.get<double>(), unit.get<std::string>()};
    if (!std::isfinite(result.value) || !std::isfinite(result.spread)) return std::nullopt;
    return result;
}

/// What a line says about request `id`; nothing when it is no answer to it.
std::optional<AccuracyAnswer> read_answer(const std::string& line, std::uint64_t id) {
    const auto json = Json::parse(line, nullptr, false);
    if (!json.is_object() || json.value("id", Json()) != id) return std::nullopt;
    if (json.contains("error"))
        return failure(json["error"].is_string() ? json["error"].get<std::string>() : json["error"].dump());
    if (!json.contains("metrics") || !json["metrics"].is_object()) return std::nullopt;
    AccuracyAnswer answer;
    for (const auto& [name, value] : json["metrics"].items()) {
        const auto read = metric(value);
        if (!read) return failure(fmt::format("the evaluator's '{}' is no finite number", core::shortened(name)));
        answer.metrics.emplace(name, *read);
    }
    return answer;
}

/// Of a child just forked: becomes the program, in a group of its own (what it starts goes with it), which ends with
/// `parent`. Where that fails, `trouble` is told the reason.
[[noreturn]] void become(const std::vector<char*>& words, int socket, int trouble, pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(0);
    ::setpgid(0, 0);
    ::dup2(socket, STDIN_FILENO);
    ::dup2(socket, STDOUT_FILENO);
    ::execvp(words[0], words.data());
    const int reason = errno;
    (void)!::write(trouble, &reason, sizeof reason);
    ::_exit(127);
}

}  // namespace

AccuracyProgram::AccuracyProgram(std::vector<std::string> command, std::chrono::milliseconds timeout)
    : command_(std::move(command)), timeout_(timeout) {}

AccuracyProgram::~AccuracyProgram() { stop(); }

void AccuracyProgram::start() {
    std::array<int, 2> ends{}, trouble{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw std::runtime_error(fmt::format("cannot connect an evaluator: {}", std::strerror(errno)));
    if (::pipe2(trouble.data(), O_CLOEXEC) != 0) {
        for (const int end : ends) ::close(end);
        throw std::runtime_error(fmt::format("cannot connect an evaluator: {}", std::strerror(errno)));
    }
    std::vector<char*> words;
    for (auto& word : command_) words.push_back(word.data());
    words.push_back(nullptr);
    const auto parent = ::getpid();
    process_ = ::fork();
    if (process_ == 0) become(words, ends[1], trouble[1], parent);
    int reason = process_ < 0 ? errno : 0;
    ::close(ends[1]);
    ::close(trouble[1]);
    while (process_ > 0 && ::read(trouble[0], &reason, sizeof reason) < 0 && errno == EINTR) {
    }
    ::close(trouble[0]);
    socket_ = ends[0];
    ::fcntl(socket_, F_SETFL, O_NONBLOCK);
    inbox_.clear();
    asked_ = 0;
    if (reason == 0) return;
    stop();
    throw core::Error(fmt::format("cannot start the evaluator '{}': {}", command_[0], std::strerror(reason)));
}

void AccuracyProgram::stop() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    if (process_ < 0) return;
    ::kill(-process_, SIGKILL);
    while (::waitpid(process_, &status_, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
}

bool AccuracyProgram::wait(bool writing, Clock::time_point deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd poll{socket_, static_cast<short>(POLLIN | (writing ? POLLOUT : 0)), 0};
    if (left <= 0) return false;
    const int ready = ::poll(&poll, 1, static_cast<int>(std::min<std::int64_t>(left, 1'000'000)));
    return ready != 0 || Clock::now() < deadline;
}

bool AccuracyProgram::receive() {
    std::array<char, 1 << 14> chunk;
    const auto count = ::recv(socket_, chunk.data(), chunk.size(), 0);
    if (count < 0) return errno == EINTR || errno == EAGAIN;
    inbox_.append(chunk.data(), static_cast<std::size_t>(count));
    return count > 0 && inbox_.size() <= longest_line;
}

std::optional<std::string> AccuracyProgram::exchange(std::string text, Clock::time_point deadline) {
    while (true) {
        if (!text.empty()) {
            const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent > 0) text.erase(0, static_cast<std::size_t>(sent));
        }
        const auto end = inbox_.find('\n');
        if (end != std::string::npos) {
            auto line = inbox_.substr(0, end);
            inbox_.erase(0, end + 1);
            return line;
        }
        if (!wait(!text.empty(), deadline) || !receive()) return std::nullopt;
    }
}

std::string AccuracyProgram::obituary(Clock::time_point deadline) {
    const bool late = Clock::now() >= deadline, flood = inbox_.size() > longest_line;
    if (!late && !flood) {  // it closed its streams, so it is ending; give it a moment to say how
        for (int i = 0; i < 100 && ::waitpid(process_, &status_, WNOHANG) == 0; ++i) ::usleep(10'000);
    }
    siginfo_t info{};
    const bool gone = ::waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT) != 0;
    if (gone) ::kill(-std::exchange(process_, -1), SIGKILL);
    const int status = status_;
    stop();
    if (late)
        return fmt::format("the evaluator gave no answer within {:g} s", static_cast<double>(timeout_.count()) / 1e3);
    if (flood) return "the evaluator answered garbage: a line without end";
    if (gone && WIFSIGNALED(status))
        return fmt::format("the evaluator crashed with signal {} ({})", WTERMSIG(status),
                           ::strsignal(WTERMSIG(status)));
    if (gone) return fmt::format("the evaluator ended with status {}", WEXITSTATUS(status));
    return "the evaluator closed its output";
}

std::string AccuracyProgram::greeting(Clock::time_point deadline) {
    const auto line = exchange("", deadline);
    if (!line) {
        const auto why = obituary(deadline);
        const int code = WIFEXITED(status_) ? WEXITSTATUS(status_) : 0;
        if (code == not_executable || code == not_found)
            throw core::Error(
                fmt::format("the evaluator '{}' cannot be started", core::shortened(command_text(command_))));
        return why;
    }
    const auto json = Json::parse(*line, nullptr, false);
    if (json.is_object() && json.value("protocol", Json()) == protocol) return "";
    stop();
    return fmt::format("the evaluator does not speak {}: it began with '{}'", protocol, core::shortened(*line));
}

std::string AccuracyProgram::meet(Clock::time_point deadline) {
    if (process_ >= 0) return "";
    start();
    return greeting(deadline);
}

void AccuracyProgram::expect_start() {
    if (const auto problem = meet(Clock::now() + timeout_); !problem.empty()) throw core::Error(problem);
}

AccuracyAnswer AccuracyProgram::ask(Json request) {
    const auto deadline = Clock::now() + timeout_;
    if (const auto problem = meet(deadline); !problem.empty()) return failure(problem);
    const auto id = ++asked_;
    request["id"] = id;
    const auto line = exchange(request.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n", deadline);
    if (!line) return failure(obituary(deadline));
    if (auto answer = read_answer(*line, id)) return *answer;
    stop();
    return garbage(*line);
}

std::string command_text(const std::vector<std::string>& command) {
    constexpr std::string_view shell = "exec ";
    const auto& last = command.back();
    return command.size() == 3 && command[1] == "-c" && last.starts_with(shell)
               ? last.substr(shell.size())
               : fmt::format("{}", fmt::join(command, " "));
}

std::string own_accuracy_program() {
    const auto file = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "dyad-accuracy";
    if (std::filesystem::exists(file)) return file.string();
    throw core::Error("there is no dyad-accuracy beside this program: it was built without libtorch (DYAD_WITH_TORCH)");
}

}  // namespace dyad::codesign
