// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>

#include "core/choice_space.hpp"
#include "core/document.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/value.hpp"
#include "hw_space/accelerator.hpp"
#include "hw_space/unit_file.hpp"

using namespace dyad::hw_space;

namespace {

Unit read(const std::string& text) { return read_unit(*dyad::core::parse_document(text, "u.yaml")); }

std::string unit(const std::string& more, const std::string& rate = "elements_per_cycle: 16\n",
                 const std::string& cost = "energy_per_operation: 1 pJ\narea: 0.1 mm2\n") {
    return "unit: u\nsource: here\noperators: [softmax]\n" + rate + cost + more;
}

std::string chip(const std::string& engine) {
    return "accelerator: c\ntechnology: 16nm\nclock: 500 MHz\nmemory:\n  - dram: {standard: ddr4-2400}\nengines:\n  "
           "- " +
           engine + "\n";
}

}  // namespace

TEST_SUITE("hw_space/unit file") {
    TEST_CASE("every shipped unit reads and says where its figures are from") {
        const auto names = dyad::core::list_configs("units");
        CHECK(names == std::vector<std::string>{"depthwise", "point_sampling", "softmax", "sparse_attention",
                                                "squeeze_excite", "winograd_3x3"});
        for (const auto& each : names) {
            CAPTURE(each);
            const auto unit = read_unit(*dyad::core::read_document(dyad::core::find_config(each, "units")));
            CHECK(unit.name == each);
            CHECK(name(unit.engine) == each);
            CHECK(unit.source.size() > 20);
            CHECK(unit.note.size() > 20);
        }
    }

    TEST_CASE("an operator that no kernel has is refused where it stands, with the known ones") {
        std::string message;
        try {
            (void)read(
                "unit: u\nsource: here\noperators: [softmax, depthwise_cov]\nelements_per_cycle: 1\n"
                "energy_per_operation: 1 pJ\narea: 0.1 mm2\n");
        } catch (const dyad::core::Error& error) {
            message = error.what();
        }
        CHECK(
            message.starts_with("u.yaml:3:22: operators[1]: there is no operator 'depthwise_cov', did you mean "
                                "'depthwise_conv'? (known: conv, depthwise_conv, "));
        CHECK(message.ends_with(", epilogue, vector, nest)"));
        CHECK(message.find('\n') == std::string::npos);  // softmax is known
    }

    TEST_CASE("a unit that claims a rate beyond its ports is refused") {
        CHECK_THROWS_WITH_AS(
            (void)read(unit("ports: {in: 8 B, out: 16 B}\n")),
            "u.yaml:7:8: ports: a rate of 16 elements a cycle takes 16 B a cycle in, but the port is 8 B wide",
            dyad::core::Error);
        CHECK_THROWS_WITH_AS(
            (void)read(unit("ports: {in: 16 B, out: 8 B}\n")),
            "u.yaml:7:8: ports: a rate of 16 elements a cycle takes 16 B a cycle out, but the port is 8 B wide",
            dyad::core::Error);
        CHECK_NOTHROW((void)read(unit("ports: {in: 16 B, out: 16 B}\n")));
        CHECK_THROWS_WITH_AS((void)read(unit("ports: {in: 16 B, out: 16 B}\nreuse: 4\n", "operations_per_cycle: 65\n")),
                             "u.yaml:7:8: ports: a rate of 65 operations a cycle, 4 for each word, takes 16.25 B a "
                             "cycle in, but the port is 16 B wide",
                             dyad::core::Error);
        CHECK_NOTHROW((void)read(unit("ports: {in: 16 B, out: 16 B}\nreuse: 4\n", "operations_per_cycle: 64\n")));
        // 8 channels x 2 x 2 pixels enter.
        CHECK_THROWS_WITH_AS(
            (void)read(unit("ports: {in: 31 B, out: 1 B}\n", "tile: {C: 8, K: 4, P: 2, Q: 2, R: 3, S: 3}\n")),
            "u.yaml:7:8: ports: a rate of a tile in 1 cycles takes 32 B a cycle in, but the port is 31 B wide",
            dyad::core::Error);
        CHECK_NOTHROW(
            (void)read(unit("ports: {in: 16 B, out: 1 B}\n", "tile: {C: 8, P: 2, Q: 2}\ncycles_per_tile: 2\n")));
    }

    TEST_CASE("all mistakes of a unit file come at once, each at its place") {
        CHECK_THROWS_WITH_AS(
            (void)read("unit: u\nsource: here\noperator: [conv]\nelements_per_cycle: fast\n"),
            "u.yaml:1:1: missing key 'operators' (a list of operators such as [depthwise_conv])\n"
            "u.yaml:4:21: elements_per_cycle: expected a number between 0.001 and 10000000, got 'fast'\n"
            "u.yaml:1:1: missing key 'energy_per_operation' (an energy such as 0.2 pJ)\n"
            "u.yaml:1:1: missing key 'area' (an area such as 8 mm2)\n"
            "u.yaml:3:1: unknown key 'operator', did you mean 'operators'?",
            dyad::core::Error);
        CHECK_THROWS_WITH_AS((void)read(unit("", "")),
                             "u.yaml:1:1: missing rate (one of operations_per_cycle, elements_per_cycle, tile)",
                             dyad::core::Error);
        CHECK_THROWS_WITH_AS((void)read(unit("components: {adders: 4}\n", "tile: {P: 2, K: 8}\n", "")),
                             "u.yaml:5:13: components: missing multipliers: the tile makes 16 products a cycle",
                             dyad::core::Error);
        CHECK_THROWS_WITH_AS((void)read(unit("components: {multipliers: 4}\n")),
                             "u.yaml:5:23: energy_per_operation: the components say it already; give one of them\n"
                             "u.yaml:6:7: area: the components say it already; give one of them",
                             dyad::core::Error);
        CHECK_THROWS_WITH_AS((void)read("unit: u\nkind: depthwise\nsource: here\nlanes: 4\n"),
                             "u.yaml:1:1: expected one of pe_array, depthwise_unit, vector_unit, custom_unit, got "
                             "'depthwise'",
                             dyad::core::Error);
    }

    TEST_CASE("an accelerator includes a unit and lays its own values over it") {
        const auto design = read_accelerator(*dyad::core::parse_document(
            chip("custom_unit: {use: softmax, elements_per_cycle: 8, ports: {in: 16 B}}"), "c.yaml"));
        const auto& softmax = std::get<CustomUnit>(design.engines.at(0));
        CHECK(softmax.name == "softmax");
        CHECK(softmax.elements_per_cycle == 8);
        CHECK(softmax.port_in == dyad::core::Bytes(16));
        CHECK(softmax.port_out == dyad::core::Bytes(32));  // as in the file
        const auto lanes = read_accelerator(
            *dyad::core::parse_document(chip("custom_unit: {use: depthwise, name: dw, lanes: 64}"), "c.yaml"));
        CHECK(std::get<DepthwiseUnit>(lanes.engines.at(0)).lanes == 64);
        CHECK(name(lanes.engines.at(0)) == "dw");
    }

    TEST_CASE("what is wrong in an include is said at the place of the include") {
        const auto problem = [](const std::string& engine) {
            try {
                (void)read_accelerator(*dyad::core::parse_document(chip(engine), "c.yaml"));
            } catch (const dyad::core::Error& error) {
                return std::string(error.what());
            }
            return std::string();
        };
        CHECK(problem("custom_unit: {use: softmax, lanes: 8}") ==
              "c.yaml:7:33: engines[0].custom_unit: unknown key 'lanes'");
        CHECK(problem("custom_unit: {use: softmax, elements_per_cycle: 64, ports: {out: 64 B}}") ==
              "c.yaml:7:64: engines[0].custom_unit.ports: a rate of 64 elements a cycle takes 64 B a cycle in, but the "
              "port is 32 B wide");
        CHECK(problem("custom_unit: {use: softmax, passes: 0}") ==
              "c.yaml:7:41: engines[0].custom_unit.passes: expected a whole number between 1 and 1048576, got '0'");
        CHECK(problem("custom_unit: {use: [softmax]}") ==
              "c.yaml:7:18: engines[0].custom_unit: use: expected the name of a unit");
        CHECK(problem("custom_unit: {use: softmaxx}").find("did you mean 'softmax'?") != std::string::npos);
    }

    TEST_CASE("an include may hold choices") {
        const auto document = dyad::core::parse_document(
            chip("custom_unit: {use: softmax, elements_per_cycle: !choice [4, 8]}"), "c.yaml");
        const dyad::core::ChoiceSpace space(*document);
        REQUIRE(space.size() == 2);
        for (std::uint64_t i = 0; i < 2; ++i) {
            const auto genome = space.at(i);
            dyad::core::Errors errors;
            const auto design = parse_accelerator(dyad::core::Value(*document, &genome, errors));
            REQUIRE(design);
            CHECK(std::get<CustomUnit>(design->engines.at(0)).elements_per_cycle == (i == 0 ? 4 : 8));
        }
    }
}
