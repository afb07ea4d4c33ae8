// SPDX-License-Identifier: Apache-2.0
#include "arch_space/accuracy/fitted.hpp"

#include <fmt/format.h>

#include <cmath>

#include "arch_space/accuracy/measured.hpp"
#include "arch_space/accuracy/scores.hpp"
#include "core/random.hpp"
#include "tests/arch_space/space_file.hpp"

namespace dyad::arch_space {
namespace {

/// Four blocks, each a 1x1, 3x3 or 5x5 convolution or nothing: 256 members.
const char* const chain =
    "network: chain\ninput: {image: [4, 8, 8]}\nlayers:\n"
    "  - use: {name: a, layer: !choice [one, three, five, identity]}\n"
    "  - use: {name: b, layer: !choice [one, three, five, identity]}\n"
    "  - use: {name: c, layer: !choice [one, three, five, identity]}\n"
    "  - use: {name: d, layer: !choice [one, three, five, identity]}\n"
    "blocks:\n"
    "  one: {layers: [conv: {out: same}]}\n"
    "  three: {layers: [conv: {out: same, kernel: 3}]}\n"
    "  five: {layers: [conv: {out: same, kernel: 5}]}\n";

const std::string header = "layers[0].use.layer,layers[1].use.layer,layers[2].use.layer,layers[3].use.layer,accuracy\n";

/// Made-up accuracies: what each block adds, and 2 for a 3x3 behind a 5x5 or the other way round.
double made_up(const core::Genome& genome) {
    constexpr double worth[] = {4, 7, 9, 0};
    double sum = 50;
    for (std::size_t b = 0; b < 4; ++b)
        sum += worth[static_cast<std::size_t>(genome[b])] * (1 + 0.3 * static_cast<double>(b));
    if (genome[0] + genome[1] == 3 && genome[0] != 0 && genome[1] != 0) sum += 2;
    return sum;
}

std::string row(const core::ChoiceSpace& space, const core::Genome& genome, double value) {
    std::string text;
    for (std::size_t g = 0; g < genome.size(); ++g) text += space.genes()[g].label(genome[g]) + ",";
    return text + fmt::format("{}\n", value);
}

struct Chain {
    std::shared_ptr<const core::Document> document = core::parse_document(chain, "chain.yaml");
    core::ChoiceSpace space{*document};

    /// Every member but each fifth.
    [[nodiscard]] MeasuredTable table() const {
        auto text = header;
        for (std::uint64_t i = 0; i < space.size(); ++i)
            if (i % 5 != 3) text += row(space, space.at(i), made_up(space.at(i)));
        return read(text);
    }
    [[nodiscard]] MeasuredTable read(const std::string& csv) const {
        return read_measured(core::parse_csv(csv, "table.csv"), *document,
                             {.column = "", .name = "made_up", .source = ""});
    }
    [[nodiscard]] Network member(const core::Genome& genome) const {
        core::Errors errors;
        return parse_network(core::Value(*document, &genome, errors)).value();
    }
};

template <class F>
std::string message_of(const F& f) {
    try {
        f();
    } catch (const core::Error& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_SUITE("arch_space/fitted") {
    TEST_CASE("features say which ways lead through a block") {
        const auto features = network_features(parse("[4, 8, 8]", R"(
  - conv: {name: stem, out: 4}
  - cell: {name: stage, repeat: 2}
  - pool: {type: average, global: true}
blocks:
  cell:
    layers:
      - conv: {name: a, out: 4, kernel: 3}
      - conv: {name: b, out: 4}
      - add: {from: [a, b]}
      - add: {from: [input, previous]}
)"));
        const auto& paths = features.values[NetworkFeatures::paths];
        CHECK(paths.at("stage:") == 1);       // the input is added
        CHECK(paths.at("stage:c3") == 1);     // a straight to the sum
        CHECK(paths.at("stage:c3 c1") == 1);  // a, b
        CHECK(paths.at("stem:c1") == 1);
        CHECK(paths.size() == 5);  // and the pool
        const auto& extents = features.values[NetworkFeatures::extents];
        CHECK(extents.at("stage:ways") == 3);
        CHECK(extents.at("stage:most convolutions") == 1 + 2);
        CHECK(extents.at("stage:least convolutions") == 1 + 0);
        CHECK(extents.at("stage:sum of convolutions") == 3);
        CHECK(extents.at("stage:sum of wide") == 2);
        CHECK(features.values[NetworkFeatures::sizes].at("stage:copies") == 2);
        CHECK(features.values[NetworkFeatures::sizes].at("x:elements") == doctest::Approx(std::log(4 * 8 * 8)));
    }

    TEST_CASE("networks that are the same have the same features") {
        const SpaceFile cells("nasbench201");
        // the edge 2 -> 3 is absent, so it is one what leads to 2
        const auto a = cells.member({{"parameters.edge_1_0", "nor_conv_3x3"}, {"parameters.edge_3_1", "nor_conv_1x1"}});
        const auto b = cells.member({{"parameters.edge_1_0", "nor_conv_3x3"},
                                     {"parameters.edge_2_0", "avg_pool_3x3"},
                                     {"parameters.edge_3_1", "nor_conv_1x1"}});
        CHECK(network_features(a).values == network_features(b).values);
        const auto c = cells.member({{"parameters.edge_3_0", "nor_conv_3x3"}});
        CHECK(network_features(a).values != network_features(c).values);
    }

    TEST_CASE("normal scores are the quantiles of the normal distribution, and lead back") {
        const NormalScores scores({3, 1, 2});
        CHECK(scores.score(2) == doctest::Approx(0).epsilon(1e-9));
        CHECK(scores.score(1) == doctest::Approx(-0.967422).epsilon(1e-5));  // the quantile of 1/6
        CHECK(scores.score(9) == scores.score(3));
        CHECK(scores.value(scores.score(1.5)) == doctest::Approx(1.5));
    }

    TEST_CASE("a fit predicts members it has not seen, with intervals that hold most of them") {
        const Chain members;
        const auto fitted = FittedSurrogate::fit(members.table());
        CHECK(fitted.rows() == 205);
        CHECK(fitted.networks() == 205);
        CHECK(fitted.held_out().size() == 3);
        CHECK(fitted.held_out().front().spearman > 0.99);
        double inside = 0, error = 0;
        for (std::uint64_t i = 3; i < 256; i += 5) {
            const auto genome = members.space.at(i);
            const auto estimate = fitted.predict(network_features(members.member(genome)));
            CHECK(estimate.unit == "%");
            error += std::abs(estimate.value - made_up(genome)) / 51;
            inside += std::abs(estimate.value - made_up(genome)) <= estimate.spread;
        }
        CHECK(error < 1);           // of values from 50 to 102
        CHECK(inside >= 0.7 * 51);  // 90 % are meant to
    }

    TEST_CASE("what is written is read as the same model") {
        const Chain members;
        const auto fitted = FittedSurrogate::fit(members.table());
        const auto text = fitted.yaml();
        const auto again = FittedSurrogate::read(*core::parse_document(text, "made_up.yaml"));
        CHECK(again.yaml() == text);
        for (std::uint64_t i = 0; i < 256; i += 17) {
            const auto features = network_features(members.member(members.space.at(i)));
            CHECK(again.predict(features).value == doctest::Approx(fitted.predict(features).value).epsilon(1e-3));
        }
        CHECK(FittedSurrogate::fit(members.table()).yaml() == text);
    }

    TEST_CASE("a network of another space is an extrapolation with a wide interval") {
        const Chain members;
        const auto fitted = FittedSurrogate::fit(members.table());
        CHECK_FALSE(fitted.predict(network_features(members.member({0, 0, 0, 0}))).extrapolated);
        const auto other = fitted.predict(network_features(read_config("mobilenet_v2")));
        CHECK(other.extrapolated);
        CHECK(other.spread >= 20);
    }

    TEST_CASE("tables that cannot be fitted say why") {
        const Chain members;
        CHECK(
            message_of([&] { (void)members.read("arch,accuracy\nx,1\n"); }) ==
            "table.csv:1: no column tells the space's members: neither one of its `spelling` nor one a gene; of those "
            "there is no 'layers[0].use.layer', 'layers[1].use.layer', 'layers[2].use.layer', 'layers[3].use.layer'");
        CHECK(message_of([&] { (void)members.read(header + "one,one,two,one,5\none,one,one,one,good\n"); }) ==
              "table.csv:2: names no member of chain\ntable.csv:3: found 'good', expected a number");
        CHECK(message_of([&] { (void)FittedSurrogate::fit(members.read(header + "one,one,one,one,5\n")); }) ==
              "made_up: 1 different networks, expected at least 50 to fit");
        auto flat = members.table();
        for (auto& value : flat.values) value = 7;
        CHECK(message_of([&] { (void)FittedSurrogate::fit(flat); }) == "made_up: all values are 7, nothing to fit");
    }

    TEST_CASE("a damaged file is refused") {
        const auto text = FittedSurrogate::fit(Chain().table()).yaml();
        const auto read = [](std::string damaged) {
            return message_of([&] { (void)FittedSurrogate::read(*core::parse_document(damaged, "f.yaml")); });
        };
        for (std::size_t cut = 0; cut < text.size(); cut += text.size() / 40 + 1)
            CHECK(!read(text.substr(0, cut)).empty());
        auto other = text;
        other.replace(other.find("model: ", other.find("held_out")), 12, "model: oracle ");
        CHECK(!read(other).empty());
    }
}

}  // namespace dyad::arch_space
