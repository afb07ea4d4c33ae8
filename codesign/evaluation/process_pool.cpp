// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <poll.h>

#include <stdexcept>

#include "codesign/evaluation/pool.hpp"
#include "codesign/evaluation/queues.hpp"
#include "codesign/evaluation/worker.hpp"

namespace dyad::codesign {
namespace {

using Clock = Worker::Clock;
constexpr std::chrono::milliseconds glance{200};  ///< between two looks at `stop`

class ProcessPool final : public EvaluatorPool {
public:
    ProcessPool(Evaluator& evaluator, const ProcessPoolOptions& options) : evaluator_(evaluator), options_(options) {
        if (options.workers == 0) throw std::logic_error("a pool of processes needs a worker");
        for (unsigned i = 0; i < options.workers; ++i) workers_.push_back(std::make_unique<Worker>(evaluator));
    }

    bool evaluate(const std::vector<Job>& jobs, const Done& done, const Stop& stop) override {
        Queues queues(jobs, workers_.size());
        std::vector<int> crashes(jobs.size(), 0);
        for (std::size_t left = jobs.size(); left > 0;) {
            if (stop()) {
                abandon();
                return false;
            }
            assign(jobs, queues);
            for (const std::size_t w : ready()) left -= settle(w, queues, crashes, done);
        }
        return true;
    }
    [[nodiscard]] unsigned workers() const override { return static_cast<unsigned>(workers_.size()); }

private:
    void replace(std::size_t w) {
        workers_[w].reset();
        workers_[w] = std::make_unique<Worker>(evaluator_);
    }

    void abandon() {
        for (std::size_t w = 0; w < workers_.size(); ++w)
            if (workers_[w]->busy()) replace(w);
    }

    void assign(const std::vector<Job>& jobs, Queues& queues) {
        for (std::size_t w = 0; w < workers_.size(); ++w) {
            if (workers_[w]->busy()) continue;
            const auto job = queues.next(w);
            if (!job) continue;
            workers_[w]->start(*job, jobs[*job].genome, Clock::now() + options_.time_limit);
        }
    }

    /// Workers whose job is over: answered, gone, or beyond the time limit.
    std::vector<std::size_t> ready() {
        std::vector<pollfd> polled;
        for (const auto& worker : workers_) polled.push_back({worker->busy() ? worker->descriptor() : -1, POLLIN, 0});
        ::poll(polled.data(), polled.size(), static_cast<int>(glance.count()));
        const auto now = Clock::now();
        std::vector<std::size_t> over;
        for (std::size_t w = 0; w < workers_.size(); ++w) {
            if (!workers_[w]->busy()) continue;
            const bool heard = polled[w].revents != 0 && workers_[w]->receive();
            if (heard || now >= workers_[w]->deadline()) over.push_back(w);
        }
        return over;
    }

    /// Jobs done with: one, or none when a crashed one is tried again.
    std::size_t settle(std::size_t w, Queues& queues, std::vector<int>& crashes, const Done& done) {
        auto& worker = *workers_[w];
        const std::size_t job = worker.job();
        if (const auto evaluation = worker.take()) {
            done(job, *evaluation);
            return 1;
        }
        // Whatever killed it the first time may have come from outside (a machine short of memory), so it gets another.
        constexpr int attempts = 2;
        const bool late = Clock::now() >= worker.deadline();
        const auto reason = late ? late_text() : worker.obituary();
        replace(w);
        if (!late && ++crashes[job] < attempts) {
            queues.again(w, job);
            return 0;
        }
        done(job, Evaluation::failure(reason));
        return 1;
    }

    [[nodiscard]] std::string late_text() const {
        return fmt::format("the evaluation took longer than {:g} s",
                           std::chrono::duration<double>(options_.time_limit).count());
    }

    Evaluator& evaluator_;
    ProcessPoolOptions options_;
    std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace

std::unique_ptr<EvaluatorPool> process_pool(Evaluator& evaluator, const ProcessPoolOptions& options) {
    return std::make_unique<ProcessPool>(evaluator, options);
}

}  // namespace dyad::codesign
