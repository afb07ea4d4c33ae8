// SPDX-License-Identifier: Apache-2.0
#include "sim/plugin/apart.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
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

    TEST_CASE("a process that closes its files and never answers is ended too") {
        const auto done = work_apart(
            []() -> std::string {
                for (int file = 3; file <= 255; ++file) ::close(file);
                while (true) ::pause();
            },
            seconds(1));
        CHECK(done.failure == "gave no answer in 1 s");
    }

    TEST_CASE("it has none of its parent's files and is not interrupted with it") {
        std::array<int, 2> pipe{};
        REQUIRE(::pipe(pipe.data()) == 0);
        const auto done = work_apart(
            [&] {
                (void)std::raise(SIGINT);
                const bool open = ::fcntl(pipe[0], F_GETFD) != -1 || ::fcntl(pipe[1], F_GETFD) != -1;
                return std::string(open ? "open" : "closed");
            },
            seconds(30));
        CHECK(done.failure.empty());
        CHECK(done.answer == "closed");
        for (const int file : pipe) ::close(file);
    }

    TEST_CASE("it ends with its parent") {
        std::array<int, 2> pipe{};
        REQUIRE(::pipe(pipe.data()) == 0);
        const auto parent = ::fork();
        if (parent == 0) {
            ::dup2(pipe[1], STDERR_FILENO);  // held by the process apart as well, which has no other file of ours
            ::close(pipe[1]);
            (void)work_apart(
                []() -> std::string {
                    (void)!::write(STDERR_FILENO, "x", 1);
                    while (true) ::pause();
                },
                seconds(30));
            ::_exit(0);
        }
        ::close(pipe[1]);
        char begun = 0;
        REQUIRE(::read(pipe[0], &begun, 1) == 1);
        ::kill(parent, SIGKILL);
        ::waitpid(parent, nullptr, 0);
        pollfd end{pipe[0], POLLIN, 0};
        REQUIRE(::poll(&end, 1, 20'000) == 1);
        CHECK(::read(pipe[0], &begun, 1) == 0);  // nobody is left to write
        ::close(pipe[0]);
    }
}
