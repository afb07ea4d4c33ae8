// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>

#include "codesign/evaluation/evaluation.hpp"

namespace dyad::codesign {

/// A forked process that evaluates one candidate at a time: a line of JSON in (the genome), a line out (the
/// evaluation). Killed when it goes out of scope.
class Worker {
public:
    using Clock = std::chrono::steady_clock;
    /// Throws std::runtime_error when no process can be made.
    explicit Worker(Evaluator& evaluator);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void start(std::size_t job, const core::Genome& genome, Clock::time_point deadline);
    [[nodiscard]] bool busy() const { return job_.has_value(); }
    [[nodiscard]] std::size_t job() const { return job_.value(); }
    [[nodiscard]] Clock::time_point deadline() const { return deadline_; }
    [[nodiscard]] int descriptor() const { return socket_; }

    /// Takes in what has arrived. True once the job's evaluation is complete or the process is gone.
    [[nodiscard]] bool receive();
    /// The evaluation of the job, which is then over; nothing when the process is gone.
    [[nodiscard]] std::optional<Evaluation> take();
    /// Waits for the process, which must be gone or killed, and says how it ended.
    [[nodiscard]] std::string obituary();

private:
    void kill_and_wait();

    pid_t process_ = -1;
    int socket_ = -1;
    int status_ = 0;
    std::optional<std::size_t> job_;
    Clock::time_point deadline_;
    std::string inbox_;
};

}  // namespace dyad::codesign
