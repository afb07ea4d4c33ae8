// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "arch_space/network.hpp"
#include "codesign/unit/amdahl.hpp"
#include "codesign/unit/charts.hpp"
#include "codesign/unit/study.hpp"
#include "core/document.hpp"
#include "core/error.hpp"
#include "models/energy.hpp"
#include "tests/codesign/program.hpp"

using namespace dyad::codesign;
using dyad::codesign::testing::run_dyad;
using dyad::codesign::testing::Scratch;
using dyad::codesign::testing::write;
using Json = nlohmann::json;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

const std::string net =
    "network: tiny\ninput: {image: [3, 32, 32]}\nprecision: int8\nlayers:\n"
    "  - conv: {name: c1, out: 32, kernel: 3, stride: 2, activation: relu}\n"
    "  - depthwise_conv: {name: d1, kernel: 3, activation: relu}\n"
    "  - conv: {name: p1, out: 32, kernel: 1}\n"
    "  - depthwise_conv: {name: d2, kernel: 3, activation: relu}\n"
    "  - conv: {name: p2, out: 32, kernel: 1}\n";

const std::string chip =
    "accelerator: tiny_chip\ntechnology: 16nm\nclock: 500 MHz\nmemory:\n"
    "  - dram: {standard: lpddr4-3200, channels: 1}\n"
    "  - buffer: {name: shared, size: 128 KiB, banks: 8, width: 16 B}\n"
    "engines:\n"
    "  - pe_array: {rows: 16, cols: 16, dataflow: weight_stationary, precision: int8, accumulate: int32,"
    " registers: {weights: 1, psums: 1}}\n"
    "  - vector_unit: {lanes: 8, precision: int8, operations: [add, mul, max, compare]}\n";

std::shared_ptr<const dyad::models::Dataflow> network() {
    return std::make_shared<const dyad::models::Dataflow>(dyad::arch_space::lower(
        dyad::arch_space::read_network(*dyad::core::parse_document(net, "net.yaml")), {.batch = 1, .fusion = true}));
}

dyad::hw_space::Accelerator tiny_chip() {
    return dyad::hw_space::read_accelerator(*dyad::core::parse_document(chip, "chip.yaml"));
}

dyad::hw_space::CustomUnit depthwise(double rate) {
    dyad::hw_space::CustomUnit unit;
    unit.name = "dw";
    unit.operators = {"depthwise_conv"};
    unit.operations_per_cycle = rate;
    unit.energy_per_operation = dyad::core::Joules(1e-13);
    unit.area = dyad::core::SquareMillimetres(0.001);
    return unit;
}

UnitOnChip on_chip(const dyad::hw_space::Engine& unit) {
    return {"dw", "here", "", unit, tiny_chip(), with_engine(tiny_chip(), unit)};
}

double latency_with(double rate) {
    const auto study = study_unit(on_chip(depthwise(rate)), {network()}, {});
    return study.networks.at(0).with.latency;
}

}  // namespace

TEST_SUITE("codesign/unit") {
    TEST_CASE("Amdahl's law by hand") {
        CHECK(amdahl_speedup(0.5, 2) == doctest::Approx(4.0 / 3));  // 1 / (1/2 + 1/4)
        CHECK(amdahl_speedup(0.75, infinity) == 4);
        CHECK(amdahl_speedup(0, 100) == 1);
        CHECK(amdahl_speedup(1, 100) == doctest::Approx(100));
    }

    TEST_CASE("the break-even share is where the speed-up is the one needed") {
        // 10 % more area, a unit twice as fast: 1 - s/2 = 1/1.1, s = 2 (1 - 1/1.1) = 2/11.
        CHECK(*break_even_share(1.1, 2) == doctest::Approx(2.0 / 11));
        CHECK(amdahl_speedup(*break_even_share(1.3, 5), 5) == doctest::Approx(1.3));
        CHECK(*break_even_share(1.25, infinity) == doctest::Approx(0.2));
        CHECK(*break_even_share(1, 2) == 0);  // costs nothing
        CHECK(*break_even_share(2, 2) == doctest::Approx(1));
        CHECK_FALSE(break_even_share(2.01, 2));   // more than all of it
        CHECK_FALSE(break_even_share(1.1, 1));    // no faster
        CHECK_FALSE(break_even_share(1.1, 0.5));  // slower
    }

    TEST_CASE("gains are geometric means of what is without over what is with") {
        const auto gain = gains_of({{4, 2, 1}, {9, 8, 1}}, {{1, 1, 1}, {1, 1, 1}});
        CHECK(gain.latency == doctest::Approx(6));  // sqrt(4 x 9)
        CHECK(gain.energy == doctest::Approx(4));   // sqrt(2 x 8)
        CHECK(gain.edp == doctest::Approx(24));
    }

    TEST_CASE("sizes go in eighths of the array and sixteenths of the buffer, and change nothing else") {
        const Sizes sizes(tiny_chip());
        const auto file = sizes.file();
        CHECK(sizes.at(file) == Size{16, 16, dyad::core::Bytes(128 << 10)});
        CHECK(sizes.at({file.rows - 1, file.cols + 1, file.buffer - 1}) == Size{14, 18, dyad::core::Bytes(120 << 10)});
        CHECK_FALSE(sizes.contains({-1, 0, 0}));
        CHECK_FALSE(sizes.contains({file.rows + 9, 0, 0}));
        const auto smaller = resized(tiny_chip(), {8, 12, dyad::core::Bytes(64 << 10)});
        const auto& array = std::get<dyad::hw_space::PeArray>(smaller.engines.at(0));
        CHECK(array.rows == 8);
        CHECK(array.output_lanes == 12);
        CHECK(smaller.engines.size() == 2);
        const auto area = dyad::models::area(tiny_chip());
        CHECK(*sizes.largest_buffer(file, area) == file.buffer);
        CHECK(*sizes.largest_buffer({file.rows - 4, file.cols, 0}, area) > file.buffer);
        CHECK_FALSE(sizes.largest_buffer(file, dyad::core::SquareMillimetres(1e-6)));
    }

    TEST_CASE("a unit twice as fast is never slower, and none beats Amdahl's limit") {
        const double slow = latency_with(8), twice = latency_with(16), fast = latency_with(32);
        CHECK(twice <= slow);
        CHECK(fast <= twice);
        const auto study = study_unit(on_chip(depthwise(1e6)), {network()}, {});
        const auto& only = study.networks.at(0);
        CHECK(only.moved.size() == 2);
        CHECK(only.accepted == 2);
        CHECK(only.without.latency / only.with.latency <= only.limit);
        CHECK(only.infinitely_fast <= only.limit);
        CHECK(only.infinitely_fast >= only.without.latency / only.with.latency * (1 - 1e-9));
        CHECK(only.limit == doctest::Approx(1 / (1 - only.time_share)));
        // d1 and d2 of 32 channels, 16 x 16 pixels and 9 products each.
        const double moved = 2.0 * 32 * 256 * 9;
        const double all = 32.0 * 256 * 27 + moved + 2.0 * 32 * 32 * 256;
        CHECK(only.macs_share == doctest::Approx(moved / all));
    }

    TEST_CASE("a chip of equal area is no larger than the file's, and its search ends no worse than it began") {
        const auto unit = on_chip(depthwise(32));
        const auto study = study_unit(unit, {network()}, {});
        REQUIRE(study.sized.size() == 3);
        const double area = dyad::models::area(unit.without).count();
        CHECK(study.sized[0].area <= area);
        CHECK(study.sized[1].area <= area);
        CHECK(study.sized[2].area <= area + study.area_unit);
        CHECK(study.sized[0].unit);
        CHECK_FALSE(study.sized[1].unit);
        CHECK(study.sensitivity.size() == 6);
        for (const auto& row : study.sensitivity) {
            CAPTURE(row.what);
            if (row.what == "energy") CHECK((row.gains.energy > study.gains.energy) == (row.factor < 1));
            if (row.what == "area") CHECK(row.area == doctest::Approx(area + row.factor * study.area_unit));
            if (row.what == "rate" && row.factor > 1) CHECK(row.gains.latency >= study.gains.latency);
        }
    }

    TEST_CASE("workers change nothing") {
        const auto unit = on_chip(depthwise(32));
        const auto alone = study_unit(unit, {network()}, {}),
                   together = study_unit(unit, {network()}, {.workers = 2, .progress = {}});
        for (std::size_t i = 0; i < 3; ++i) {
            CHECK(alone.sized.at(i).size == together.sized.at(i).size);
            CHECK(alone.sized.at(i).figures.at(0).latency == together.sized.at(i).figures.at(0).latency);
        }
    }

    TEST_CASE("a unit that nothing moves to says so") {
        auto other = depthwise(32);
        other.operators = {"softmax"};
        const auto none = study_unit(on_chip(other), {network()}, {});
        CHECK_FALSE(none.used());
        CHECK(none.verdict ==
              "dw is not used: it accepts no kernel of these networks (their operators: conv, depthwise_conv)");
        CHECK(none.sized.empty());
        const auto slow = study_unit(on_chip(depthwise(0.01)), {network()}, {});
        CHECK(slow.verdict ==
              "dw is not used: it accepts 2 kernels, but tiny_chip runs each of them better without it");
    }

    TEST_CASE("an engine of the accelerator is judged by taking it out") {
        const auto unit = put_on_chip("vector_unit", tiny_chip());
        CHECK(unit.from_chip);
        CHECK(unit.with.engines.size() == 2);
        CHECK(unit.without.engines.size() == 1);
        auto both = with_engine(tiny_chip(), put_on_chip("softmax", tiny_chip()).engine);
        CHECK(both.engines.size() == 3);
        both.engines.erase(both.engines.begin() + 1, both.engines.end());
        CHECK_THROWS_WITH_AS((void)put_on_chip("pe_array", both),
                             "accelerator 'tiny_chip' has no engine but 'pe_array'", dyad::core::Error);
    }

    TEST_CASE("dyad unit prints a table, JSON, CSV and a page, and exits 1 on what it cannot find") {
        const Scratch scratch;
        const auto files = write(scratch, "chip.yaml", chip) + " " + write(scratch, "net.yaml", net);
        const auto json = run_dyad("unit depthwise " + files + " --format json --workers 0");
        REQUIRE(json.code == 0);
        const auto study = Json::parse(json.out);
        CHECK(study["schema"] == "dyad/unit/1");
        CHECK(study["used"] == true);
        CHECK(study["networks"][0]["moved"][0]["kernel"] == "d1");
        CHECK(study["networks"][0]["gain"]["latency"].get<double>() ==
              doctest::Approx(study["networks"][0]["without"]["latency_s"].get<double>() /
                              study["networks"][0]["with"]["latency_s"].get<double>()));
        CHECK(study["equal_area"].size() == 3);
        CHECK(study["sensitivity"].size() == 6);
        CHECK(study["manifest"]["configs"].size() == 3);
        const auto page = (scratch / "unit.html").string();
        REQUIRE(run_dyad("unit depthwise " + files + " --workers 0 -o " + page).code == 0);
        const auto html = dyad::core::read_file(page);
        CHECK(html.starts_with("<!DOCTYPE html>"));
        CHECK(html.find("role=\"img\"") != std::string::npos);
        CHECK(html.find("http://") == html.find("http://www.w3.org/2000/svg"));
        const auto table = run_dyad("unit depthwise " + files + " --workers 0");
        CHECK(table.out.starts_with("depthwise on tiny_chip (systemc, batch 1): "));
        CHECK(table.out.find("Sensitivity") != std::string::npos);
        CHECK(run_dyad("unit nothing_like_it " + files).code == 1);
        CHECK(run_dyad("unit depthwise").code == 2);
        const auto twice = run_dyad("unit depthwise edge_npu mobilenet_v2 --help");
        CHECK(twice.code == 0);
    }

    TEST_CASE("a description of a unit prices it in every technology") {
        const auto described = Json::parse(run_dyad("describe winograd_3x3 --format json").out);
        CHECK(described["kind"] == "unit");
        CHECK(described["engine"] == "custom_unit");
        CHECK(described["macs_per_cycle"] == 2304);
        REQUIRE(described["cost"].size() == 5);
        CHECK(run_dyad("list units").out.find("sparse_attention\n") != std::string::npos);
    }

    TEST_CASE("what stands in a chart is escaped, and bars keep their scale") {
        CHECK(escaped("a<b & \"c\">") == "a&lt;b &amp; &quot;c&quot;&gt;");
        const auto svg = gain_bars("t", {"speed"}, {{"n", {2.0}}, {"m", {1.0}}});
        CHECK(svg.find("width=\"470.0\"") != std::string::npos);  // 720 - 190 - 60 for the longest
        CHECK(svg.find("width=\"235.0\"") != std::string::npos);
    }
}
