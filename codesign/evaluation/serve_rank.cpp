// SPDX-License-Identifier: Apache-2.0
#include <poll.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "codesign/evaluation/ranks.hpp"
#include "codesign/evaluation/worker.hpp"
#include "codesign/mpi/messages.hpp"
#include "core/error.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::chrono::microseconds idle_pause{200};
constexpr std::chrono::milliseconds busy_pause{20};  ///< an answer ends it early, rank 0's word does not

/// Evaluates in a process of its own, which it makes where it is first asked.
class ShieldedEvaluator final : public Evaluator {
public:
    ShieldedEvaluator(std::unique_ptr<Evaluator> evaluator, std::chrono::milliseconds time_limit)
        : evaluator_(std::move(evaluator)), time_limit_(time_limit) {}
    Evaluation evaluate(const core::Genome& genome) override {
        if (!pool_) pool_ = process_pool(*evaluator_, {1, time_limit_});
        Evaluation answer;
        const auto done = [&](std::size_t, const Evaluation& evaluation) { answer = evaluation; };
        pool_->evaluate({{genome}}, done, [] { return false; });
        return answer;
    }

private:
    std::unique_ptr<Evaluator> evaluator_;
    std::chrono::milliseconds time_limit_;
    std::unique_ptr<EvaluatorPool> pool_;
};

/// Passes on what rank 0 and the worker say to each other.
class Relay {
public:
    Relay(Messages& messages, std::unique_ptr<Worker> worker, const EvaluatorPool::Stop& stop)
        : messages_(messages), worker_(std::move(worker)), stop_(stop) {}

    void run() {
        while (!released_) {
            rest();
            if (const auto message = messages_.receive()) obey(*message);
        }
        messages_.send(0, Tag::bye, "");
    }

private:
    void obey(const Message& message) {
        released_ = message.tag == Tag::quit;
        if (message.tag == Tag::job && worker_)
            worker_->start(0, Json::parse(message.text).get<core::Genome>(), Worker::Clock::time_point::max());
    }

    void rest() {
        if (!worker_ || !worker_->busy()) return std::this_thread::sleep_for(idle_pause);
        pollfd polled{worker_->descriptor(), POLLIN, 0};
        if (::poll(&polled, 1, static_cast<int>(busy_pause.count())) > 0 && worker_->receive()) answer();
    }

    void answer() {
        if (const auto evaluation = worker_->take()) return messages_.send(0, Tag::answer, to_json(*evaluation).dump());
        const auto reason = worker_->obituary();
        worker_.reset();
        if (!stop_()) messages_.abort("a rank lost its processes: " + reason);
    }

    Messages& messages_;
    std::unique_ptr<Worker> worker_;
    const EvaluatorPool::Stop& stop_;
    bool released_ = false;
};

}  // namespace

void serve_rank(const std::function<std::unique_ptr<Evaluator>()>& prepare, std::chrono::milliseconds time_limit,
                const EvaluatorPool::Stop& stop) {
    std::string problem;
    std::unique_ptr<Worker> worker;
    try {
        ShieldedEvaluator shielded(prepare(), time_limit);
        worker = std::make_unique<Worker>(shielded);  // forked here: it keeps its own copy
    } catch (const core::Error& error) {
        problem = error.what();
    }
    const auto messages = start_mpi();
    messages->send(0, Tag::hello, problem);
    Relay(*messages, std::move(worker), stop).run();
}

}  // namespace dyad::codesign
