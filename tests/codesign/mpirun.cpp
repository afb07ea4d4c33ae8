// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "codesign/evaluation/evaluation.hpp"
#include "codesign/run/database.hpp"
#include "tests/codesign/program.hpp"

using namespace dyad::codesign;
using namespace dyad::codesign::testing;

namespace {

const char* const tiny =
    "experiment: tiny\nnetwork: squeezenet1_1\naccelerator: spaces/array_sweep.yaml\n"
    "objectives: [latency, energy, area]\nsearch: {population: 6, generations: 3, seed: 2}\nfidelity: analytic\n";

bool have_mpi() {
    const bool have = DYAD_MPI_BUILT && std::system("command -v mpirun >/dev/null") == 0;
    if (!have) MESSAGE("skipped: needs mpirun, and a dyad built with Open MPI");
    return have;
}

/// Runs `mpirun -n RANKS dyad ARGUMENTS` in the shell.
Ran mpirun(int ranks, const std::string& arguments) {
    const Scratch scratch;
    const auto out = scratch / "out", err = scratch / "err";
    // Open MPI itself leaves memory behind, which a leak checker would report.
    const std::string command =
        "ASAN_OPTIONS=detect_leaks=0 timeout 90 mpirun --allow-run-as-root --oversubscribe -n " +
        std::to_string(ranks) + " '" DYAD_PROGRAM "' " + arguments + " >" + out.string() + " 2>" + err.string();
    const int status = std::system(command.c_str());
    return {WEXITSTATUS(status), dyad::core::read_file(out), dyad::core::read_file(err)};
}

/// What must be the same in equal runs: three files and the table of pairs.
std::map<std::string, std::string> result(const std::filesystem::path& directory) {
    std::map<std::string, std::string> all;
    for (const auto* name : {"results.csv", "front.csv", "front.json"})
        all[name] = dyad::core::read_file(directory / name);
    const Database database(directory / "run.sqlite");
    database.for_each_pair([&](const Pair& pair) {
        all["pairs"] += std::to_string(pair.id) + nlohmann::ordered_json(pair.genome).dump() +
                        to_json(pair.evaluation).dump() + "\n";
    });
    return all;
}

/// The process of rank 1 among those whose command line holds `mark`: the first of them (it forks the others).
std::optional<pid_t> second_rank(const std::string& mark) {
    std::optional<pid_t> first;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const auto name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        const auto text = [&](const char* file) {
            std::ifstream in(entry.path() / file, std::ios::binary);
            return std::string(std::istreambuf_iterator<char>(in), {});
        };
        const auto process = static_cast<pid_t>(std::stol(name));
        if (text("cmdline").find(mark) == std::string::npos) continue;
        if (text("environ").find("OMPI_COMM_WORLD_RANK=1") == std::string::npos) continue;
        if (!first || process < *first) first = process;
    }
    return first;
}

/// Kills rank 1 of the run in `directory` once pairs are on disk there.
void kill_second_rank(const std::filesystem::path& directory) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        if (!std::filesystem::exists(directory / "run.sqlite")) continue;
        std::uint64_t pairs = 0;
        try {
            Database(directory / "run.sqlite").for_each_pair([&](const Pair&) { ++pairs; });
        } catch (const dyad::core::Error&) {
            continue;  // its tables are not there yet
        }
        const auto process = second_rank(directory.string());
        if (pairs == 0 || !process) continue;
        ::kill(*process, SIGKILL);
        return;
    }
}

}  // namespace

TEST_SUITE("codesign/mpirun") {
    TEST_CASE("three ranks give the bytes of one worker, and only the first one speaks") {
        if (!have_mpi()) return;
        const Scratch scratch;
        const auto file = write(scratch, "e.yaml", tiny);
        const auto one = (scratch / "one").string(), three = (scratch / "three").string();
        for (const std::string command : {"search ", "sweep --shard 1/8 "}) {
            const auto alone = run_dyad(command + file + " --quiet --workers 1 --format csv -o " + one + command[1]);
            const auto ran = mpirun(3, command + file + " --quiet --format csv -o " + three + command[1]);
            REQUIRE(alone.code == 0);
            REQUIRE(ran.code == 0);
            CHECK(ran.err == "");
            CHECK(ran.out == alone.out);
            const auto expected = result(one + command[1]);
            CHECK(expected.at("pairs").size() > 500);
            CHECK(result(three + command[1]) == expected);
        }
    }

    TEST_CASE("a single rank is the program as ever") {
        if (!have_mpi()) return;
        const Scratch scratch;
        const auto file = write(scratch, "e.yaml", tiny);
        REQUIRE(run_dyad("search " + file + " --quiet -o " + (scratch / "one").string()).code == 0);
        REQUIRE(mpirun(1, "search " + file + " --quiet -o " + (scratch / "mpi").string()).code == 0);
        CHECK(result(scratch / "mpi") == result(scratch / "one"));
    }

    TEST_CASE("a rank that dies ends the job, and --resume finishes it") {
        if (!have_mpi()) return;
        const Scratch scratch;
        std::string longer = tiny;
        longer.replace(longer.find("generations: 3"), 14, "generations: 25");
        longer.replace(longer.find("spaces/array_sweep.yaml"), 23, "spaces/edge_npu.yaml");
        const auto file = write(scratch, "e.yaml", longer);
        const auto whole = scratch / "whole", broken = scratch / "broken";
        std::thread killer([&] { kill_second_rank(broken); });
        const auto ran = mpirun(3, "search " + file + " --quiet -o " + broken.string());
        killer.join();
        CHECK(ran.code != 0);
        REQUIRE(run_dyad("search " + file + " --quiet --resume -o " + broken.string()).code == 0);
        REQUIRE(run_dyad("search " + file + " --quiet -o " + whole.string()).code == 0);
        CHECK(result(broken) == result(whole));
    }

    TEST_CASE("a fault of the user ends all ranks and is told once") {
        if (!have_mpi()) return;
        const Scratch scratch;
        const auto file = write(scratch, "e.yaml", tiny), run = (scratch / "run").string();
        for (const auto& arguments : {"search " + run + "/missing.yaml -o " + run, "search " + file + " -o " + file}) {
            const auto alone = run_dyad(arguments), ran = mpirun(3, arguments);
            CHECK(alone.code == 1);
            CHECK(ran.code == 1);
            const auto told = ran.err.find(alone.err);
            REQUIRE(told != std::string::npos);
            CHECK(ran.err.find(alone.err, told + 1) == std::string::npos);
        }
    }
}
