// SPDX-License-Identifier: Apache-2.0
#include "core/choice_space.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "core/document.hpp"
#include "core/random.hpp"

using namespace dyad::core;

namespace {

ChoiceSpace space_of(const std::string& text) { return ChoiceSpace(*parse_document(text, "f.yaml")); }

const std::string nested =
    "engines:\n"
    "  - pe_array: {rows: !choice [8, 16], dataflow: !choice [weight_stationary, output_stationary]}\n"
    "  - !optional {depthwise_unit: {lanes: !choice [16, 32, 64]}}\n"
    "layers:\n"
    "  - conv: {out: 8}\n"
    "  - !repeat {times: !choice [1, 2, 3], of: {inverted_residual: {kernel: !choice [3, 5]}}}\n";

/// Every combination of all genes, active or not, made canonical: the distinct settings by brute force.
std::set<Genome> enumerate(const ChoiceSpace& space) {
    std::set<Genome> found;
    std::vector<std::size_t> digits(space.genes().size());
    while (true) {
        Genome genome;
        for (std::size_t g = 0; g < digits.size(); ++g) genome.push_back(space.genes()[g].at(digits[g]));
        found.insert(space.canonical(genome));
        std::size_t g = 0;
        while (g < digits.size() && ++digits[g] == space.genes()[g].count()) digits[g++] = 0;
        if (g == digits.size()) return found;
    }
}

}  // namespace

TEST_SUITE_BEGIN("core/choice space");

TEST_CASE("Genes are named by their path, in file order, with their parents") {
    const ChoiceSpace space = space_of(nested);
    std::vector<std::string> names;
    std::vector<int> parents;
    for (const Gene& gene : space.genes()) {
        names.push_back(gene.name);
        parents.push_back(gene.parent);
    }
    CHECK(names == std::vector<std::string>{"engines[0].pe_array.rows", "engines[0].pe_array.dataflow",
                                            "engines[1].depthwise_unit", "engines[1].depthwise_unit.lanes",
                                            "layers[1].repeat", "layers[1].repeat[0].inverted_residual.kernel",
                                            "layers[1].repeat[1].inverted_residual.kernel",
                                            "layers[1].repeat[2].inverted_residual.kernel"});
    CHECK(parents == std::vector<int>{-1, -1, -1, 2, -1, 4, 4, 4});
    CHECK(space.genes()[7].parent_options == std::vector<std::size_t>{2});  // the third copy: only for 3 times
    CHECK(space.genes()[5].parent_options == std::vector<std::size_t>{0, 1, 2});
}

TEST_CASE("Ascending numbers or quantities of one kind are ordered, all else is categorical") {
    const auto kind = [](const std::string& options) { return space_of("a: !choice " + options).genes().at(0).kind; };
    CHECK(kind("[1, 2, 10]") == Gene::Kind::ordered);
    CHECK(kind("[512 KiB, 1 MiB]") == Gene::Kind::ordered);
    CHECK(kind("[0.5, 1e3]") == Gene::Kind::ordered);
    CHECK(kind("[2, 1]") == Gene::Kind::categorical);
    CHECK(kind("[1, 1]") == Gene::Kind::categorical);
    CHECK(kind("[1 MiB, 2 MHz]") == Gene::Kind::categorical);
    CHECK(kind("[1, 2 MHz]") == Gene::Kind::categorical);
    CHECK(kind("[\"1\", \"2\"]") == Gene::Kind::categorical);
    CHECK(kind("[a, b]") == Gene::Kind::categorical);
    CHECK(kind("[1, [2]]") == Gene::Kind::categorical);
}

TEST_CASE("Labels tell the options apart") {
    const auto labels = [](const std::string& options) {
        return space_of("a: !choice " + options).genes().at(0).options;
    };
    CHECK(labels("[1 MiB, x]") == std::vector<std::string>{"1 MiB", "x"});
    CHECK(labels("[{conv: {out: 8}}, {pool: {}}, ~]") == std::vector<std::string>{"conv", "pool", "null"});
    CHECK(labels("[{conv: {out: 8}}, {conv: {out: [16, 3]}}]") ==
          std::vector<std::string>{"{conv: {out: 8}}", "{conv: {out: [16, 3]}}"});
    CHECK(labels("[x, x]") == std::vector<std::string>{"x", "x #1"});
    CHECK(labels("[{a: 1, b: !choice [2, 3]}, !range {from: 1, to: 2}]") ==
          std::vector<std::string>{"{a: 1, b: !choice [2, 3]}", "1..2"});
    CHECK(labels("[[" + std::string(100, 'x') + "], y]").at(0).size() == 60);
}

TEST_CASE("A grid reaches its end and no further") {
    const Gene tenths = space_of("!range {from: 0, to: 1, step: 0.1}").genes().at(0);
    CHECK(tenths.kind == Gene::Kind::grid);
    CHECK(tenths.count() == 11);
    CHECK(tenths.at(10) == 1);
    CHECK(tenths.label(tenths.at(3)) == "0.3");
    for (std::size_t i = 0; i < tenths.count(); ++i) CHECK(tenths.index(tenths.at(i)) == i);
    CHECK_THROWS_AS((void)tenths.at(11), std::logic_error);
    const Gene uneven = space_of("!range {from: 1, to: 6, step: 2}").genes().at(0);
    CHECK(uneven.count() == 3);  // 1, 3, 5
    CHECK(uneven.at(2) == 5);
    const Gene clock = space_of("!range {from: 400 MHz, to: 1 GHz, step: 200 MHz}").genes().at(0);
    CHECK(clock.count() == 4);
    CHECK(clock.label(clock.at(2)) == "800 MHz");
    CHECK(space_of("!range {from: 0, to: 1}").genes().at(0).count() == 0);
}

TEST_CASE("A gene is active only under the options of its parent") {
    const ChoiceSpace space = space_of(nested);
    //                     rows flow unit lanes times k0 k1 k2
    const Genome genome = {1, 0, 0, 2, 1, 1, 1, 1};
    const std::vector<bool> expected = {true, true, true, false, true, true, true, false};
    for (std::size_t g = 0; g < genome.size(); ++g) CHECK(space.active(genome, g) == expected[g]);
    CHECK(space.canonical(genome) == Genome{1, 0, 0, 0, 1, 1, 1, 0});
    CHECK_THROWS_AS((void)space.canonical({1, 2}), std::logic_error);
}

// 2 rows x 2 dataflows x (absent 1 + present 3) x (2 + 4 + 8 kernels of one to three copies) = 224.
TEST_CASE("The size is that of the settings told apart") {
    const ChoiceSpace space = space_of(nested);
    CHECK(space.size() == 2 * 2 * 4 * 14);
    CHECK(space.size_estimate() == 224);
    CHECK(ChoiceSpace().size() == 1);
    CHECK(space_of("a: 1").size() == 1);
}

TEST_CASE("Every setting has its number") {
    for (const std::string& text :
         {nested,
          std::string("a: !choice [!choice [1, 2], !choice [x, !optional y]]\nb: [!repeat {times: !range {from: 0, to: "
                      "2, step: 2}, "
                      "of: !choice [1, 2, 3]}]"),
          std::string("[!repeat {times: 2, of: [!optional {a: !choice [1, 2]}]}]"),
          std::string("a: !optional {b: !optional {c: !optional {d: !choice [1, 2, 3, 4, 5]}}}")}) {
        const ChoiceSpace space = space_of(text);
        std::set<Genome> numbered;
        for (std::uint64_t i = 0; i < space.size(); ++i) {
            const Genome genome = space.at(i);
            CHECK(space.canonical(genome) == genome);
            numbered.insert(genome);
        }
        CHECK(numbered == enumerate(space));
        CHECK(numbered.size() == space.size());
        CHECK_THROWS_AS((void)space.at(space.size()), std::logic_error);
    }
}

TEST_CASE("The last gene varies fastest") {
    const ChoiceSpace space = space_of("a: !choice [1, 2]\nb: !choice [1, 2, 3]");
    CHECK(space.at(0) == Genome{0, 0});
    CHECK(space.at(1) == Genome{0, 1});
    CHECK(space.at(3) == Genome{1, 0});
}

// Absent is one setting of ten, not one of two: 20,000 draws give 2,000 with a deviation of 42.4; five of them are 212.
TEST_CASE("Samples are uniform over settings, not over options") {
    const ChoiceSpace space = space_of("a: !optional {b: !choice [1, 2, 3], c: !choice [1, 2, 3]}");
    REQUIRE(space.size() == 10);
    std::map<Genome, int> counts;
    Stream random(5, "sample");
    for (int i = 0; i < 20'000; ++i) ++counts[space.sample(random)];
    CHECK(counts.size() == 10);
    for (const auto& [genome, count] : counts) {
        CHECK(std::abs(count - 2000) < 212);
        CHECK(space.canonical(genome) == genome);
    }
}

TEST_CASE("Samples of choices below choices and of repeated blocks pass a chi-squared test") {
    const ChoiceSpace space = space_of(nested);
    REQUIRE(space.size() == 224);  // 2 x 2, absent or 3 lanes, 2 + 4 + 8 kernels
    std::map<Genome, double> counts;
    Stream random(3, "sample");
    constexpr double expected = 100;
    for (int i = 0; i < 22'400; ++i) ++counts[space.sample(random)];
    double sum = 0;
    for (const auto& setting : enumerate(space)) sum += std::pow(counts[setting] - expected, 2) / expected;
    CHECK(counts.size() == 224);
    // 223 degrees of freedom: mean 223, deviation sqrt(2 x 223) = 21; with options equally likely instead it is some
    // 20,000
    CHECK(sum > 223 - 4 * 21);
    CHECK(sum < 223 + 4 * 21);
}

TEST_CASE("Continuous genes are drawn within their range and make a space uncountable") {
    const ChoiceSpace space = space_of("a: !choice [x, !range {from: 2, to: 3}]");
    CHECK(space.size() == 0);
    CHECK(std::isinf(space.size_estimate()));
    Stream random(5, "sample");
    double least = 3, most = 2;
    for (int i = 0; i < 1000; ++i) {
        const Genome genome = space.sample(random);
        if (genome[0] == 0) {
            CHECK(genome[1] == 2);  // inactive: its first value
            continue;
        }
        least = std::min(least, genome[1]);
        most = std::max(most, genome[1]);
    }
    CHECK(least >= 2);
    CHECK(least < 2.05);
    CHECK(most < 3);
    CHECK(most > 2.95);
    CHECK_THROWS_AS((void)space.at(0), std::logic_error);
}

TEST_CASE("Sizes saturate, and samples still come") {
    std::string text;
    for (int i = 0; i < 64; ++i) text += "k" + std::to_string(i) + ": !choice [1, 2]\n";
    CHECK(space_of(text).size() == std::numeric_limits<std::uint64_t>::max());
    CHECK(space_of(text).size_estimate() == 0x1p64);
    std::string beyond = "a: !optional\n";  // 2^2000 settings below one gene: beyond a double
    for (int i = 0; i < 2000; ++i) beyond += "  k" + std::to_string(i) + ": !choice [1, 2]\n";
    const ChoiceSpace large = space_of(beyond);
    CHECK(std::isinf(large.size_estimate()));
    Stream random(1, "sample");
    int present = 0;
    for (int i = 0; i < 400; ++i) present += large.sample(random)[0] == 1;
    CHECK(std::abs(present - 200) < 50);  // five deviations of 10
}

TEST_CASE("Joined spaces keep their genes apart") {
    const ChoiceSpace first = space_of("a: !optional {b: !choice [1, 2]}"),
                      second = space_of("a: !optional {b: !choice [1, 2, 3]}");
    const ChoiceSpace both = ChoiceSpace::join(first, "network.", second, "accelerator.");
    REQUIRE(both.genes().size() == 4);
    CHECK(both.genes()[1].name == "network.a.b");
    CHECK(both.genes()[3].name == "accelerator.a.b");
    CHECK(both.genes()[3].parent == 2);
    CHECK(both.size() == first.size() * second.size());
    CHECK(both.canonical({1, 1, 0, 2}) == Genome{1, 1, 0, 0});
}

TEST_SUITE_END();
