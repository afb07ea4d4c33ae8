// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "codesign/evaluation/queues.hpp"
#include "codesign/evaluation/ranks.hpp"
#include "codesign/mpi/messages.hpp"
#include "core/error.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;
/// Between two looks at the messages: MPI itself would wait at full speed, on a core that an evaluation could have.
constexpr std::chrono::microseconds pause{200};

/// What rank 0 knows of another rank.
struct Peer {
    std::optional<std::size_t> job;
    bool abandoned = false;  ///< the job's answer is no longer wanted
};

class RankPool final : public EvaluatorPool {
public:
    explicit RankPool(int ranks) : messages_(start_mpi()), peers_(static_cast<std::size_t>(ranks - 1)) {}
    ~RankPool() override {
        for (std::size_t p = 0; p < peers_.size(); ++p) messages_->send(rank(p), Tag::quit, "");
        for (std::size_t left = peers_.size(); left > 0;) left -= wait().tag == Tag::bye;
    }
    RankPool(const RankPool&) = delete;
    RankPool& operator=(const RankPool&) = delete;

    /// Throws core::Error when one is not ready.
    void meet() {
        std::string problems;
        for (std::size_t i = 0; i < peers_.size(); ++i) {
            const auto hello = wait();
            if (problems.empty() && !hello.text.empty()) problems = fmt::format("rank {}: {}", hello.rank, hello.text);
        }
        if (!problems.empty()) throw core::Error(problems);
    }

    bool evaluate(const std::vector<Job>& jobs, const Done& done, const Stop& stop) override {
        Queues queues(jobs, peers_.size());
        for (std::size_t left = jobs.size(); left > 0;) {
            if (stop()) {
                for (auto& peer : peers_) peer.abandoned = peer.job.has_value();
                return false;
            }
            assign(jobs, queues);
            const auto message = messages_->receive();
            if (!message)
                std::this_thread::sleep_for(pause);
            else
                left -= settle(*message, done);
        }
        return true;
    }
    [[nodiscard]] unsigned workers() const override { return static_cast<unsigned>(peers_.size()); }

private:
    [[nodiscard]] static int rank(std::size_t peer) { return static_cast<int>(peer) + 1; }

    Message wait() {
        while (true) {
            if (auto message = messages_->receive()) return std::move(*message);
            std::this_thread::sleep_for(pause);
        }
    }

    void assign(const std::vector<Job>& jobs, Queues& queues) {
        for (std::size_t p = 0; p < peers_.size(); ++p) {
            if (peers_[p].job) continue;
            const auto job = queues.next(p);
            if (!job) continue;
            peers_[p].job = job;
            messages_->send(rank(p), Tag::job, Json(jobs[*job].genome).dump());
        }
    }

    /// Jobs done with: one, or none when nobody wants the answer any more.
    std::size_t settle(const Message& message, const Done& done) {
        auto& peer = peers_.at(static_cast<std::size_t>(message.rank - 1));
        const auto was = std::exchange(peer, Peer{});
        if (was.abandoned) return 0;
        done(was.job.value(), evaluation_from_json(Json::parse(message.text)));
        return 1;
    }

    std::unique_ptr<Messages> messages_;
    std::vector<Peer> peers_;
};

int number(const char* variable, int otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::atoi(text);
}

}  // namespace

Place place_under_mpirun() { return {number("OMPI_COMM_WORLD_RANK", 0), number("OMPI_COMM_WORLD_SIZE", 1)}; }

std::unique_ptr<EvaluatorPool> rank_pool(int ranks) {
    if (ranks < 2) throw std::logic_error("a pool of ranks needs a second rank");
    auto pool = std::make_unique<RankPool>(ranks);
    pool->meet();
    return pool;
}

}  // namespace dyad::codesign
