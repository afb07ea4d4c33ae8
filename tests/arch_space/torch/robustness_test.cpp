// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "arch_space/torch/robustness/groups.hpp"
#include "arch_space/torch/robustness/perturbations.hpp"
#include "arch_space/torch/training/metrics.hpp"
#include "core/error.hpp"
#include "tests/arch_space/network_text.hpp"
#include "tests/arch_space/torch/tiny_data.hpp"

namespace dyad::arch_space::torch {
namespace {

/// Scores w x and -w x with w = (1, -2), of images of two pixels less 1/2: a margin is w (x - 1/2), and the loss of
/// class 0 grows along -w.
struct Linear {
    Network network = parse("[1, 1, 2]", "[flatten, linear: {out: 2, bias: false, precision: fp32}]");
    DataSet data = make_data();
    SharedWeights weights{1};
    Classifier classifier = make();

    static DataSet make_data() {
        const Images images{at::tensor({255, 102, 51, 153}, at::kByte).reshape({2, 1, 1, 2}),
                            at::tensor({0, 1}, at::kLong)};
        return {"hand", 2, images, images, {0.5F}, {1}};
    }
    Classifier make() {
        const auto slices = weights.slices(network);
        slices[0].value.copy_(at::tensor({1.F, -2.F, -1.F, 2.F}).reshape({2, 2}));
        return {network, slices, data};
    }
};

at::Tensor pair(float a, float b) { return at::tensor({a, b}).reshape({1, 1, 1, 2}); }
at::Tensor class_0() { return at::zeros({1}, at::kLong); }
bool close(const at::Tensor& a, const at::Tensor& b) { return a.allclose(b, 1e-5, 1e-6); }

Metric ask(Classifier& classifier, const DataSet& data, const std::string& metric, const char* options = "{}") {
    const auto json = nlohmann::ordered_json::parse(options);
    const std::vector<std::string> metrics{metric};
    Shelf shelf;
    const Network none;
    const Request request{none, metrics, json, 1, shelf};
    return test(classifier, prepare(request, data, 0, false), request).at(0).second;
}

std::string preparing_error(const DataSet& data, const std::string& metric, const char* options, std::uint64_t kept) {
    const auto json = nlohmann::ordered_json::parse(options);
    const std::vector<std::string> metrics{metric};
    Shelf shelf;
    const Network none;
    try {
        (void)prepare({none, metrics, json, 1, shelf}, data, kept, true);
    } catch (const core::Error& error) {
        return error.what();
    }
    return "";
}

std::string groups_error(const Scratch& folder, const std::string& text, const DataSet& data) {
    folder.put("test_groups.txt", text);
    try {
        (void)read_groups(folder.path() / "test_groups.txt", data);
    } catch (const core::Error& error) {
        return std::string(error.what()).substr(folder.path().string().size() + 1);
    }
    return "";
}

}  // namespace

TEST_SUITE("arch_space/torch/robustness") {
    TEST_CASE("on a linear model the attacks reach the corner that is worst, and stay within black and white") {
        Linear m;
        const auto x = pair(0.5F, 0.4F);
        CHECK(close(fgsm(m.classifier, x, class_0(), 0.1), pair(0.4F, 0.5F)));
        CHECK(close(pgd(m.classifier, x, class_0(), 0.1, 7, core::Stream(1, "pgd")), pair(0.4F, 0.5F)));
        CHECK(close(fgsm(m.classifier, pair(0.05F, 0.95F), class_0(), 0.1), pair(0, 1)));
        CHECK(close(pgd(m.classifier, pair(0.05F, 0.95F), class_0(), 0.1, 7, core::Stream(1, "pgd")), pair(0, 1)));
    }
    TEST_CASE("an attack succeeds from the radius on that takes the whole margin") {
        // (1, 0.4): margin 0.5 + 0.2 = 0.7, which falls by 3 a unit of radius: gone at 0.2333.
        // (0.2, 0.6): margin -0.3 - 0.2 = -0.5 of class 1: gone at 0.1667.
        Linear m;
        CHECK(ask(m.classifier, m.data, "accuracy").value == 100);
        for (const std::string attack : {"fgsm", "pgd"}) {
            CHECK(ask(m.classifier, m.data, attack, R"({"radii": [0.16]})").value == 100);
            CHECK(ask(m.classifier, m.data, attack, R"({"radii": [0.17]})").value == 50);
            CHECK(ask(m.classifier, m.data, attack, R"({"radii": [0.23]})").value == 50);
            CHECK(ask(m.classifier, m.data, attack, R"({"radii": [0.24]})").value == 0);
            CHECK(ask(m.classifier, m.data, attack, R"({"radii": [0.16, 0.24]})").value == 50);
        }
    }
    TEST_CASE("robustness is the mean over all perturbations") {
        Linear m;
        double sum = 0;
        for (const auto& name : perturbations()) sum += ask(m.classifier, m.data, name).value;
        CHECK(ask(m.classifier, m.data, "robustness").value == doctest::Approx(sum / 6));
    }
    TEST_CASE("the interval is that of so many images") {
        // one of two right: 1.6449 sqrt(1/2 x 1/2 / 2) = 0.5816
        Linear m;
        const auto metric = ask(m.classifier, m.data, "fgsm", R"({"radii": [0.2]})");
        CHECK(metric.value == 50);
        CHECK(metric.spread == doctest::Approx(58.16).epsilon(1e-3));
        CHECK(metric.unit == "%");
    }
    TEST_CASE("noise has the deviation asked for and another value for each pixel") {
        const auto grey = at::full({4, 1, 32, 32}, 0.5F);
        const auto change = add_noise(grey, 0.1, core::Stream(1, "noise")) - grey;
        CHECK(change.std().item<double>() == doctest::Approx(0.1).epsilon(0.03));  // 4096 draws: 1.1 % a deviation
        CHECK(std::abs(change.mean().item<double>()) < 5 * 0.1 / 64);
        CHECK(add_noise(grey, 0, core::Stream(1, "noise")).equal(grey));
        CHECK(add_noise(at::ones({1, 1, 8, 8}), 0.5, core::Stream(1, "noise")).max().item<double>() <= 1);
    }
    TEST_CASE("a blur spreads a point as its window and leaves what is even") {
        auto point = at::zeros({1, 2, 9, 9});
        point[0][1][4][4] = 1;
        const auto spread = blur(point, 0.5);  // reaches two pixels; e^0, e^-2, e^-8 over their sum
        const double sum = 1 + 2 * std::exp(-2) + 2 * std::exp(-8);
        CHECK(spread[0][1][4][4].item<double>() == doctest::Approx(1 / (sum * sum)));
        CHECK(spread[0][1][4][5].item<double>() == doctest::Approx(std::exp(-2) / (sum * sum)));
        CHECK(spread[0][1][2][3].item<double>() == doctest::Approx(std::exp(-8 - 2) / (sum * sum)));
        CHECK(spread[0][1][1][4].item<double>() == 0);
        CHECK(spread[0][0].sum().item<double>() == 0);
        const auto even = at::full({1, 1, 5, 4}, 0.3F);
        CHECK(close(blur(even, 1), even));
    }
    TEST_CASE("less contrast draws a channel towards its mean") {
        CHECK(close(less_contrast(pair(0.2F, 0.8F), 0.5), pair(0.35F, 0.65F)));
        CHECK(close(less_contrast(pair(0.2F, 0.8F), 0), pair(0.5F, 0.5F)));
    }
    TEST_CASE("a grey square hides its share of each side") {
        const auto hidden = occlude(at::ones({3, 2, 8, 12}), 0.25, core::Stream(1, "occlusion"));
        const auto grey = hidden.eq(0.5);
        CHECK(grey.sum({1, 2, 3}).eq(2 * 2 * 3).all().item<bool>());  // 2 channels of 2 x 3
        CHECK((hidden.eq(1) | grey).all().item<bool>());
        CHECK(occlude(at::ones({1, 1, 8, 8}), 0, core::Stream(1, "occlusion")).eq(1).all().item<bool>());
        CHECK(occlude(at::ones({1, 1, 8, 8}), 1, core::Stream(1, "occlusion")).eq(0.5).all().item<bool>());
    }
    TEST_CASE("options out of range are named") {
        const auto error = [](const char* options) -> std::string {
            try {
                (void)test_options(nlohmann::ordered_json::parse(options));
            } catch (const core::Error& e) {
                return e.what();
            }
            return "";
        };
        CHECK(error(R"({"radii": []})") == "radii: expected a list of 1 to 16 numbers from 0 to 1");
        CHECK(error(R"({"radii": [2]})") == "radii: expected a list of 1 to 16 numbers from 0 to 1");
        CHECK(error(R"({"noise": -1})") == "noise: found -1, expected a number from 0 to 10");
        CHECK(error(R"({"groups": 3})") == "groups: found 3, expected a text");
        const auto data = Linear::make_data();
        CHECK(preparing_error(data, "robustnes", "{}", 1) ==
              "a trained network has no metric 'robustnes', did you mean 'robustness'?");
        CHECK(preparing_error(data, "accuracy", R"({"split": "tset"})", 1) ==
              "split: found 'tset', expected test or validation");
        CHECK(preparing_error(data, "accuracy", R"({"split": "validation"})", 0) ==
              "split: no images were kept back for validation");
        CHECK(preparing_error(data, "accuracy", R"({"split": "validation"})", 1) == "");
    }
    TEST_CASE("an attack on scores that no pixel changes leaves the image as it is") {
        const auto network = parse("[1, 1, 2]", "[zero, flatten, linear: {out: 2}]");
        const auto data = Linear::make_data();
        SharedWeights weights(1);
        Classifier classifier(network, weights.slices(network), data);
        const auto x = pair(0.5F, 0.4F);
        CHECK(fgsm(classifier, x, class_0(), 0.1).equal(x));
        CHECK(pgd(classifier, x, class_0(), 0, 3, core::Stream(1, "pgd")).equal(x));
    }
}

TEST_SUITE("arch_space/torch/fairness") {
    TEST_CASE("without a file the groups are thirds by brightness") {
        auto data = quarters(4, 7);
        for (std::int64_t i = 0; i < 7; ++i) data.test.pixels[i].fill_((3 * i) % 7 * 10);  // 0 30 60 20 50 10 40
        const auto groups = read_groups("", data);
        CHECK(groups.names == std::vector<std::string>{"dark", "middle", "bright"});
        // in order 0 10 20 | 30 40 | 50 60: places 0 to 6 times 3 over 7 are 0 0 0 1 1 2 2
        CHECK(groups.of.equal(at::tensor({0, 1, 2, 0, 2, 0, 1}, at::kLong)));
    }
    TEST_CASE("groups are read by line, and what is wrong with them is named") {
        const Scratch folder;
        auto data = quarters(4, 3);
        CHECK(groups_error(folder, "b\na\nb\n", data) == "");
        CHECK(read_groups(folder.path() / "test_groups.txt", data).of.equal(at::tensor({1, 0, 1}, at::kLong)));
        data.folder = folder.path().string();
        CHECK(read_groups("", data).names == std::vector<std::string>{"a", "b"});
        CHECK(groups_error(folder, "b\na\n", data) == "test_groups.txt: found 2 lines, expected 3, one a test image");
        CHECK(groups_error(folder, "b\n\na\n", data) ==
              "test_groups.txt:2: found nothing, expected the name of a group");
        CHECK(groups_error(folder, "a\na\na\n", data) == "test_groups.txt: found one group, expected two or more");
    }
    TEST_CASE("groups of what was kept back are those of the images to learn from, read before any work") {
        const Scratch folder;
        auto data = quarters(3, 4);
        data.folder = folder.path().string();
        folder.put("train_groups.txt", "b\na\nb\n");
        CHECK(groups_to_learn("", data, at::tensor({2}, at::kLong)).of.equal(at::tensor({1, 0, 1}, at::kLong)));
        CHECK(preparing_error(data, "fairness_gap", R"({"groups": "g"})", 1) ==
              "g: groups of test images: ask for split test");
        folder.put("train_groups.txt", "b\n");
        CHECK(preparing_error(data, "fairness_gap", "{}", 1)
                  .ends_with("train_groups.txt: found 1 lines, expected 3, one an image to learn from"));
        CHECK(preparing_error(data, "accuracy", "{}", 1) == "");
        data.folder = "elsewhere";  // thirds of those that are numbered: 0 is darker than 2, 1 does not count
        for (std::int64_t i = 0; i < 3; ++i) data.train.pixels[i].fill_(i);
        const auto thirds = groups_to_learn("", data, at::tensor({2, 0}, at::kLong));
        CHECK(thirds.of[0].item<int>() == 0);
        CHECK(thirds.of[2].item<int>() == 1);  // places 0 and 1 times 3 over 2
    }
    TEST_CASE("the gap is between the best and the worst group that has an image") {
        const Groups groups{{"a", "b", "c", "d"}, at::tensor({0, 0, 1, 1, 1, 1, 2, 3}, at::kLong)};
        const auto hits = at::tensor({1, 0, 1, 1, 1, 0, 1}, at::kLong).to(at::kBool);  // a 1/2, b 3/4, c 1
        const auto gap = gap_between(groups, hits, at::arange(7));
        CHECK(gap.value == doctest::Approx(0.5));
        CHECK(gap.variance == doctest::Approx(0.5 * 0.5 / 2));  // c's is 0
    }
    TEST_CASE("the fairness gap of a network is in percent") {
        Linear m;
        const Scratch folder;
        folder.put("groups", "left\nright\n");
        const auto options = R"({"radii": [0.2], "groups": ")" + (folder.path() / "groups").string() + "\"}";
        CHECK(ask(m.classifier, m.data, "fairness_gap", options.c_str()).value == 0);
        m.data.test.classes[0] = 1;
        CHECK(ask(m.classifier, m.data, "fairness_gap", options.c_str()).value == 100);
    }
}

}  // namespace dyad::arch_space::torch
