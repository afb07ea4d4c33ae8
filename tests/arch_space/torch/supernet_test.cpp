// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/training/supernet.hpp"

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include "arch_space/network_json.hpp"
#include "arch_space/torch/session.hpp"
#include "core/document.hpp"
#include "core/error.hpp"
#include "core/value.hpp"
#include "tests/arch_space/network_text.hpp"
#include "tests/arch_space/torch/tiny_data.hpp"

namespace dyad::arch_space::torch {
namespace {

using Json = nlohmann::ordered_json;

const char* const space_text =
    "network: space\n"
    "input: {x: [1, 8, 8]}\n"
    "layers:\n"
    "  - conv: {name: a, out: !choice [4, 8], kernel: !choice [3, 5], stride: 2, norm: batch_norm, activation: relu}\n"
    "  - mbconv: {name: b, out: 8, expand: 2, repeat: !choice [1, 2], precision: !choice [int4, int8]}\n"
    "  - pool: {type: average, kernel: 2}\n"
    "  - flatten\n"
    "  - linear: {name: c, out: 4}\n";

Network conv(const std::string& sizes, const std::string& name = "c") {
    return parse("[2, 8, 8]", "[conv: {name: " + name + ", bias: false, " + sizes + "}]");
}
at::Tensor weight(SharedWeights& weights, const Network& network) { return weights.slices(network).at(0).value; }

template <class Act>
std::string error_of(const Scratch& folder, const Act& act) {
    try {
        act();
    } catch (const core::Error& error) {
        std::string text = error.what();
        if (const auto at = text.find(folder.path().string()); at != std::string::npos)
            text.replace(at, folder.path().string().size(), "DIR");
        return text;
    }
    return "";
}

/// A space's file and a small recipe: 16 steps.
struct Training : Scratch {
    Training() { put("space.yaml", space_text); }
    DataSet data = quarters(64, 32);
    Recipe recipe{.epochs = 4, .batch = 16};
    std::filesystem::path space = path() / "space.yaml", file = path() / "weights";
    Supernet net(unsigned threads = 1) const { return {space, data, recipe, threads}; }
    static void run(Supernet& net, std::uint64_t last) {
        net.run(last, [](std::uint64_t, double) {});
    }
};

}  // namespace

TEST_SUITE("arch_space/torch/shared_weights") {
    TEST_CASE("the middle of a window and the first channels are shared") {
        SharedWeights weights(1);
        const auto large = weight(weights, conv("out: 4, kernel: 5"));
        const auto small = weight(weights, conv("out: 3, kernel: 3"));
        CHECK(small.equal(large.narrow(0, 0, 3).narrow(2, 1, 3).narrow(3, 1, 3)));
        small.fill_(7);
        CHECK(large.eq(7).sum().item<int>() == 3 * 2 * 9);
    }
    TEST_CASE("what grows keeps what it was") {
        SharedWeights weights(1);
        const auto wide = weight(weights, conv("out: 6, kernel: 3")).clone();
        const auto large = weight(weights, conv("out: 4, kernel: 5"));
        CHECK(large.narrow(2, 1, 3).narrow(3, 1, 3).equal(wide.narrow(0, 0, 4)));
        CHECK(weight(weights, conv("out: 6, kernel: 3")).equal(wide));
        CHECK(weights.entries().begin()->second.value.sizes() == at::IntArrayRef({6, 2, 5, 5}));
        CHECK(weights.entries().begin()->second.value.isfinite().all().item<bool>());
    }
    TEST_CASE("the first copy of a layer is the only one of a member with one, whoever wrote its name") {
        const auto text = [](int copies) { return "out: 2, kernel: 3, repeat: " + std::to_string(copies); };
        SharedWeights weights(1);
        const auto two = weights.slices(conv(text(2))), one = weights.slices(conv(text(1)));
        CHECK(weights.entries().size() == 2);
        CHECK(one[0].value.is_alias_of(two[0].value));
        CHECK(weights.slices(network_from_json(to_json(conv(text(2))), "json"))[1].value.is_alias_of(two[1].value));
        CHECK(weights.entries().size() == 2);
    }
    TEST_CASE("layers of other kinds, or that read other kinds, share nothing") {
        SharedWeights weights(1);
        (void)weights.slices(conv("out: 2, kernel: 3"));
        (void)weights.slices(conv("out: 2, kernel: 1"));
        (void)weights.slices(conv("out: 2, kernel: 3, groups: 2"));
        CHECK(weights.entries().size() == 3);
        const auto block = [](const std::string& kind) {
            return parse("[2, 8, 8]", "[" + kind + ": {name: b, out: 2, expand: 2}]");
        };
        const auto separable = weights.slices(block("mbconv")), fused = weights.slices(block("fused_mbconv"));
        // both end in a 1 x 1 convolution `b.project` of 4 channels and its normalisation
        CHECK_FALSE(separable[separable.size() - 3].value.is_alias_of(fused[fused.size() - 3].value));
        CHECK(separable[separable.size() - 3].value.sizes() == fused[fused.size() - 3].value.sizes());
    }
    TEST_CASE("layers of one network that would have the same weights are named") {
        // "b/0/" and "b/" are alike: the first of several copies goes by the name of an only one
        const auto network =
            parse("[2, 8, 8]", "[conv: {name: b/0, out: 2, kernel: 3}, conv: {name: b, out: 2, kernel: 3}]");
        SharedWeights weights(1);
        // read from the input and from a dense convolution: two sets all the same
        (void)weights.slices(network);
        CHECK(weights.entries().size() == 4);
        const Scratch folder;
        CHECK(error_of(folder, [&] {
                  (void)weights.slices(parse("[2, 8, 8]",
                                             "[conv: {name: a, out: 2, kernel: 3}, conv: {name: b/0, out: 2, kernel: "
                                             "3}, conv: {name: b, out: 2, kernel: 3}]"));
              }) == "layers 'b/0' and 'b' of a member would have one set of weights: rename one");
    }
    TEST_CASE("weights that were never trained are named") {
        SharedWeights weights(1);
        (void)weights.slices(conv("out: 2, kernel: 3"));
        const Scratch folder;
        CHECK(error_of(folder, [&] { (void)weights.trained_slices(conv("out: 2, kernel: 3", "other")); }) ==
              "no shared weights for layer 'other': it is of no member that was trained");
        CHECK(error_of(folder, [&] { (void)weights.trained_slices(conv("out: 3, kernel: 3")); }) ==
              "the shared weights of layer 'c' are too few: found 2 x 2 x 3 x 3, expected 3 x 2 x 3 x 3 or more");
    }
}

TEST_SUITE("arch_space/torch/supernet") {
    TEST_CASE("a training that stops and goes on ends as one that did not, at any number of threads") {
        const Training t;
        auto whole = t.net();
        Training::run(whole, 16);
        write_checkpoint(t.path() / "whole", whole.state());
        auto first = t.net(2);
        Training::run(first, 7);
        write_checkpoint(t.file, first.state());
        auto second = t.net(2);
        second.resume(t.file);
        CHECK(second.state().step == 7);
        Training::run(second, 100);
        write_checkpoint(t.file, second.state());
        CHECK(core::read_file(t.file) == core::read_file(t.path() / "whole"));
    }
    TEST_CASE("members of twelve steps have each option of a choice as often") {
        const Training t;
        t.put("space.yaml",
              "network: space\ninput: {x: [1, 8, 8]}\nlayers:\n"
              "  - conv: {name: c, out: !choice [1, 2, 3], bias: false, stride: 8, kernel: 8, precision: fp32}\n"
              "  - flatten\n  - linear: {name: l, out: !choice [4, 5], precision: fp32}\n");
        // Where a step's member is narrow, the widest channels' gradients stay as they were: count the steps that moved
        // each channel of the largest kernel.
        auto net = Supernet(t.space, t.data, {.epochs = 12, .batch = 64, .decay = 0});
        std::vector<int> moved(3, 0), wide(2, 0);
        const auto velocity = [&](const char* key, std::int64_t row) {
            return net.state().weights.entries().at(key).velocity[row].abs().sum().item<double>();
        };
        Training::run(net, 0);
        std::vector<double> last(3, 0), last_wide(1, 0);
        net.run(12, [&](std::uint64_t, double) {
            for (std::int64_t row = 0; row < 3; ++row) {
                const double now = velocity("c/dense/input.weight", row);
                moved[static_cast<std::size_t>(row)] += now != last[static_cast<std::size_t>(row)];
                last[static_cast<std::size_t>(row)] = now;
            }
            const double now = velocity("l/linear/dense.weight", 4);
            wide[0] += now != last_wide[0];
            last_wide[0] = now;
        });
        CHECK(moved == std::vector<int>{12, 8, 4});
        CHECK(wide[0] == 6);
    }
    TEST_CASE("a member beyond the memory is named before its weights are made") {
        const Training t;
        t.put("space.yaml",
              "network: space\ninput: {x: [1, 8, 8]}\nlayers:\n"
              "  - flatten\n  - linear: {out: !choice [16777216, 16777215]}\n  - linear: {out: 4}\n");
        auto net = t.net();
        CHECK(error_of(t, [&] { Training::run(net, 1); }) ==
              "16 samples need 15 GiB, at most 8 are used; ask for fewer samples");
        CHECK(net.state().weights.entries().empty());
    }
    TEST_CASE("a checkpoint of another training is not gone on with") {
        Training t;
        write_checkpoint(t.file, t.net().state());
        const auto error = [&] {
            auto net = t.net();
            return error_of(t, [&] { net.resume(t.file); });
        };
        CHECK(error() == "");
        t.recipe.batch = 8;
        CHECK(error() == "DIR/weights: batch: found 16, expected 8 to go on");
        t.recipe.batch = 16;
        t.recipe.rate = 0.2;
        CHECK(error() == "DIR/weights: learning rate: found 0.1, expected 0.2 to go on");
        t.recipe.rate = 0.1;
        t.recipe.validation = 8;
        CHECK(error() == "DIR/weights: validation: found 0, expected 8 to go on");
        t.recipe.validation = 0;
        t.put("space.yaml", std::string(space_text) + "# another\n");
        CHECK(error().starts_with("DIR/weights: SHA-256 of the space: found "));
        t.put("space.yaml", "network: n\ninput: {x: [1, 8, 8]}\nlayers: [flatten, linear: {out: 4}]\n");
        CHECK(error_of(t, [&] { (void)t.net(); }) == "DIR/space.yaml: no space: it has no choices");
    }
    TEST_CASE("a checkpoint that is none, is cut or was meddled with is named") {
        const Training t;
        auto net = t.net();
        Training::run(net, 1);
        write_checkpoint(t.file, net.state());
        const auto good = core::read_file(t.file);
        const auto error = [&](const std::string& bytes) {
            core::write_file(t.file, bytes);
            return error_of(t, [&] { (void)read_checkpoint(t.file); });
        };
        // what comes after the first line, under its true digest
        const auto sealed = [](const std::string& rest) {
            return "dyad/supernet/1 " + core::sha256(rest) + "\n" + rest;
        };
        const auto header = good.substr(0, good.find('\n', 90) + 1);
        CHECK(error(good) == "");
        CHECK(error("") == "DIR/weights: no checkpoint of a supernet: expected it to begin with 'dyad/supernet/1 '");
        CHECK(error(good.substr(0, good.size() - 1)).starts_with("DIR/weights: damaged or truncated: found SHA-256 "));
        CHECK(error("dyad/supernet/1 ").starts_with("DIR/weights: damaged or truncated: found SHA-256 "));
        CHECK(error(sealed("{}")).starts_with("DIR/weights: header: "));
        CHECK(error(sealed("hello")) == "DIR/weights: header: no JSON: byte 1");
        CHECK(error(sealed(good.substr(good.find('\n') + 1) + "more")) ==
              "DIR/weights: found 4 bytes after the last weight");
        auto json = Json::parse(header.substr(header.find('\n') + 1));
        json["weights"] = {{"huge", {4294967296, 4294967296}}};
        CHECK(error(sealed(json.dump() + "\n1234")) ==
              "DIR/weights: 'huge': found 1 values, expected those of its shape [4294967296,4294967296]");
        json["weights"] = {{"nan", {1}}};
        CHECK(error(sealed(json.dump() + "\n" + std::string(8, '\xff'))) == "DIR/weights: 'nan': a value is no number");
    }
    TEST_CASE("members are scored with the weights they share, at their own precision") {
        const Training t;
        auto session = Session();
        const auto idx = [&](const std::string& part, const Images& images) {
            const auto n = static_cast<std::uint32_t>(images.size());
            const auto* pixels = static_cast<const char*>(images.pixels.data_ptr());
            const auto labels = images.classes.to(at::kByte);
            t.put(part + "-images-idx3-ubyte", idx3(n, 8, 8, {pixels, std::size_t{n} * 64}));
            t.put(part + "-labels-idx1-ubyte", idx1({static_cast<const char*>(labels.data_ptr()), n}));
        };
        idx("train", quarters(128, 4).train);
        idx("t10k", quarters(4, 64).test);
        const auto ask = [&](Json request) { return Json::parse(session.answer(request.dump())); };
        const Json where{{"checkpoint", t.file.string()}};
        auto training = where;
        training.update({{"data", t.path().string()}, {"epochs", 8}, {"batch", 16}});
        const auto trained = ask({{"space", t.space.string()}, {"evaluator", "supernet"}, {"options", training}});
        CHECK(trained["metrics"]["steps"]["value"] == 48);  // of 128 images a sixth, 21, are kept back: 6 batches
        CHECK(trained["metrics"]["loss"]["value"].get<double>() < 0.5);
        training["resume"] = true;
        CHECK(ask({{"space", t.space.string()}, {"evaluator", "supernet"}, {"options", training}}) == trained);
        const Json plain{{"checkpoint", t.file.string() + "_plain"}, {"data", t.path().string()}};
        const auto usual = ask({{"space", t.space.string()}, {"evaluator", "supernet"}, {"options", plain}});
        CHECK(usual["metrics"]["steps"]["value"] == 20);  // 20 times the one batch of 64 in the 107 images left

        const auto document = core::read_document(t.space);
        const core::ChoiceSpace space(*document);
        const auto member = [&](std::uint64_t i) {
            const auto genome = space.at(i);
            core::Errors errors;
            return to_json(parse_network(core::Value(*document, &genome, errors)).value());
        };
        const auto score = [&](const Json& network, const Json& options) {
            return ask({{"network", network}, {"evaluator", "supernet"}, {"options", options}});
        };
        for (const std::uint64_t i : {0, 7, 15}) {
            const auto metric = score(member(i), where)["metrics"]["accuracy"];
            CHECK(metric["value"].get<double>() > 90);
            CHECK(metric["unit"] == "%");
        }
        // proxies that look at samples see images instead of noise, if asked to
        const auto proxy = [&](const char* name, const Json& options) {
            return ask({{"network", member(0)}, {"metrics", {name}}, {"options", options}})["metrics"][name]["value"];
        };
        const Json images{{"data", t.path().string()}};
        CHECK(proxy("grad_norm", images) != proxy("grad_norm", Json::object()));
        CHECK(proxy("grad_norm", images) == proxy("grad_norm", images));
        CHECK(proxy("synflow", images) == proxy("synflow", Json::object()));
        CHECK(score(to_json(conv("out: 2")), where)["error"] ==
              "the network puts out 2 x 8 x 8, expected 4 values or more, one a class of " + t.path().string());
        CHECK(score(member(0), Json::object())["error"] ==
              "missing option 'checkpoint' (the file of a trained supernet)");
        auto half = read_checkpoint(t.file);
        half.step = 3;
        write_checkpoint(t.path() / "half", half);
        CHECK(score(member(0), {{"checkpoint", (t.path() / "half").string()}})["error"] ==
              (t.path() / "half").string() + ": trained for 3 of 48 steps: resume it first");
        CHECK(ask({{"network", member(3)},
                   {"evaluator", "train"},
                   {"options", {{"data", t.path().string()}, {"batch", 16}}}})["metrics"]["accuracy"]["value"]
                  .get<double>() > 90);
    }
}

}  // namespace dyad::arch_space::torch
