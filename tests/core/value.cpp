// SPDX-License-Identifier: Apache-2.0
#include "core/value.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <limits>

using namespace dyad::core;

namespace {

/// The messages that reading `text` by `read` leaves.
std::vector<std::string> messages(const std::string& text, const std::function<void(const Value&)>& read,
                                  const Genome* genome = nullptr) {
    const auto document = parse_document(text, "net.yaml");
    Errors errors;
    read(Value(*document, genome, errors));
    return errors.messages();
}

using Messages = std::vector<std::string>;

}  // namespace

TEST_SUITE_BEGIN("core/value");

TEST_CASE("Values are read by type") {
    const auto document =
        parse_document("i: -3\nx: 2.5\nt: true\nname: edge\nclock: 800 MHz\nlist: [1, 2]\nkind: b\n", "net.yaml");
    Errors errors;
    Object map = Value(*document, nullptr, errors).map();
    CHECK(map.require("i", "a number").integer(-5, 5) == -3);
    CHECK(map.require("x", "a number").number(0, 10) == 2.5);
    CHECK(map.require("t", "a flag").flag());
    CHECK(map.require("name", "a name").text() == "edge");
    CHECK(map.require("clock", "a frequency").quantity(Hertz(1), Hertz(1e10)) == Hertz(800e6));
    CHECK(map.require("list", "numbers").list().size() == 2);
    CHECK(map.require("kind", "a kind").one_of<int>({{"a", 1}, {"b", 2}}) == 2);
    CHECK_FALSE(map.find("absent"));
    CHECK(errors.empty());
}

TEST_CASE("A misspelt key is refused with its place and the nearest known key") {
    const auto read = [](const Value& value) {
        Object net = value.map();
        for (const Value& layer : net.require("layers", "a list of layers").list()) {
            const auto [kind, content] = layer.single();
            Object conv = content.map();
            (void)conv.require("out", "channels").integer(1, 100);
            (void)conv.find("kernel");
        }
    };
    CHECK(messages("layers: [{conv: {out: 8}}, {conv: {out: 8}},\n  {conv: {out: 8,\n    kernal: 3}}]\n", read) ==
          Messages{"net.yaml:3:5: layers[2].conv: unknown key 'kernal', did you mean 'kernel'?"});
    CHECK(messages("layers: [{conv: {out: 8}}]\nfoo: 1\n", read) == Messages{"net.yaml:2:1: unknown key 'foo'"});
}

TEST_CASE("A missing unit is refused with the one expected") {
    const auto read = [](const Value& value) {
        (void)value.map().require("clock", "a frequency").quantity(Hertz(1e6), Hertz(1e10));
    };
    CHECK(messages("clock: 800", read) ==
          Messages{"net.yaml:1:8: clock: expected a frequency such as 800 MHz, got '800'"});
    CHECK(messages("clock: 800 MB", read) ==
          Messages{"net.yaml:1:8: clock: expected a frequency such as 800 MHz, got '800 MB'"});
    CHECK(messages("clock: 10 kHz", read) ==
          Messages{"net.yaml:1:8: clock: expected a frequency between 1 MHz and 10 GHz, got '10 kHz'"});
    CHECK(messages("clock: [1]", read) ==
          Messages{"net.yaml:1:8: clock: expected a frequency such as 800 MHz, got a list"});
    CHECK(messages("clock:", read).at(0).ends_with("clock: expected a frequency such as 800 MHz, got nothing"));
}

TEST_CASE("Numbers out of range or of another form are refused") {
    const auto whole = [](const Value& value) { CHECK(value.integer(1, 64) == 1); };
    for (const char* text : {"0", "65", "1.5", "\"3\"", "x", "1e1", "+3", "99999999999999999999", "0x10"}) {
        CAPTURE(text);
        CHECK(messages(text, whole).size() == 1);
    }
    CHECK(messages("65", whole) == Messages{"net.yaml:1:1: expected a whole number between 1 and 64, got '65'"});
    const auto at_least = [](const Value& value) { (void)value.integer(1, std::numeric_limits<std::int64_t>::max()); };
    CHECK(messages("0", at_least) == Messages{"net.yaml:1:1: expected a whole number of at least 1, got '0'"});
    const auto number = [](const Value& value) { (void)value.number(0, 1); };
    for (const char* text : {"nan", "inf", "-0.1", "1.1", "1e999", "1 MHz"}) CHECK(messages(text, number).size() == 1);
    CHECK(messages("1.1", number) == Messages{"net.yaml:1:1: expected a number between 0 and 1, got '1.1'"});
}

TEST_CASE("Wrong kinds of value are refused") {
    CHECK(messages("[1]", [](const Value& v) { (void)v.text(); }) ==
          Messages{"net.yaml:1:1: expected text, got a list"});
    CHECK(messages("yes", [](const Value& v) { (void)v.flag(); }) ==
          Messages{"net.yaml:1:1: expected true or false, got 'yes'"});
    CHECK(messages("{a: 1}", [](const Value& v) { (void)v.list(); }) ==
          Messages{"net.yaml:1:1: expected a list, got a map"});
    CHECK(messages("x", [](const Value& v) { (void)v.map().require("a", "b"); }) ==
          Messages{"net.yaml:1:1: expected a map, got 'x'"});
    CHECK(messages("wieght", [](const Value& v) {
              (void)v.one_of<int>({{"weight", 1}, {"output", 2}});
          }) == Messages{"net.yaml:1:1: expected one of weight, output, got 'wieght', did you mean 'weight'?"});
}

TEST_CASE("A missing key is reported once, and what is read from it not again") {
    CHECK(messages("a: {}",
                   [](const Value& v) {
                       Object inner = v.map().require("a", "a map").map();
                       (void)inner.require("clock", "a frequency such as 800 MHz").quantity(Hertz(1), Hertz(2));
                       Object below = inner.require("chip", "a map").map();
                       (void)below.require("x", "a number").integer(1, 2);
                   }) == Messages{"net.yaml:1:4: a: missing key 'clock' (a frequency such as 800 MHz)",
                                  "net.yaml:1:4: a: missing key 'chip' (a map)"});
}

TEST_CASE("An item of one key, or a bare name, is a kind and its content") {
    const auto document = parse_document("[conv: {out: 1}, relu, pool:, {a: 1, b: 2}, [x]]", "net.yaml");
    Errors errors;
    const auto items = Value(*document, nullptr, errors).list();
    CHECK(items[0].single().first == "conv");
    CHECK(items[0].single().second.path() == "[0].conv");
    CHECK(items[1].single().first == "relu");
    CHECK(items[1].single().second.is_null());
    CHECK_FALSE(items[1].single().second.map().find("out"));
    CHECK(items[2].single().first == "pool");
    CHECK(errors.empty());
    CHECK(items[3].single().first.empty());
    CHECK(items[4].single().first.empty());
    CHECK(errors.messages() == Messages{"net.yaml:1:31: [3]: expected a map with one key, got 2 keys",
                                        "net.yaml:1:45: [4]: expected a map with one key, got a list"});
}

TEST_CASE("User-named entries come in file order and count as read") {
    const auto document = parse_document("b: 1\na: !optional 2\nc: 3\n", "net.yaml");
    Errors errors;
    const Genome genome = {0};
    std::vector<std::string> keys;
    for (const auto& [key, value] : Value(*document, &genome, errors).map().entries()) keys.push_back(key);
    CHECK(keys == std::vector<std::string>{"b", "c"});
    CHECK(errors.empty());
}

TEST_CASE("A genome decides what is read") {
    const auto document = parse_document(
        "rows: !choice [8, 16]\nclock: !range {from: 400 MHz, to: 1 GHz, step: 200 MHz}\nlayers:\n  - conv\n"
        "  - !repeat {times: !choice [0, 1, 3], of: {block: {k: !choice [3, 5]}}}\n  - !optional pool\n"
        "  - !repeat {times: 2, of: [a, !optional b]}\n",
        "net.yaml");
    Errors errors;
    //                     rows clock times k0 k1 k2 pool b0 b1
    const Genome genome = {1, 800, 2, 0, 1, 0, 0, 1, 0};
    const Value root(*document, &genome, errors);
    CHECK(to_yaml(root.resolved()) ==
          "rows: 16\nclock: 800 MHz\nlayers:\n  - conv\n  - block: {k: 3}\n  - block: {k: 5}\n  - block: {k: 3}\n"
          "  - a\n  - b\n  - a\n");
    const auto layers = root.map().require("layers", "a list").list();
    CHECK(layers.at(2).path() == "layers[1].repeat[1]");
    CHECK(layers.at(5).path() == "layers[3].repeat[0][1]");
    const Genome none = {0, 400, 0, 0, 0, 0, 1, 0, 0};
    CHECK(to_yaml(Value(*document, &none, errors).resolved()) ==
          "rows: 8\nclock: 400 MHz\nlayers: [conv, pool, a, a]\n");
}

TEST_CASE("Without a genome a choice is refused") {
    CHECK(messages("rows: !choice [8, 16]", [](const Value& v) {
              CHECK(v.map().require("rows", "a number").integer(1, 99) == 8);
          }) == Messages{"net.yaml:1:7: rows: this is a space, not one design: the choice is open"});
}

TEST_CASE("All errors of a file come in one go") {
    const auto document = parse_document("a: x\nb: 1\nc: 2\n", "net.yaml");
    Errors errors;
    {
        Object map = Value(*document, nullptr, errors).map();
        (void)map.require("a", "a number").integer(1, 2);
        (void)map.require("bb", "a number").integer(1, 2);
    }
    CHECK_THROWS_WITH_AS(errors.throw_if_any(),
                         "net.yaml:1:4: a: expected a whole number between 1 and 2, got 'x'\n"
                         "net.yaml:1:1: missing key 'bb' (a number)\n"
                         "net.yaml:2:1: unknown key 'b', did you mean 'bb'?\n"
                         "net.yaml:3:1: unknown key 'c'",
                         Error);
}

TEST_SUITE_END();
