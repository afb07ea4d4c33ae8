// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <utility>

#include "hw_space/kernel_operators.hpp"
#include "tests/arch_space/network_text.hpp"

namespace dyad::arch_space {
namespace {

using hw_space::VectorOp;

models::VectorWork work_of(const Network& network) {
    const auto& last = network.layers.back();
    Shapes in;
    for (std::size_t i = 0; i < last.inputs.size(); ++i)
        in.push_back(network.layers[last.inputs[i]].outputs[last.input_slots[i]]);
    return work(last.op, in, last.outputs);
}

/// Of all operators, each of its kinds.
template <std::size_t... I>
std::set<std::string_view> names_of_operators(std::index_sequence<I...>) {
    std::set<std::string_view> names{(name(std::variant_alternative_t<I, Operator>{}, {}))...};
    for (int kind = 0; kind <= static_cast<int>(Normalisation::Kind::group); ++kind)
        names.insert(name(Normalisation{.kind = static_cast<Normalisation::Kind>(kind)}, {}));
    for (int kind = 0; kind <= static_cast<int>(Activation::Kind::sine); ++kind)
        names.insert(name(Activation{static_cast<Activation::Kind>(kind)}, {}));
    for (int kind = 0; kind <= static_cast<int>(Elementwise::Kind::select); ++kind)
        names.insert(name(Elementwise{static_cast<Elementwise::Kind>(kind)}, {}));
    names.insert(name(Table{Table::Kind::shift, {1}, {}}, {}));
    names.insert(name(Softmax{.log = true}, {}));
    names.insert(name(Grouping{Grouping::Kind::nearest}, {}));
    names.insert(name(Conv{.groups = 0}, {}));
    names.insert(name(Conv{.transposed = true}, {}));
    return names;
}

}  // namespace

TEST_SUITE("arch_space/vector_operators") {
    TEST_CASE("a unit may accept every operator but those that are no work") {
        auto names = names_of_operators(std::make_index_sequence<std::variant_size_v<Operator>>());
        for (const char* idle : {"input", "reshape", "zero"}) CHECK(names.erase(idle) == 1);
        for (const char* without_layer : {"epilogue", "vector", "nest"}) CHECK(names.insert(without_layer).second);
        CHECK(names ==
              std::set<std::string_view>(std::begin(hw_space::kernel_operators), std::end(hw_space::kernel_operators)));
    }
    TEST_CASE("maximum pooling compares each element of each window") {
        const auto net = parse("[64, 112, 112]", "[pool: {type: max, kernel: 3, stride: 2, pad: 1}]");
        CHECK(net.layers.back().outputs[0] == Shape{64, 56, 56});
        CHECK(work_of(net).total() == 64 * 56 * 56 * 9);
        CHECK(count(work_of(net), VectorOp::max) == 64 * 56 * 56 * 9);
    }
    TEST_CASE("average pooling adds each element of each window and scales once an output") {
        const auto work = work_of(parse("[8, 6, 6]", "[pool: {type: average, kernel: 2}]"));
        CHECK(count(work, VectorOp::add) == 8 * 9 * 4);
        CHECK(count(work, VectorOp::mul) == 8 * 9);
    }
    TEST_CASE("rounding up adds a window that hangs over, but none that starts beyond the input") {
        const auto size = [](int side, const std::string& keys) {
            return parse("[1, " + std::to_string(side) + ", 8]",
                         "[pool: {type: max, kernel: 3, stride: 2, " + keys + "}]")
                .layers.back()
                .outputs[0][1];
        };
        CHECK(size(6, "ceil: false") == 2);
        CHECK(size(6, "ceil: true") == 3);
        CHECK(size(7, "ceil: true") == 3);  // 7 fits exactly
        // kernel 2, stride 2 on 3 + padding 1: windows start at -1, 1 and, left out, 3
        CHECK(parse("[1, 3, 3]", "[pool: {type: max, kernel: 2, stride: 2, pad: 1, ceil: true}]")
                  .layers.back()
                  .outputs[0] == Shape{1, 2, 2});
    }
    TEST_CASE("global pooling reduces an image to a pixel and a sequence to a vector") {
        const auto image = parse("[960, 7, 7]", "[pool: {type: average, global: true}]");
        CHECK(image.layers.back().outputs[0] == Shape{960, 1, 1});
        CHECK(count(work_of(image), VectorOp::add) == 960 * 49);
        CHECK(parse("[196, 768]", "[pool: {type: average, global: true}]").layers.back().outputs[0] == Shape{768});
    }
    TEST_CASE("adaptive pooling overlaps its windows where the sizes do not divide") {
        // 5 to 3: rows [0,2), [1,4), [3,5), 2 + 3 + 2 = 7 of them; 6 to 3: 2 + 2 + 2
        const auto net = parse("[1, 5, 6]", "[pool: {type: max, output: 3}]");
        CHECK(net.layers.back().outputs[0] == Shape{1, 3, 3});
        CHECK(work_of(net).total() == 7 * 6);
        // 6 to 6 keeps everything once
        CHECK(work_of(parse("[256, 6, 6]", "[pool: {type: average, output: [6, 6]}]")).operations[0] == 256 * 36);
        // 2 to 3: [0,1), [0,2), [1,2)
        CHECK(work_of(parse("[1, 2, 1]", "[pool: {type: max, output: [3, 1]}]")).total() == 4);
    }
    TEST_CASE(
        "batch normalisation at inference is one product and one sum an element, and learns two values a channel") {
        const auto net = parse("[32, 10, 10]", "[batch_norm]");
        CHECK(net.parameters() == 64);
        CHECK(work_of(net).total() == 2 * 3200);
        CHECK(parse("[10, 32]", "[batch_norm]").parameters() == 64);
    }
    TEST_CASE("layer normalisation takes two passes and one inverse root a token") {
        const auto net = parse("[128, 768]", "[layer_norm]");
        CHECK(net.parameters() == 2 * 768);
        CHECK(work_of(net).passes == 2);
        CHECK(count(work_of(net), VectorOp::rsqrt) == 128);
        CHECK(count(work_of(net), VectorOp::add) == 4 * 128 * 768);
        CHECK(count(work_of(net), VectorOp::mul) == 3 * 128 * 768 + 2 * 128);
    }
    TEST_CASE("group normalisation takes one inverse root a group") {
        const auto net = parse("[32, 4, 4]", "[group_norm: {groups: 8}]");
        CHECK(net.parameters() == 64);
        CHECK(count(work_of(net), VectorOp::rsqrt) == 8);
        CHECK(errors_of("[32, 4, 4]", "[group_norm: {groups: 5}]") ==
              "net.yaml:3:22: layers[0].group_norm: 5 groups do not divide 32 channels");
    }
    TEST_CASE("activations cost what their formulas say") {
        const auto operations = [](const char* kind) {
            return work_of(parse("[1]", std::string("[") + kind + "]")).total();
        };
        CHECK(operations("relu") == 1);         // max(x, 0)
        CHECK(operations("relu6") == 2);        // min(max(x, 0), 6)
        CHECK(operations("leaky_relu") == 2);   // max(x, a x)
        CHECK(operations("hardsigmoid") == 4);  // relu6(x + 3) / 6
        CHECK(operations("hardswish") == 5);    // x relu6(x + 3) / 6
        CHECK(operations("sigmoid") == 3);      // 1 / (1 + exp(-x))
        CHECK(operations("swish") == 4);        // x / (1 + exp(-x))
        CHECK(operations("tanh") == 6);         // 1 - 2 / (exp(2 x) + 1)
        CHECK(operations("gelu") == 5);         // x (0.5 + 0.5 erf(x / sqrt 2))
        CHECK(operations("gelu_tanh") == 14);   // x (0.5 + 0.5 tanh(c (x + 0.044715 x x x)))
        CHECK(operations("hardtanh") == 2);     // min(max(x, a), b)
        CHECK(operations("elu") == 5);          // max(x, 0) + exp(min(x, 0)) - 1
        CHECK(operations("selu") == 7);         // a max(x, 0) + b (exp(min(x, 0)) - 1)
        CHECK(operations("softplus") == 3);     // log(1 + exp(x))
        CHECK(operations("softsign") == 4);     // x / (1 + |x|)
        CHECK(operations("mish") == 8);         // x (1 - 2 / (y y + 1)), y = 1 + exp(x)
        CHECK(operations("sqrt") == 2);         // x / sqrt(x)
        for (const auto* one : {"exp", "log", "reciprocal", "abs", "sine"}) CHECK(operations(one) == 1);
    }
    TEST_CASE("the largest of several, comparisons and choices") {
        CHECK(work_of(parse("[5]", "[max: [x, x, x]]")).total() == 10);
        CHECK(count(work_of(parse("[5]", "[compare: [x, x]]")), VectorOp::compare) == 5);
        CHECK(work_of(parse("[5]", "[select: [x, x, x]]")).total() == 5);
        CHECK(errors_of("[5]", "[select: [x, x]]") ==
              "net.yaml:3:18: layers[0].select: select takes 3 inputs, found 2");
        CHECK(errors_of("[5]", "[compare: [x, x, x]]") ==
              "net.yaml:3:19: layers[0].compare: compare takes 2 inputs, found 3");
    }
    TEST_CASE("a stored table scales or shifts, and is learned unless the file says less") {
        const auto scale = parse("[8, 4, 4]", "[scale: {shape: [8, 1, 1]}]");
        CHECK(scale.parameters() == 8);
        CHECK(count(work_of(scale), VectorOp::mul) == 8 * 16);
        const auto wide = parse("[1, 6]", "[shift: {shape: [5, 1], learned: 0}]");
        CHECK(wide.parameters() == 0);
        CHECK(wide.layers.back().outputs[0] == Shape{5, 6});
        CHECK(weights_read(wide.layers.back().op, {{1, 6}}) == 5);
        CHECK(errors_of("[8, 4]", "[scale: {shape: [3, 1]}]") ==
              "net.yaml:3:17: layers[0].scale: scale cannot join 8x4 and its table 3x1");
        // behind a product it rides along, with its table
        const auto flow = lower(parse("[16]", "[linear: {out: 8, bias: false}, scale: {shape: [8]}]"), {});
        CHECK(flow.nodes().size() == 1);
        CHECK(flow.nodes()[0].kernel.parameters == 16 * 8 + 8);
    }
    TEST_CASE("sums and products spread axes of size 1") {
        const auto net = parse("network: n\ninput: {a: [8, 4, 4], gate: [8, 1, 1]}\nlayers: [mul: [a, gate]]");
        CHECK(net.layers.back().outputs[0] == Shape{8, 4, 4});
        CHECK(work_of(net).total() == 128);
        CHECK(work_of(parse("[5]", "[add: [x, x, x]]")).total() == 10);
        CHECK(errors_of("network: n\ninput: {a: [8, 4, 4], b: [8, 4, 2]}\nlayers: [add: [a, b]]") ==
              "net.yaml:3:15: layers[0].add: add cannot join 8x4x4 and 8x4x2");
        CHECK(errors_of("[5]", "[add]") == "net.yaml:3:10: layers[0].add: add takes at least 2 inputs, found 1");
    }
    TEST_CASE("softmax takes three passes and one reciprocal a row") {
        const auto work = work_of(parse("[10, 100]", "[softmax]"));
        CHECK(work.passes == 3);
        CHECK(count(work, VectorOp::exp) == 1000);
        CHECK(count(work, VectorOp::reciprocal) == 10);
        CHECK(work.total() == 5 * 1000 + 10);
        const auto log = work_of(parse("[10, 100]", "[log_softmax]"));  // a difference each, a logarithm a row
        CHECK(count(log, VectorOp::add) == 3 * 1000);
        CHECK(count(log, VectorOp::exp) == 1000 + 10);
        CHECK(log.total() == 5 * 1000 + 10);
    }
    TEST_CASE("a concatenation adds up along its axis") {
        const auto net = parse("network: n\ninput: {a: [8, 4, 4], b: [3, 4, 4]}\nlayers: [concat: [a, b]]");
        CHECK(net.layers.back().outputs[0] == Shape{11, 4, 4});
        const auto second =
            parse("network: n\ninput: {a: [8, 4], b: [8, 3]}\nlayers: [concat: {from: [a, b], axis: 1}]");
        CHECK(second.layers.back().outputs[0] == Shape{8, 7});
        CHECK(work_of(second).total() == 56);
        CHECK(errors_of("network: n\ninput: {a: [8, 4, 4], b: [8, 4, 2]}\nlayers: [concat: [a, b]]") ==
              "net.yaml:3:18: layers[0].concat: concat along axis 0 cannot join 8x4x4 and 8x4x2");
        CHECK(errors_of("[5]", "[concat: {from: [x, x], axis: 1}]") ==
              "net.yaml:3:18: layers[0].concat: concat along axis 1, but 5 has axes 0 to 0");
    }
    TEST_CASE("a split has several outputs, each with a number") {
        const auto net = parse("[12, 4]", "[split: {name: s, sizes: [2, 10]}, relu: {from: s.1}, relu: {from: s}]");
        CHECK(layer(net, "s").outputs == Shapes{{2, 4}, {10, 4}});
        CHECK(layer(net, "relu1").outputs[0] == Shape{10, 4});
        CHECK(layer(net, "relu2").outputs[0] == Shape{2, 4});
        CHECK(parse("[12, 4]", "[split: {axis: 1, parts: 2}]").layers.back().outputs == Shapes{{12, 2}, {12, 2}});
        CHECK(errors_of("[12, 4]", "[split: {parts: 5}]") ==
              "net.yaml:3:17: layers[0].split: split of 12 into 5 equal parts");
        CHECK(errors_of("[12, 4]", "[split: {sizes: [5, 6]}]") ==
              "net.yaml:3:17: layers[0].split: split sizes add up to 11, expected 12");
        CHECK(errors_of("[12, 4]", "[split: {name: s, parts: 2}, relu: {from: s.2}]") ==
              "net.yaml:3:51: layers[1].relu.from: 's' has 2 outputs, there is no number 2");
    }
    TEST_CASE("a reshape keeps the elements and moves nothing") {
        const auto net = parse("[768, 14, 14]", "[reshape: {shape: [768, 0]}]");
        CHECK(net.layers.back().outputs[0] == Shape{768, 196});
        CHECK(work_of(net).total() == 0);
        CHECK(parse("[256, 6, 6]", "[flatten]").layers.back().outputs[0] == Shape{9216});
        CHECK(errors_of("[5]", "[reshape: {shape: [2, 3]}]") ==
              "net.yaml:3:19: layers[0].reshape: reshape of 5 (5 elements) to 2x3");
        CHECK(errors_of("[5]", "[reshape: {shape: [2, 0]}]") ==
              "net.yaml:3:19: layers[0].reshape: reshape of 5 (5 elements) to 2x0");
    }
    TEST_CASE("a transpose moves every element") {
        const auto net = parse("[768, 196]", "[transpose: {order: [1, 0]}]");
        CHECK(net.layers.back().outputs[0] == Shape{196, 768});
        CHECK(count(work_of(net), VectorOp::gather) == 768 * 196);
        CHECK(errors_of("[768, 196]", "[transpose: {order: [1, 1]}]") ==
              "net.yaml:3:21: layers[0].transpose: transpose of 768x196 expects an order of its 2 axes, found [1, 1]");
    }
    TEST_CASE("resizing copies the nearest pixel or weighs four") {
        const auto nearest = parse("[16, 8, 8]", "[resize: {scale: 2}]");
        CHECK(nearest.layers.back().outputs[0] == Shape{16, 16, 16});
        CHECK(work_of(nearest).total() == 16 * 256);
        const auto bilinear = parse("[16, 8, 8]", "[resize: {output: [10, 12], mode: bilinear}]");
        CHECK(bilinear.layers.back().outputs[0] == Shape{16, 10, 12});
        CHECK(count(work_of(bilinear), VectorOp::gather) == 4 * 16 * 120);
    }
    TEST_CASE("a gather picks rows, given here or by another input") {
        CHECK(parse("[197, 768]", "[gather: {indices: [0]}]").layers.back().outputs[0] == Shape{1, 768});
        const auto net = parse("network: n\ninput: {table: [100, 8], which: [5]}\nlayers: [gather: [table, which]]");
        CHECK(net.layers.back().outputs[0] == Shape{5, 8});
        CHECK(work_of(net).total() == 40);
        CHECK(errors_of("[4, 2]", "[gather: {indices: [4]}]") ==
              "net.yaml:3:18: layers[0].gather: index 4 is beyond the 4 entries of 4x2");
    }
    TEST_CASE("farthest-point sampling measures every point once a sample") {
        const auto net = parse("[3, 1024, 1]", "[farthest_point_sampling: {points: 512}]");
        CHECK(net.layers.back().outputs[0] == Shape{3, 512, 1});
        // per pair: 3 differences, 3 squares, 2 sums, 1 minimum, 1 comparison; then 3 coordinates a sample are gathered
        CHECK(work_of(net).total() == 10 * 512 * 1024 + 3 * 512);
        CHECK(work_of(net).passes == 512);
        CHECK(errors_of("[3, 100, 1]", "[farthest_point_sampling: {points: 101}]") ==
              "net.yaml:3:35: layers[0].farthest_point_sampling: 101 samples of 100 points");
    }
    TEST_CASE("a ball query groups features behind relative coordinates") {
        const auto net = parse(
            "network: n\ninput: {p: [3, 512, 1], c: [3, 128, 1], f: [128, 512, 1]}\n"
            "layers: [ball_query: {from: [p, c, f], radius: 0.4, samples: 64}]");
        CHECK(net.layers.back().outputs[0] == Shape{131, 128, 64});
        // pairs: 8 for the distance, 1 comparison; all outputs gathered; 3 differences a neighbour
        CHECK(work_of(net).total() == 9 * 512 * 128 + 131 * 128 * 64 + 3 * 128 * 64);
    }
    TEST_CASE("nearest neighbours compare once a neighbour kept") {
        const auto net = parse(
            "network: n\ninput: {p: [3, 512, 1], c: [3, 128, 1]}\n"
            "layers: [knn: {from: [p, c], neighbours: 16}]");
        CHECK(net.layers.back().outputs[0] == Shape{3, 128, 16});
        CHECK(count(work_of(net), VectorOp::compare) == 512 * 128 * 16);
        CHECK(errors_of(
                  "network: n\ninput: {p: [3, 8, 1], c: [3, 4, 1]}\nlayers: [knn: {from: [p, c], neighbours: 9}]") ==
              "net.yaml:3:15: layers[0].knn: 9 neighbours of 8 points");
    }
}

}  // namespace dyad::arch_space
