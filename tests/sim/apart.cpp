// SPDX-License-Identifier: Apache-2.0
#include "sim/plugin/apart.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>

using dyad::sim::work_apart;
using std::chrono::seconds;

TEST_SUITE("sim/apart") {
    TEST_CASE("an answer comes back whole, however long") {
        const std::string text(300'000, 'x');
        const auto done = work_apart([&] { return text; }, seconds(30));
        CHECK(done.failure.empty());
        CHECK(done.answer == text);
        CHECK(work_apart([] { return std::string(); }, seconds(30)).failure.empty());
    }

    TEST_CASE("a process that ends or is killed without an answer is a failure, with its reason") {
        const auto ended = work_apart([]() -> std::string { ::_exit(3); }, seconds(30));
        CHECK(ended.failure == "ended the program with exit code 3");
        const auto killed = work_apart(
            []() -> std::string {
                (void)std::raise(SIGKILL);
                return "";
            },
            seconds(30));
        CHECK(killed.failure == "crashed: Killed");
    }

    TEST_CASE("a process that never answers is ended") {
        const auto done = work_apart(
            []() -> std::string {
                while (true) ::pause();
            },
            seconds(1));
        CHECK(done.failure == "gave no answer in 1 s");
        CHECK(done.answer.empty());
    }
}
