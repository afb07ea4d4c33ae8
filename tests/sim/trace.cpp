// SPDX-License-Identifier: Apache-2.0
#include "sim/trace.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/error.hpp"
#include "core/files.hpp"
#include "sim/play.hpp"
#include "tests/scratch.hpp"
#include "tests/sim/fixtures.hpp"

using namespace dyad;
using namespace dyad::sim;
using sim::test::easy_chip;
using sim::test::run;
using sim::test::ScheduleMaker;

namespace {

/// A file that is gone when the test is over.
struct TemporaryFile {
    dyad::test::Scratch folder;
    std::filesystem::path path = folder / "trace.json";
};

nlohmann::json traced(const models::Schedule& schedule) {
    const TemporaryFile file;
    (void)play(schedule, Options{true, file.path, 0});
    return nlohmann::json::parse(core::read_file(file.path));
}

models::Schedule two_kernels() {
    auto chip = easy_chip();
    chip.dram.channels = 2;
    ScheduleMaker maker(chip);
    maker.step("conv \"1\"", 0, {{1, {run(3, 1024, 512, 2000, 256)}}}, {}, 100);
    maker.host_step("sort", {0}, 10);
    return maker.make();
}

}  // namespace

TEST_SUITE("sim/trace") {
    TEST_CASE("slices that overlap lie in rows of their own, those that touch in one") {
        Trace trace;
        const auto dma = trace.track("dma"), array = trace.track("array");
        trace.slice(dma, "a", 0, 20);
        trace.slice(dma, "b", 10, 30);
        trace.slice(dma, "c", 20, 40);  // a's row is free again
        trace.slice(array, "d", 0, 5);
        const TemporaryFile file;
        trace.write(file.path);
        std::map<std::string, int> row;
        std::map<int, std::string> name;
        const auto written = nlohmann::json::parse(core::read_file(file.path));
        for (const auto& event : written.at("traceEvents")) {
            if (event.at("ph") == "X") row[event.at("name")] = event.at("tid");
            if (event.at("name") == "thread_name") name[event.at("tid")] = event.at("args").at("name");
        }
        CHECK(row == std::map<std::string, int>{{"a", 1}, {"b", 2}, {"c", 1}, {"d", 3}});
        CHECK(name == std::map<int, std::string>{{1, "dma"}, {2, "dma overlap 1"}, {3, "array"}});
    }

    TEST_CASE("tensors that stay on chip are drawn from their making to their last use") {
        // a makes 600 B in 1 us and launch, b reads them: they are there until b ends.
        auto schedule = two_kernels();
        auto nodes = schedule.dataflow->nodes();
        nodes[0].writes = {0};
        nodes[1].reads = {{.tensor = 0}};
        const models::TensorInfo tensor{.name = "t", .words = core::Words(600)};
        schedule.dataflow = std::make_shared<models::Dataflow>("net", 1, nodes, std::vector{tensor});
        schedule.steps[0].outputs = models::Home::buffer;
        std::vector<double> drawn;
        std::vector<double> at;
        double last = 0;
        const auto written = traced(schedule);
        for (const auto& event : written.at("traceEvents")) {
            if (event.at("name") == "shared tensor bytes") {
                drawn.push_back(event.at("args").at("value"));
                at.push_back(event.at("ts"));
            }
            if (event.at("ph") == "X")
                last = std::max(last, event.at("ts").get<double>() + event.at("dur").get<double>());
        }
        CHECK(drawn == std::vector<double>{600, 0});
        REQUIRE(at.size() == 2);
        CHECK(at[0] == 0);
        CHECK(at[1] == doctest::Approx(last));
    }

    TEST_CASE("times are written in microseconds, to the picosecond") {
        Trace trace;
        trace.slice(trace.track("a"), "s", 1, 2'000'003);
        trace.counter("c", 5, 1.5);
        const TemporaryFile file;
        trace.write(file.path);
        const auto text = core::read_file(file.path);
        CHECK(text.find(R"("name": "s", "ts": 0.000001, "dur": 2.000002)") != std::string::npos);
        CHECK(text.find(R"("name": "c", "ts": 0.000005, "args": {"value": 1.5})") != std::string::npos);
    }

    TEST_CASE("a run shows tracks for engines, host, DMA and channels, and every tile by name") {
        const auto json = traced(two_kernels());
        std::map<int, std::string> tracks;
        std::multiset<std::string> slices;
        std::set<std::string> counters;
        for (const auto& event : json.at("traceEvents")) {
            if (event.at("ph") == "M" && event.at("name") == "thread_name")
                tracks[event.at("tid").get<int>()] = event.at("args").at("name");
            if (event.at("ph") == "X") slices.insert(event.at("name"));
            if (event.at("ph") == "C") counters.insert(event.at("name"));
        }
        std::set<std::string> names;
        for (const auto& [id, name] : tracks) names.insert(name);
        CHECK(names ==
              std::set<std::string>{"dma", "dma overlap 1", "dram channel 0", "dram channel 1", "host", "pe_array"});
        CHECK(slices.count("conv \"1\" launch") == 1);
        CHECK(slices.count("sort") == 1);
        for (const std::string tile : {"0", "1", "2"}) {
            CHECK(slices.count("conv \"1\" load " + tile) == 1);
            CHECK(slices.count("conv \"1\" tile " + tile) == 1);
            CHECK(slices.count("conv \"1\" store " + tile) == 1);
        }
        CHECK(counters == std::set<std::string>{"dram GB/s", "shared tile bytes"});
    }

    TEST_CASE("slices of one engine do not overlap, and a buffer is empty in the end") {
        const auto json = traced(two_kernels());
        std::map<int, double> busy_until;
        double held = -1;
        for (const auto& event : json.at("traceEvents")) {
            if (event.at("ph") == "C" && event.at("name") == "shared tile bytes") held = event.at("args").at("value");
            if (event.at("ph") != "X" || event.at("name").get<std::string>().find("tile") == std::string::npos)
                continue;
            const auto track = event.at("tid").get<int>();
            CHECK(event.at("ts").get<double>() >= busy_until[track]);
            busy_until[track] = event.at("ts").get<double>() + event.at("dur").get<double>();
        }
        CHECK(held == 0);
    }

    TEST_CASE("repeats that were jumped over are one slice") {
        ScheduleMaker maker;
        maker.step("k", 0, {{1, {run(1000, 0, 0, 50, 0)}}});
        std::size_t slices = 0, jumps = 0;
        const auto json = traced(maker.make());
        for (const auto& event : json.at("traceEvents")) {
            if (event.at("ph") != "X") continue;
            ++slices;
            jumps += event.at("name").get<std::string>().find("repeats like the last") != std::string::npos ? 1 : 0;
        }
        CHECK(jumps == 1);
        CHECK(slices < 10);
    }

    TEST_CASE("a timeline changes no time") {
        const TemporaryFile file;
        const auto schedule = two_kernels();
        CHECK(play(schedule, Options{true, file.path, 0}).back().end == play(schedule).back().end);
    }

    TEST_CASE("a timeline that cannot be written is the user's error") {
        CHECK_THROWS_AS((void)play(two_kernels(), Options{true, "/no/such/folder/trace.json", 0}), core::Error);
    }
}
