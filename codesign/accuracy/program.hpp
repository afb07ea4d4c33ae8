// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include <chrono>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace dyad::codesign {

/// One figure of an evaluator, with the half-width of its 90 % interval.
struct AccuracyMetric {
    double value = 0;
    double spread = 0;
    std::string unit;
};

/// What an evaluator said of one network: metrics by name, or why there are none.
struct AccuracyAnswer {
    std::map<std::string, AccuracyMetric> metrics;
    std::string error;
};

/// A program that speaks the accuracy evaluator protocol (dyad/accuracy/1) on its standard streams. It is started when
/// it is first asked, and again after it died, hung or answered garbage: that costs the one network it was asked about.
/// It ends with the process that started it.
class AccuracyProgram {
public:
    /// `command`: the program and its arguments.
    AccuracyProgram(std::vector<std::string> command, std::chrono::milliseconds timeout);
    ~AccuracyProgram();
    AccuracyProgram(const AccuracyProgram&) = delete;
    AccuracyProgram& operator=(const AccuracyProgram&) = delete;

    /// Asks and waits. `request` gets the key `id`. Throws core::Error when the program cannot be started at all.
    [[nodiscard]] AccuracyAnswer ask(nlohmann::ordered_json request);
    /// Starts it. Throws core::Error when it cannot be started or does not say that it speaks the protocol.
    void expect_start();

private:
    using Clock = std::chrono::steady_clock;
    void start();
    void stop();
    /// Starts it where it does not run; what is wrong with its greeting, or "".
    [[nodiscard]] std::string meet(Clock::time_point deadline);
    [[nodiscard]] std::string greeting(Clock::time_point deadline);
    /// Sends `text` and receives a line; nothing at the deadline, at the end of the stream or beyond the longest line.
    [[nodiscard]] std::optional<std::string> exchange(std::string text, Clock::time_point deadline);
    [[nodiscard]] bool wait(bool writing, Clock::time_point deadline);
    [[nodiscard]] bool receive();
    /// Why there was no line, the program being stopped.
    [[nodiscard]] std::string obituary(Clock::time_point deadline);

    std::vector<std::string> command_;
    std::chrono::milliseconds timeout_;
    pid_t process_ = -1;
    int socket_ = -1;
    int status_ = 0;
    std::string inbox_;
    std::uint64_t asked_ = 0;
};

/// A program and its arguments as they are written: the text for a shell where it is one.
[[nodiscard]] std::string command_text(const std::vector<std::string>& command);

/// `dyad-accuracy`, which stands beside this program. Throws core::Error where it was built without libtorch.
[[nodiscard]] std::string own_accuracy_program();

}  // namespace dyad::codesign
