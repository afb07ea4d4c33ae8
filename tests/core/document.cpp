// SPDX-License-Identifier: Apache-2.0
#include "core/document.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "core/error.hpp"
#include "core/files.hpp"

using namespace dyad::core;

namespace {

std::string error_of(std::string_view text) {
    try {
        (void)parse_document(text, "f.yaml");
        return "";
    } catch (const Error& error) {
        return error.what();
    }
}

const Node& at(const Node& map, const std::string& key) {
    for (const auto& entry : map.entries)
        if (entry.key == key) return entry.value;
    throw std::logic_error("no key " + key);
}

}  // namespace

TEST_SUITE_BEGIN("core/document");

TEST_CASE("Nodes know their kind, order and place") {
    const auto document =
        parse_document("name: net\nlayers:\n  - conv: {out: 8, \"k\": '3'}\n  - [1, ~]\nempty:\n", "f.yaml");
    const Node& root = document->root;
    REQUIRE(root.kind == Node::Kind::map);
    REQUIRE(root.entries.size() == 3);
    CHECK(root.entries[0].key == "name");
    CHECK(root.entries[2].value.kind == Node::Kind::null);
    const Node& conv = at(at(root, "layers").items.at(0), "conv");
    CHECK(conv.line == 3);
    CHECK(conv.column == 11);
    CHECK(at(conv, "out").text == "8");
    CHECK_FALSE(at(conv, "out").quoted);
    CHECK(at(conv, "k").quoted);
    CHECK(conv.entries[1].line == 3);
    CHECK(conv.entries[1].column == 20);
    CHECK(at(root, "layers").items.at(1).items.at(1).kind == Node::Kind::null);
}

TEST_CASE("An empty file is null") {
    for (const char* text : {"", "\n", "# only a comment\n", "---\n", "\xef\xbb\xbf"})
        CHECK(parse_document(text, "f")->root.kind == Node::Kind::null);
}

TEST_CASE("Aliases are copied and merge keys merged, own keys first") {
    const auto document =
        parse_document("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3, z: *a}\nc: {<<: [*a, {x: 5, w: 6}]}\n", "f.yaml");
    CHECK(to_yaml(document->root) == "a: {x: 1, y: 2}\nb:\n  y: 3\n  z: {x: 1, y: 2}\n  x: 1\nc: {x: 1, y: 2, w: 6}\n");
}

TEST_CASE("Choices become kinds of their own, numbered in file order, parents first") {
    const auto document = parse_document(
        "a: !choice [1, !range {from: 0, to: 1}]\nb: !optional {c: !choice [x]}\nd:\n  - !repeat {times: !choice [1, "
        "2], of: {e: !choice "
        "[8]}}\n",
        "f.yaml");
    const Node& a = at(document->root, "a");
    CHECK(a.kind == Node::Kind::choice);
    CHECK(a.gene == 0);
    CHECK(a.items.at(1).kind == Node::Kind::range);
    CHECK(a.items.at(1).gene == 1);
    const Node& b = at(document->root, "b");
    CHECK(b.kind == Node::Kind::optional);
    CHECK(b.gene == 2);
    CHECK(at(b.items.at(0), "c").gene == 3);
    const Node& repeat = at(document->root, "d").items.at(0);
    CHECK(repeat.kind == Node::Kind::repeat);
    CHECK(repeat.gene == 4);
    REQUIRE(repeat.items.size() == 2);
    CHECK(at(repeat.items[0], "e").gene == 5);
    CHECK(at(repeat.items[1], "e").gene == 6);
}

TEST_CASE("A range keeps the unit of its start") {
    const auto document = parse_document("!range {from: 400 MHz, to: 1 GHz, step: 200000 kHz}", "f.yaml");
    CHECK(document->root.text == "MHz");
    CHECK(document->root.from == 400);
    CHECK(document->root.to == 1000);
    CHECK(document->root.step == 200);
}

TEST_CASE("Malformed choices are all reported, with place and path") {
    CHECK(error_of(
              "a: !choice []\nb: !choice 3\nc: !range {from: 3, to: 1}\nd: !range {from: 1, to: 3, step: 0}\n"
              "e: !range {from: 1}\nf: !range {from: 1, to: 2, stop: 1}\ng: !range {from: x, to: 2}\nh: !optional\n") ==
          "f.yaml:1:4: a: !choice expects at least one option, got an empty list\n"
          "f.yaml:2:4: b: !choice expects a list of options, got '3'\n"
          "f.yaml:3:4: c: !range: from (3) is greater than to (1)\n"
          "f.yaml:4:4: d: !range: step must be positive, got 0\n"
          "f.yaml:5:4: e: !range needs the key 'to'\n"
          "f.yaml:6:28: f: unknown key 'stop', did you mean 'step'?\n"
          "f.yaml:7:18: g.from: expected a number or a quantity, got 'x'\n"
          "f.yaml:8:4: h: !optional expects a value, got nothing");
    CHECK(error_of("!range {from: 1 MHz, to: 2 s}") ==
          "f.yaml:1:1: from, to and step of a !range must be of one kind of unit");
    CHECK(error_of("!range {from: 0, to: 1e300, step: 1}") == "f.yaml:1:1: !range: too many steps");
    CHECK(error_of("!optional {a: 1}") == "f.yaml:1:1: !optional must stand in a list or a map");
    CHECK(error_of("a: [!choise [1]]") == "f.yaml:1:5: a[0]: unknown tag '!choise', did you mean '!choice'?");
}

TEST_CASE("A repeat count is a whole number up to 256, or a choice of such") {
    const std::string expected = "expected a whole number up to 256, or a !choice or stepped !range of such";
    for (const std::string times :
         {"-1", "1.5", "x", "257", "\"2\"", "!choice [1, x]", "!range {from: 1, to: 2}",
          "!range {from: 1, to: 2, step: 0.5}", "!range {from: 1, to: 300, step: 1}", "!optional 2"}) {
        CAPTURE(times);
        CHECK(error_of("a: [!repeat {times: " + times + ", of: x}]") == "f.yaml:1:21: a[0].times: " + expected);
    }
    CHECK(error_of("a: [!repeat {times: 256, of: x}]").empty());
    CHECK(error_of("a: [!repeat 3]") == "f.yaml:1:5: a[0]: !repeat expects {times, of}, got '3'");
    CHECK(error_of("a: [!repeat {of: 3}]") == "f.yaml:1:5: a[0]: !repeat needs the key 'times'");
}

TEST_CASE("Keys are names and come once") {
    CHECK(error_of("a: 1\nb: {c: 1, c: 2}\na: 3\n") ==
          "f.yaml:3:1: duplicate key 'a' (first in line 1)\nf.yaml:2:11: b: duplicate key 'c' (first in line 2)");
    CHECK(error_of("{[1]: 2}") == "f.yaml:1:2: expected a name as key, got a list");
    CHECK(error_of("? {a: 1}\n: 2\n") == "f.yaml:1:3: expected a name as key, got a map");
    CHECK(error_of("a: {<<: 3}") == "f.yaml:1:9: a: '<<' expects a map to merge, got '3'");
}

TEST_CASE("One document, without alias cycles") {
    CHECK(error_of("a: 1\n---\nb: 2\n") == "f.yaml:2:1: a second document starts here, expected one document");
    CHECK(error_of("a: &x [1, *x]") == "f.yaml:1:11: alias cycle: this alias stands inside the node that it names");
    CHECK(error_of("a: &x\n  <<: *x\n") == "f.yaml:2:7: alias cycle: this alias stands inside the node that it names");
    CHECK(error_of("a: *x") == "f.yaml:1:4: YAML: the referenced anchor is not defined");
}

TEST_CASE("Text is written back so that it reads the same") {
    const std::string text =
        "name: \"12\"\nlist: [1, a b, \"null\", ~]\nmaps:\n  - conv: {out: 8}\n  - relu\nempty: {}\nnone: []\n";
    const auto first = parse_document(text, "f.yaml");
    const std::string written = to_yaml(first->root);
    CHECK(written == text);
    Node odd;
    odd.kind = Node::Kind::scalar;
    for (const char* content : {"a: b", "- x", "#", "", "true", " lead", "it's", "tab\there", "!choice", "*a", "1"}) {
        odd.text = content;
        odd.quoted = true;
        CHECK(parse_document(to_yaml(odd), "f.yaml")->root.text == content);
    }
    CHECK_THROWS_AS((void)to_yaml(parse_document("!choice [1]", "f.yaml")->root), std::logic_error);
}

// The empty text and "abc": FIPS 180-4 examples.
TEST_CASE("SHA-256 is that of the standard") {
    CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(parse_document("abc", "f.yaml")->sha256 == sha256("abc"));
}

TEST_CASE("A file that is not there is named") {
    CHECK_THROWS_WITH_AS((void)read_document("none.yaml"), "none.yaml: cannot read: No such file or directory", Error);
}

TEST_SUITE_END();
