// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"

#include <doctest/doctest.h>

using namespace dyad::core;

TEST_SUITE_BEGIN("core/error");

TEST_CASE("A message says where, on what path, and what") {
    Errors errors;
    errors.add({"net.yaml", 3, 5}, "layers[2].conv", "unknown key 'kernal'");
    errors.add({"net.yaml", 3, 0}, "", "no column");
    errors.add({"net.yaml", 0, 0}, "layers", "no line");
    errors.add({"", 0, 0}, "", "nothing known");
    CHECK(errors.messages() == std::vector<std::string>{"net.yaml:3:5: layers[2].conv: unknown key 'kernal'",
                                                        "net.yaml:3: no column", "net.yaml: layers: no line",
                                                        "nothing known"});
}

TEST_CASE("All errors are thrown at once, in the order found, each once") {
    Errors errors;
    CHECK(errors.empty());
    CHECK_NOTHROW(errors.throw_if_any());
    for (const char* message : {"b", "a", "b"}) errors.add(message);
    CHECK_THROWS_WITH_AS(errors.throw_if_any(), "b\na", Error);
}

TEST_CASE("The nearest name is suggested when it is near") {
    const std::vector<std::string> names = {"kernel", "stride", "pad"};
    CHECK(did_you_mean("kernal", names) == ", did you mean 'kernel'?");
    CHECK(did_you_mean("strdie", names) == ", did you mean 'stride'?");  // neighbours swapped: one edit
    CHECK(did_you_mean("krnl", names).empty());                          // two edits in a word of four
    CHECK(did_you_mean("dilation", names).empty());
    CHECK(did_you_mean("", names).empty());
    CHECK(did_you_mean(std::string(100'000, 'k'), names).empty());
    CHECK(did_you_mean("x", {"y"}).empty());  // nothing in common
}

TEST_CASE("Long text is cut between characters") {
    CHECK(shortened("short", 5) == "short");
    CHECK(shortened("longer", 5) == "lo...");
    CHECK(shortened("\xc3\xa4\xc3\xa4\xc3\xa4", 5) == "\xc3\xa4...");  // the cut at byte 2 falls between two a-umlauts
    CHECK(shortened("a\xc3\xa4\xc3\xa4\xc3\xa4", 5) == "a...");        // the cut at byte 2 would fall inside one
}

TEST_SUITE_END();
