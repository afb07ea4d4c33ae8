// SPDX-License-Identifier: Apache-2.0
// Files that are broken, cut off or made to hurt: an error at most, in bounded time and memory.
#include <doctest/doctest.h>

#include <functional>

#include "core/choice_space.hpp"
#include "core/document.hpp"
#include "core/error.hpp"
#include "core/random.hpp"
#include "core/value.hpp"

using namespace dyad::core;

namespace {

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

std::string error_of(std::string_view text) {
    try {
        (void)parse_document(text, "f.yaml");
        return "";
    } catch (const Error& error) {
        return error.what();
    }
}

/// Reads the document as a search would; anything but an Error fails the test.
void read_all(std::string_view text) {
    try {
        const auto document = parse_document(text, "f.yaml");
        const ChoiceSpace space(*document);
        Stream random(1, "fuzz");
        const Genome genome = space.sample(random);
        Errors errors;
        (void)to_yaml(Value(*document, &genome, errors).resolved());
    } catch (const Error& error) {
        CHECK(std::string_view(error.what()).starts_with("f.yaml:"));
    }
}

const std::string sample =
    "# a network\nnetwork: \"small\\n\"\nblocks: &b {conv: {out: !choice [8, 16], kernel: 3}}\nlayers:\n  - *b\n"
    "  - !repeat {times: !range {from: 1, to: 3, step: 1}, of: {<<: *b}}\n  - !optional {clock: !range {from: 1 MHz, "
    "to: 2 MHz}}\n"
    "  - text: |\n      block\n      text\n  - 'it''s'\n  - ? complex\n    : value\n...\n";

}  // namespace

TEST_SUITE_BEGIN("core/hostile documents");

TEST_CASE("A document cut off anywhere is read or refused") {
    REQUIRE(error_of(sample).empty());
    for (std::size_t length = 0; length < sample.size(); ++length) read_all(sample.substr(0, length));
}

TEST_CASE("A document with any byte changed is read or refused") {
    for (std::size_t i = 0; i < sample.size(); ++i)
        for (const char c : {'\0', '\t', '\n', ' ', '!', '"', '&', '*', '-', ':', '[', '{', '}', '|', '9', '\xc3'}) {
            std::string changed = sample;
            changed[i] = c;
            read_all(changed);
        }
}

TEST_CASE("Pieces of YAML in any order are read or refused") {
    const std::vector<std::string> pieces = {"a",          ": ",      "- ", "\n",    "  ", "!choice ", "!repeat ",
                                             "!optional ", "!range ", "[",  "]",     "{",  "}",        ", ",
                                             "&x ",        "*x",      "<<", "'",     "\"", "times: 2", "of: a",
                                             "? ",         "|\n",     "#",  "---\n", "%",  "from: 1"};
    for (std::uint64_t round = 0; round < 3000; ++round) {
        Stream random(1, "pieces", round);
        std::string text;
        for (std::uint64_t n = random.below(30); n > 0; --n) text += pieces[random.below(pieces.size())];
        CAPTURE(text);
        read_all(text);
    }
}

TEST_CASE("Deep nesting is refused before it can exhaust the stack") {
    for (const char* opening : {"[", "{a: ", "- ", "? ", "!choice ["}) {
        CAPTURE(opening);
        CHECK(error_of(repeated(opening, 20'000)).find("nested more than 200 levels deep") != std::string::npos);
    }
    CHECK(error_of(repeated("[", 200) + repeated("]", 200)).empty());
    CHECK(error_of(repeated("[", 201) + repeated("]", 201)) == "f.yaml:1:201: nested more than 200 levels deep");
}

TEST_CASE("Nesting through aliases counts as well") {
    std::string text = "a0: &a0 [1]\n";
    for (int i = 1; i < 20'000; ++i)
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
    CHECK(error_of(text).find("nested more than 200 levels deep") != std::string::npos);
}

TEST_CASE("A document may not expand beyond 100,000 nodes") {
    std::string laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
    for (int i = 1; i < 12; ++i)
        laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" +
                  repeated("*a" + std::to_string(i - 1) + ",", 10) + "]\n";
    CHECK(error_of(laughs).find("the document expands beyond 100000 nodes") != std::string::npos);
    CHECK(error_of("[" + repeated("1,", 99'999) + "]").empty());  // with the list itself 100,000
    CHECK(error_of("[" + repeated("1,", 100'000) + "]") == "f.yaml:1:200000: the document has more than 100000 nodes");
    CHECK(error_of("[!repeat {times: 256, of: [" + repeated("1,", 400) + "]}]").find("expands beyond 100000 nodes") !=
          std::string::npos);
}

TEST_CASE("Neither may its text nor its paths grow without bound") {
    CHECK(error_of("a: &a " + std::string(100'000, 'x') + "\nb: [" + repeated("*a,", 1000) + "]").find("of text") !=
          std::string::npos);
    CHECK(error_of("? " + std::string(1001, 'k') + "\n: 1\n") ==
          "f.yaml:2:3: the path to this value is longer than 1000 characters");
}

TEST_CASE("Bytes that are no text are refused where they stand") {
    CHECK(error_of(std::string_view("a: 1\nb: \0", 9)) == "f.yaml:2:4: this is no UTF-8 text (byte 0x00)");
    CHECK(error_of("a: \xe9") == "f.yaml:1:4: this is no UTF-8 text (byte 0xe9)");
    CHECK(error_of("\xff\xfe\x61") == "f.yaml:1:1: this is no UTF-8 text (byte 0xff)");
    for (const char* bad : {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x1b[0m", "\x7f"}) {
        CAPTURE(bad);
        CHECK(error_of(bad).find("this is no UTF-8 text") != std::string::npos);
    }
    CHECK(error_of("a: \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80").empty());
}

TEST_CASE("What ends too early is refused") {
    for (const char* text : {"a: [1, 2", "a: {b: 1", "a: \"b", "a: 'b", "a: !choice [1,", "a: &", "a: *", "a: \"\\"}) {
        CAPTURE(text);
        CHECK(error_of(text).starts_with("f.yaml:1:"));
    }
}

TEST_SUITE_END();
