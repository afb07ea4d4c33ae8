// SPDX-License-Identifier: Apache-2.0
#include "core/csv.hpp"

#include <doctest/doctest.h>

namespace core = dyad::core;
using Cells = std::vector<std::string>;

TEST_SUITE("core/csv") {
    TEST_CASE("a byte order mark is no part of the first column") {
        CHECK(core::parse_csv("\xEF\xBB\xBFop,m\n1,2\n", "t.csv").header.front() == "op");
        CHECK(core::parse_csv("op,m\n\xEF\xBB\xBF,2\n", "t.csv").rows[0].cells[0] == "\xEF\xBB\xBF");
    }
    TEST_CASE("quoted cells hold commas, quotes and line breaks; lines end in any way") {
        const auto table = core::parse_csv("a,b\r\n\"1,5\",\"say \"\"hi\"\"\"\n\n\"two\nlines\",x", "t.csv");
        CHECK(table.header == Cells{"a", "b"});
        REQUIRE(table.rows.size() == 2);
        CHECK(table.rows[0].cells == Cells{"1,5", "say \"hi\""});
        CHECK(table.rows[1].cells == Cells{"two\nlines", "x"});
        CHECK(table.rows[1].line == 4);
    }

    TEST_CASE("empty cells count") {
        const auto table = core::parse_csv("a,b,c\n,,\n", "t.csv");
        REQUIRE(table.rows.size() == 1);
        CHECK(table.rows[0].cells == Cells{"", "", ""});
    }

    TEST_CASE("all errors of a table in one go") {
        CHECK_THROWS_WITH_AS(
            (void)core::parse_csv("a,b\n1\n1,2\n1,2,3\n", "t.csv"),
            "t.csv:2: 1 cells, expected 2 as in the header\nt.csv:4: 3 cells, expected 2 as in the header",
            core::Error);
        CHECK_THROWS_WITH_AS((void)core::parse_csv("", "t.csv"), "t.csv:1: expected a header line", core::Error);
        CHECK_THROWS_WITH_AS((void)core::parse_csv("a\n\"open", "t.csv"), "t.csv:2: a quoted cell does not end",
                             core::Error);
    }

    TEST_CASE("a column is found by name") {
        const auto table = core::parse_csv("a,b\n1,2\n", "t.csv");
        CHECK(table.column("b") == 1);
        CHECK_THROWS_WITH_AS((void)table.column("c"), "t.csv:1: no column 'c'; there are a, b", core::Error);
    }
}
