// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/codesign/program.hpp"

using namespace dyad::codesign::testing;

TEST_SUITE("codesign/merge") {
    TEST_CASE("merged shards are the whole sweep, byte for byte, in tables and database") {
        const Scratch scratch;
        const auto file = write(scratch, "e.yaml",
                                "experiment: e\nnetwork: squeezenet1_1\naccelerator: spaces/array_sweep.yaml\n"
                                "objectives: [latency, energy, area]\nfidelity: analytic\n");
        const auto at = [&](const std::string& name) { return (scratch / name).string(); };
        const std::string sweep = "sweep " + file + " --quiet --workers 0 -o ";
        REQUIRE(run_dyad(sweep + at("whole")).code == 0);
        REQUIRE(run_dyad(sweep + at("one") + " --shard 1/2").code == 0);
        REQUIRE(run_dyad(sweep + at("two") + " --shard 2/2").code == 0);
        const auto merged = run_dyad("merge " + at("two") + " " + at("one") + " --quiet -o " + at("merged"));
        CHECK(merged.err == "");
        REQUIRE(merged.code == 0);
        for (const auto* name : {"results.csv", "front.csv", "front.json"})
            CHECK(dyad::core::read_file(scratch / "merged" / name) == dyad::core::read_file(scratch / "whole" / name));
        const auto rows = [&](const std::string& run) {
            const std::string out = at(run + ".txt");
            const auto command = "sqlite3 " + at(run) + "/run.sqlite 'SELECT * FROM pairs ORDER BY id' > " + out;
            REQUIRE(std::system(command.c_str()) == 0);
            return dyad::core::read_file(out);
        };
        CHECK(rows("merged") == rows("whole"));
        CHECK(std::filesystem::exists(scratch / "merged" / "report.html"));
        // A shard from before there were evaluators has no table of what they answered.
        REQUIRE(std::system(("sqlite3 " + at("one") + "/run.sqlite 'DROP TABLE answers'").c_str()) == 0);
        REQUIRE(run_dyad("merge " + at("one") + " " + at("two") + " --quiet -o " + at("again")).err == "");
        CHECK(rows("again") == rows("whole"));
    }
}
