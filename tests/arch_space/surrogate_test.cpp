// SPDX-License-Identifier: Apache-2.0
#include "arch_space/accuracy/surrogate.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "arch_space/accuracy/features.hpp"
#include "arch_space/accuracy/table.hpp"
#include "core/document.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/random.hpp"
#include "core/value.hpp"

using namespace dyad::arch_space;
using dyad::core::parse_document;

namespace {

Surrogate imagenet() { return Surrogate::load(dyad::core::find_config("imagenet_mobile", "accuracy")); }

/// MobileNetV2 with what is asked for behind its first line.
Network mobilenet_v2(const std::string& resolution = "224", const std::string& precision = "fp32",
                     const std::string& block = "") {
    const auto residual = [&](const char* rest) {
        return "  - inverted_residual: {" + std::string(rest) + block + "}\n";
    };
    const std::string text =
        "network: mobilenet_v2\ninput: {image: [3, " + resolution + ", " + resolution + "]}\nprecision: " + precision +
        "\nlayers:\n" + "  - conv: {out: 32, kernel: 3, stride: 2, norm: batch_norm, activation: relu6}\n" +
        residual("expand: 1, out: 16") + residual("expand: 6, out: 24, stride: 2, repeat: 2") +
        residual("expand: 6, out: 32, stride: 2, repeat: 3") + residual("expand: 6, out: 64, stride: 2, repeat: 4") +
        residual("expand: 6, out: 96, repeat: 3") + residual("expand: 6, out: 160, stride: 2, repeat: 3") +
        residual("expand: 6, out: 320") + "  - conv: {out: 1280, kernel: 1, norm: batch_norm, activation: relu6}\n" +
        "  - pool: {type: average, global: true}\n  - flatten\n  - linear: {out: 1000}\n";
    return read_network(*parse_document(text, "mobilenet_v2.yaml"));
}

/// A mobile network in the middle of the table.
Features middle() {
    return {.macs = 300e6,
            .parameters = 4e6,
            .resolution = 224,
            .depth = 17,
            .shortcuts = 1,
            .refinement = 0,
            .large = 0,
            .dense = 0,
            .classes = 1000,
            .int8 = 0,
            .int4 = 0};
}

}  // namespace

TEST_SUITE("arch_space/surrogate") {
    TEST_CASE("the features of MobileNetV2 are those of its row in the table") {
        const auto features = features_of(mobilenet_v2());
        CHECK(features.macs == doctest::Approx(300e6).epsilon(0.01));         // published: 300 M
        CHECK(features.parameters == doctest::Approx(3.47e6).epsilon(0.02));  // published: 3.47 M
        CHECK(features.resolution == 224);
        CHECK(features.depth == 17);     // one depthwise convolution a block
        CHECK(features.shortcuts == 1);  // 10 of 17 blocks: more than one half
        CHECK(features.refinement == 0);
        CHECK(features.large == 0);
        CHECK(features.dense == 0);
        CHECK(features.classes == 1000);
        CHECK(features.int8 == 0);
        const auto table =
            read_accuracy_table(*dyad::core::read_document(dyad::core::find_config("imagenet_mobile", "accuracy")));
        std::size_t found = 0;
        for (const auto& row : table.rows) {
            if (row.name != "mobilenet_v2_1_224") continue;
            ++found;
            CHECK(row.features.depth == features.depth);
            CHECK(row.features.shortcuts == features.shortcuts);
        }
        CHECK(found == 1);
    }

    TEST_CASE("squeeze-and-excite, hard-swish and large kernels are counted") {
        const auto features =
            features_of(mobilenet_v2("224", "fp32", ", kernel: 5, squeeze_excite: true, activation: hardswish"));
        CHECK(features.large == 1);  // all 17; the first convolution does not count
        // A gate in each of 17 blocks: 1. Activations of maps: 33 hard-swish (two a block, one where nothing expands)
        // beside relu6 of the first and the last convolution: 33 / 35.
        CHECK(features.refinement == doctest::Approx((1 + 33.0 / 35) / 2));
        CHECK(features.depth == 17);
    }

    TEST_CASE("a known network is predicted within its interval, and near its published accuracy") {
        const auto surrogate = imagenet();
        const auto estimate = surrogate.predict(mobilenet_v2());
        CHECK(estimate.unit == "%");
        CHECK(!estimate.extrapolated);
        CHECK(std::abs(estimate.value - 71.8) < estimate.spread);  // tensorflow/models: 71.8
        CHECK(std::abs(estimate.value - 71.8) < 1.5);
        const auto smaller = surrogate.predict(mobilenet_v2("128"));  // tensorflow/models: 65.3
        CHECK(std::abs(smaller.value - 65.3) < smaller.spread);
        CHECK(smaller.value < estimate.value - 3);
    }

    TEST_CASE("left out, rows and whole families are predicted to a stated error") {
        const auto quality = imagenet().quality();
        CHECK(quality.rows == 85);
        CHECK(quality.families == 10);
        CHECK(quality.leave_one_out_mae < 0.85);
        CHECK(quality.leave_one_out_rmse < 1.15);
        CHECK(quality.leave_one_out_spearman > 0.98);
        CHECK(quality.leave_family_out_mae < 2.1);
        CHECK(quality.leave_family_out_mae > quality.leave_one_out_mae);  // a new family is harder
        CHECK(quality.interval_coverage >= 0.9);
        CHECK(quality.family_interval_coverage >= 0.9);
        CHECK(quality.sources.size() >= 10);
        for (const auto& source : quality.sources) CHECK(source.size() > 20);
    }

    TEST_CASE("the int8 drop is the mean of the published pairs") {
        const auto surrogate = imagenet();
        // 24 pairs: MobileNetV1 16, V3 3, EfficientNet-Lite 5; their drops add up to 30.7 points.
        CHECK(surrogate.quality().int8_pairs == 24);
        CHECK(surrogate.quality().int8_drop == doctest::Approx(30.7 / 24).epsilon(0.001));
        const auto exact = surrogate.predict(mobilenet_v2()), rounded = surrogate.predict(mobilenet_v2("224", "int8"));
        CHECK(exact.value - rounded.value == doctest::Approx(30.7 / 24).epsilon(0.001));
        CHECK(rounded.spread > exact.spread);
        CHECK(!rounded.extrapolated);
        const auto wide = surrogate.predict(mobilenet_v2("224", "fp16"));
        CHECK(wide.value == exact.value);
    }

    TEST_CASE("four bits cost more than eight, and are known less well") {
        const auto surrogate = imagenet();
        const auto eight = surrogate.predict(mobilenet_v2("224", "int8"));
        const auto four = surrogate.predict(mobilenet_v2("224", "int4"));
        CHECK(four.value < eight.value - 3);
        CHECK(four.spread > eight.spread + 2);
        CHECK(four.extrapolated);
    }

    TEST_CASE("more work at one recipe is never worse, with falling returns") {
        const auto surrogate = imagenet();
        double last = 0, last_gain = 100;
        for (double macs = 1e6; macs < 1e12; macs *= 2) {
            Features features = middle();
            features.macs = macs;
            const double value = surrogate.predict(features).value;
            CHECK(value > last);
            if (macs > 32e6) {
                CHECK(value - last < last_gain);
                last_gain = value - last;
            }
            last = value;
        }
        CHECK(last < 90);  // a network of 500 G multiply-accumulates a picture
    }

    TEST_CASE("shortcuts, refinement and large kernels never hurt, dense convolutions do not help at equal work") {
        const auto surrogate = imagenet();
        for (double Features::*part : {&Features::shortcuts, &Features::refinement, &Features::large}) {
            Features without = middle(), with = middle();
            without.*part = 0;
            with.*part = 1;
            CHECK(surrogate.predict(with).value > surrogate.predict(without).value);
        }
        Features dense = middle();
        dense.dense = 0.9;
        CHECK(surrogate.predict(dense).value < surrogate.predict(middle()).value);
    }

    TEST_CASE("parameters alone earn nothing") {
        const auto surrogate = imagenet();
        Features heavy = middle();
        heavy.parameters *= 100;
        const auto estimate = surrogate.predict(heavy), plain = surrogate.predict(middle());
        CHECK(estimate.value == plain.value);
        CHECK(estimate.spread > plain.spread);
        CHECK(estimate.extrapolated);
    }

    TEST_CASE("the interval grows with the distance from the table, step by step") {
        const auto surrogate = imagenet();
        const auto check = [&](double Features::*part, double from, double factor) {
            double last = 0;
            Features features = middle();
            for (double at = from; at > 1e-3 * from && at < 1e3 * from; at *= factor) {
                features.*part = at;
                const auto estimate = surrogate.predict(features);
                CHECK(estimate.spread > last);
                last = estimate.spread;
            }
        };
        // From the edge of the table outwards; the table ends at 11 M and 4490 M multiply-accumulates, 96 and 380
        // pixels, 0.47 M and 25.56 M parameters, 11 and 34 spatial convolutions.
        check(&Features::resolution, 380, 1.3);
        check(&Features::resolution, 96, 0.8);
        check(&Features::parameters, 25.56e6, 1.5);
        check(&Features::depth, 32, 1.3);
        check(&Features::macs, 4490e6, 1.3);
        Features tiny = middle(), tinier = middle();
        tiny.macs = 11e6;
        tinier.macs = 3e6;
        CHECK(surrogate.predict(tinier).spread > surrogate.predict(tiny).spread);
        CHECK(!surrogate.predict(tiny).extrapolated);
        CHECK(surrogate.predict(tinier).extrapolated);
    }

    TEST_CASE("over the whole mobile space predictions stay where mobile networks are") {
        const auto surrogate = imagenet();
        const auto document = dyad::core::read_document(dyad::core::find_config("mobile_blocks", "spaces"));
        const dyad::core::ChoiceSpace space(*document);
        const auto estimate = [&](const dyad::core::Genome& genome) {
            dyad::core::Errors errors;
            const auto network = parse_network(dyad::core::Value(*document, &genome, errors));
            errors.throw_if_any();
            return surrogate.predict(network.value());
        };
        // The published networks of int8 precision go from 40 % (11 M multiply-accumulates) to 81 %; 4 bits cost 5.9
        // more.
        const auto check = [](const Estimate& found) {
            CHECK(found.value > 40 - 5.9);
            CHECK(found.value < 81);
            CHECK(found.spread > 1);
            CHECK(found.spread < 10);
        };
        dyad::core::Stream random(1, "surrogate test");
        for (int i = 0; i < 100; ++i) check(estimate(space.sample(random)));
        check(estimate(space.at(0)));
        check(estimate(space.at(space.size() - 1)));
    }

    TEST_CASE("another number of classes is an extrapolation") {
        Features features = middle();
        features.classes = 10;
        CHECK(imagenet().predict(features).extrapolated);
    }

    TEST_CASE("the fit is the same each time") {
        const auto first = imagenet().predict(middle()), second = imagenet().predict(middle());
        CHECK(first.value == second.value);
        CHECK(first.spread == second.spread);
    }

    TEST_CASE("a network that is no image classifier is refused by name") {
        const auto network = read_network(*parse_document(
            "network: chain\ninput: {sequence: [16, 64]}\nlayers:\n  - linear: {out: 64}\n", "chain.yaml"));
        CHECK_THROWS_WITH_AS((void)imagenet().predict(network),
                             "chain: the accuracy surrogate knows convolutional image classifiers; this network has no "
                             "image input or fewer than two convolutions wider than 1x1",
                             dyad::core::Error);
    }

    TEST_CASE("a bad table is refused with all its errors") {
        const auto document = parse_document(
            "accuracy: t\nunit: \"%\"\nclasses: 1000\nmodel: {exponent: 0.2, ridge: 1}\n"
            "int4: {drop: 5, spread: 5, source: guess}\n"
            "families:\n  - family: a\n    source: x\n"
            "    shape: {spatial: 4, large: 9, shortcuts: 0, squeeze: 0, swish: 0, dense: 0}\n"
            "    networks:\n      - {name: a1, top1: 170, mmacs: 300, mparams: 3, resolution: 224}\n",
            "t.yaml");
        CHECK_THROWS_WITH_AS((void)read_accuracy_table(*document),
                             "t.yaml:4:8: model: missing key 'source' (how they were chosen)\n"
                             "t.yaml:9:32: families[0].shape.large: expected a number between 0 and 4, got '9'\n"
                             "t.yaml:11:26: families[0].networks[0].top1: expected a number between 0.1 and 99.9, got "
                             "'170'",
                             dyad::core::Error);
    }
}
