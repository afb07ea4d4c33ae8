// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "core/error.hpp"
#include "sim/plugin/play_units.hpp"
#include "tests/sim/fixtures.hpp"

using namespace dyad;
using namespace dyad::sim;
using sim::test::easy_chip;
using sim::test::ScheduleMaker;

namespace {

/// One kernel of three tiles, 20 cycles each by the unit's file; 1 GHz.
models::Schedule schedule(const std::string& kernel, const std::string& library = DYAD_TEST_PLUGIN) {
    auto chip = easy_chip();
    hw_space::CustomUnit unit;
    unit.name = "u";
    unit.plugin = library;
    chip.engines = {unit};
    ScheduleMaker maker(chip);
    maker.step(kernel, 0, {{1, {sim::test::run(3, 0, 0, 20, 0)}}});
    return maker.make();
}

std::string complaint(const std::string& kernel, const std::string& library = DYAD_TEST_PLUGIN) {
    auto played = schedule(kernel, library);
    try {
        (void)play_units(played);
    } catch (const core::Error& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_SUITE("sim/plugin") {
    TEST_CASE("a unit's module sets the time of its tiles, and the gap to its file is told") {
        // Each tile: 20 cycles by the file, 10 by the module.
        auto played = schedule("good");
        const auto gaps = play_units(played);
        REQUIRE(gaps.size() == 1);
        CHECK(gaps[0].unit == "u");
        CHECK(gaps[0].file == core::Cycles(60));
        CHECK(gaps[0].module == core::Cycles(30));
        CHECK(gaps[0].relative() == -0.5);
        CHECK(models::totals(played.steps[0].plan->tiles).compute_cycles == 30);
        CHECK(played.steps[0].plan->compute == core::Cycles(30));
    }

    TEST_CASE("a module that throws, stalls or answers what is no time is an error that names unit and kernel") {
        CHECK(complaint("throws at start") == "unit 'u', kernel 'throws at start': its module threw: not today");
        CHECK(complaint("throws").starts_with("unit 'u', kernel 'throws': its module threw: "));
        CHECK(complaint("throws").find("out of order") != std::string::npos);
        CHECK(complaint("stalls") == "unit 'u', kernel 'stalls': its module stalled: nothing is left to happen");
        CHECK(complaint("spins") == "unit 'u', kernel 'spins': its module made 1000000 steps without time going on");
        CHECK(complaint("never ends") ==
              "unit 'u', kernel 'never ends': its module stalled: no answer after 1e+10 cycles");
        CHECK(complaint("negative") == "unit 'u', kernel 'negative': its module says that a tile takes -1 cycles");
        CHECK(complaint("nan") == "unit 'u', kernel 'nan': its module says that a tile takes nan cycles");
        CHECK(complaint("exits") == "unit 'u', kernel 'exits': its module ended the program with exit code 0");
        CHECK(complaint("crashes") == "unit 'u', kernel 'crashes': its module crashed: Killed");
        CHECK(complaint("fatal") == "unit 'u', kernel 'fatal': its module crashed: Aborted");
        CHECK(complaint("good").empty());  // the process has come to no harm
    }

    TEST_CASE("a library that is not there, is none of ours or was built for another version is an error") {
        CHECK(complaint("k", "/nowhere/libu.so").starts_with("unit 'u': library /nowhere/libu.so: "));
        CHECK(complaint("k", "libm.so.6") ==
              "unit 'u': library libm.so.6: has no dyad_plugin_entry; expected DYAD_PLUGIN(Module) in its source");
        CHECK(complaint("k", DYAD_OLD_PLUGIN) == "unit 'u': library " DYAD_OLD_PLUGIN
                                                 ": was built for version 0 of the plug-in interface, expected 1");
    }
}
