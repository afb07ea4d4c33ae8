// SPDX-License-Identifier: Apache-2.0
#include "tests/arch_space/network_text.hpp"

namespace dyad::arch_space {
namespace {

using hw_space::VectorOp;
using models::Operand;

std::vector<std::string> names(const models::Dataflow& flow) {
    std::vector<std::string> result;
    for (const auto& node : flow.nodes()) result.push_back(node.kernel.name);
    return result;
}
const models::Node& node(const models::Dataflow& flow, const std::string& name) {
    const auto found = std::ranges::find_if(flow.nodes(), [&](const auto& n) { return n.kernel.name == name; });
    REQUIRE_MESSAGE(found != flow.nodes().end(), "no kernel " << name);
    return *found;
}
std::uint64_t words(const models::Dataflow& flow, const models::Use& use) {
    return flow.tensors()[use.tensor].words.count();
}

using Names = std::vector<std::string>;

}  // namespace

TEST_SUITE("arch_space/lower") {
    TEST_CASE("normalisation and activation ride on the convolution before them") {
        const auto net =
            parse("[3, 8, 8]", "[conv: {name: c, out: 16, kernel: 3, norm: batch_norm, activation: relu6}]");
        const auto flow = lower(net, {});
        CHECK(names(flow) == Names{"c"});
        const auto& kernel = flow.nodes()[0].kernel;
        CHECK(kernel.members == Names{"c", "c.norm", "c.relu6"});
        CHECK(kernel.parameters == 27 * 16 + 32);            // the norm counts
        CHECK(kernel.weight_bytes == core::Bytes(27 * 16));  // but folds into the weights
        CHECK(kernel.epilogue.total() == 2 * 16 * 64);       // relu6 alone
        CHECK(kernel.op == "conv");
        CHECK(kernel.kernel_side == 3);
    }
    TEST_CASE("without fusion each is a kernel of its own, with equal products") {
        const auto net =
            parse("[3, 8, 8]", "[conv: {name: c, out: 16, kernel: 3, norm: batch_norm, activation: relu6}]");
        const auto flow = lower(net, {.fusion = false});
        CHECK(names(flow) == Names{"c", "c.norm", "c.relu6"});
        CHECK(flow.macs() == net.macs());
        CHECK(node(flow, "c.norm").kernel.weight_bytes == core::Bytes(32));
        CHECK(node(flow, "c.norm").kernel.vector.total() == 2 * 16 * 64);
        CHECK(node(flow, "c").kernel.epilogue.total() == 0);
    }
    TEST_CASE("an activation stays apart when others read what it reads") {
        const auto net = parse("[3, 8, 8]", "[conv: {name: c, out: 3}, relu: {name: r}, add: {name: s, from: [c, r]}]");
        CHECK(names(lower(net, {})) == Names{"c", "r", "s"});
    }
    TEST_CASE("batch normalisation behind an activation cannot be folded") {
        const auto net = parse("[3, 8, 8]", "[conv: {name: c, out: 3, activation: relu}, batch_norm: {name: n}]");
        CHECK(names(lower(net, {})) == Names{"c", "n"});
    }
    TEST_CASE("batch normalisation behind a product of activations has no weights to go into") {
        const auto net = parse("[4, 4]", "[matmul: {name: m, from: [x, x]}, batch_norm: {name: n}]");
        CHECK(names(lower(net, {})) == Names{"m", "n"});
    }
    TEST_CASE("layer normalisation is never folded") {
        const auto net = parse("[10, 8]", "[linear: {name: l, out: 8}, layer_norm: {name: n}]");
        CHECK(names(lower(net, {})) == Names{"l", "n"});
    }
    TEST_CASE("a residual addition rides on the branch that ends last and reads the other beside it") {
        const auto net = parse("[64, 8, 8]", "[basic_block: {name: b, out: 64}]");
        const auto flow = lower(net, {});
        CHECK(names(flow) == Names{"b.conv1", "b.conv2"});
        const auto& last = flow.nodes()[1];
        CHECK(last.kernel.members == Names{"b.conv2", "b.conv2.norm", "b.add", "b.relu"});
        REQUIRE(last.reads.size() == 2);
        CHECK_FALSE(last.reads[0].side);
        CHECK(last.reads[1].side);
        CHECK(flow.tensors()[last.reads[1].tensor].name == "x");
        CHECK(count(last.kernel.epilogue, VectorOp::add) == 64 * 64);
        CHECK(count(last.kernel.epilogue, VectorOp::max) == 64 * 64);
    }
    TEST_CASE("a projected residual is a kernel whose sum rides on it") {
        const auto flow = lower(parse("[64, 8, 8]", "[basic_block: {name: b, out: 128, stride: 2}]"), {});
        CHECK(names(flow) == Names{"b.conv1", "b.conv2", "b.shortcut"});
        CHECK(node(flow, "b.shortcut").kernel.members == Names{"b.shortcut", "b.shortcut.norm", "b.add", "b.relu"});
        CHECK(node(flow, "b.shortcut").reads.back().side);
    }
    TEST_CASE("a sum of spread operands, or of one with itself, is a kernel of its own") {
        CHECK(names(lower(parse("[8, 4, 4]", "[conv: {name: c, out: 8}, add: {name: s, from: [c, c]}]"), {})) ==
              Names{"c", "s"});
        const auto spread = parse(
            "network: n\ninput: {x: [8, 4, 4], g: [8, 1, 1]}\n"
            "layers: [conv: {name: c, out: 8, from: x}, add: {name: s, from: [c, g]}]");
        CHECK(names(lower(spread, {})) == Names{"c", "s"});
    }
    TEST_CASE("the batch multiplies work and activations, not weights") {
        const auto net =
            parse("[3, 8, 8]", "[conv: {out: 16, kernel: 3, activation: relu}, pool: {type: max, kernel: 2}]");
        const auto one = lower(net, {}), four = lower(net, {.batch = 4});
        CHECK(four.macs() == 4 * one.macs());
        CHECK(four.weight_bytes() == one.weight_bytes());
        for (std::size_t i = 0; i < one.nodes().size(); ++i) {
            CHECK(four.nodes()[i].kernel.vector.total() == 4 * one.nodes()[i].kernel.vector.total());
            CHECK(four.nodes()[i].kernel.epilogue.total() == 4 * one.nodes()[i].kernel.epilogue.total());
        }
        for (std::size_t t = 0; t < one.tensors().size(); ++t)
            CHECK(four.tensors()[t].words.count() == 4 * one.tensors()[t].words.count());
    }
    TEST_CASE("pooling says how its outputs read rows and columns, unless it takes the whole image") {
        const auto net = lower(parse("[3, 8, 8]",
                                     "[conv: {out: 16, kernel: 3}, pool: {type: max, kernel: [3, 2], stride: [2, 1]}, "
                                     "pool: {type: average, global: true}]"),
                               {});
        const auto& window = net.nodes()[1].kernel.window;
        REQUIRE(window.has_value());
        CHECK(window->rows == 3);  // (8 - 3) / 2 + 1
        CHECK(window->cols == 7);
        CHECK(window->side_h == 3);
        CHECK(window->side_w == 2);
        CHECK(window->stride_h == 2);
        CHECK(window->stride_w == 1);
        CHECK_FALSE(net.nodes()[2].kernel.window);
    }
    TEST_CASE("batches beyond reason are refused") {
        const auto net = parse("[3, 8, 8]", "[conv: {out: 16, kernel: 3}]");
        CHECK_THROWS_WITH_AS((void)lower(net, {.batch = 0}), "network 'net': a batch of 0 samples", core::Error);
        CHECK_THROWS_AS((void)lower(net, {.batch = std::uint64_t{1} << 60}), core::Error);
    }
    TEST_CASE("groups of a convolution are a dimension of its nest") {
        const auto flow =
            lower(parse("[144, 8, 8]", "[depthwise_conv: {kernel: 3, stride: 2}, conv: {out: 96, groups: 2}]"), {});
        const auto& first = flow.nodes()[0].kernel;
        CHECK(first.depthwise);
        CHECK(first.op == "depthwise_conv");
        CHECK(first.stride == 2);
        CHECK(first.nest->dims[*first.nest->dim("G")].size == 144);
        CHECK(first.nest->dims[*first.nest->dim("K")].size == 1);
        const auto& second = flow.nodes()[1].kernel;
        CHECK_FALSE(second.depthwise);
        CHECK(second.nest->dims[*second.nest->dim("K")].size == 48);
        CHECK(second.nest->dims[*second.nest->dim("C")].size == 72);
    }
    TEST_CASE("a product of two activations reads the right one as weights") {
        const auto net = parse(
            "network: n\ninput: {a: [3, 5], b: [5, 7]}\nprecision: {weights: int4, activations: int16}\n"
            "layers: [matmul: {name: m, from: [a, b]}]");
        const auto m = lower(net, {}).nodes()[0];
        CHECK(m.reads[0].operand == Operand::inputs);
        CHECK(m.reads[1].operand == Operand::weights);
        CHECK(m.kernel.weight_precision == core::Precision::int16);
        CHECK(m.kernel.weight_bytes == core::Bytes(0));
        CHECK(m.kernel.nest->words(Operand::weights).count() == 35);
    }
    TEST_CASE("attention is scores, softmax and context, a group of the nest a head") {
        const auto net = parse("[16, 64]", "[attention: {name: a, heads: 8, projections: false, from: [x, x, x]}]");
        const auto flow = lower(net, {.batch = 2});
        CHECK(names(flow) == Names{"a.scores", "a.softmax", "a.context"});
        const auto& scores = node(flow, "a.scores").kernel;
        CHECK(scores.op == "attention");
        CHECK(scores.nest->dims[*scores.nest->dim("G")].size == 2 * 8);
        CHECK(scores.nest->words(Operand::weights).count() == 2 * 16 * 64);  // every key once
        CHECK(scores.nest->words(Operand::outputs).count() == 2 * 8 * 16 * 16);
        const auto& softmax = node(flow, "a.softmax");
        CHECK(softmax.kernel.op == "softmax");
        CHECK(words(flow, softmax.reads[0]) == 2 * 8 * 16 * 16);
        // softmax of 5 operations an element and 1 a row, on top of it the scaling
        CHECK(softmax.kernel.vector.total() == 2 * (6 * 8 * 16 * 16 + 8 * 16));
        const auto& context = node(flow, "a.context").kernel;
        CHECK(context.nest->words(Operand::outputs).count() == 2 * 16 * 64);
        CHECK(flow.macs() == 2 * net.macs());
    }
    TEST_CASE("keys and values of earlier steps are read from the cache, all of them") {
        const auto flow = lower(parse("[1, 64]", "[attention: {name: a, heads: 8, cache: 1023}]"), {});
        const auto& scores = node(flow, "a.product.scores");
        REQUIRE(scores.reads.size() == 3);
        CHECK(flow.tensors()[scores.reads[1].tensor].name == "a.product.cached_keys");
        CHECK(scores.reads[1].operand == Operand::weights);
        CHECK(words(flow, scores.reads[1]) == 1023 * 64);
        CHECK(words(flow, scores.reads[2]) == 64);  // the new key
        CHECK(scores.kernel.nest->words(Operand::weights).count() == 1024 * 64);
        CHECK(node(flow, "a.product.softmax").kernel.vector.total() == 8 * (1024 * 6 + 1));
        // both caches are alive from the start
        CHECK(flow.peak_activation_bytes().count() >= 2 * 1023 * 64);
    }
    TEST_CASE("heads that share keys and values share a group") {
        const auto flow = lower(parse("[16, 64]", "[attention: {name: a, heads: 8, kv_heads: 2}]"), {});
        const auto& scores = node(flow, "a.product.scores").kernel;
        CHECK(scores.nest->dims[*scores.nest->dim("G")].size == 2);
        CHECK(scores.nest->words(Operand::weights).count() == 16 * 16);
        CHECK(scores.macs() == 16 * 16 * 64);
    }
    TEST_CASE("a window reduces products, scores and softmax, and fetches every key") {
        const auto dense = lower(parse("[64, 8]", "[attention: {name: a, heads: 1}]"), {});
        const auto window = lower(parse("[64, 8]", "[attention: {name: a, heads: 1, window: 16}]"), {});
        const auto& full = node(dense, "a.product.scores").kernel;
        const auto& part = node(window, "a.product.scores").kernel;
        CHECK(part.macs() * 4 == full.macs());
        CHECK(part.nest->words(Operand::weights).count() == 64 * 8);  // 4 chunks of 16 queries, 16 keys each
        CHECK(part.nest->words(Operand::outputs).count() == 64 * 16);
        CHECK(node(window, "a.product.softmax").kernel.vector.total() * 4 ==
              node(dense, "a.product.softmax").kernel.vector.total() + 3 * 64);  // one reciprocal a row stays
        // 67 queries have no chunk but single ones: each fetches its window
        const auto prime = lower(parse("[67, 8]", "[attention: {name: a, heads: 1, window: 16}]"), {});
        CHECK(node(prime, "a.product.scores").kernel.nest->words(Operand::weights).count() == 67 * 16 * 8);
    }
    TEST_CASE("a transposed convolution whose window is a multiple of its stride falls apart into phases") {
        const auto flow =
            lower(parse("[512, 4, 4]", "[conv_transpose: {name: t, out: 256, kernel: 4, stride: 2, pad: 1}]"), {});
        const auto& nest = *flow.nodes()[0].kernel.nest;
        CHECK(nest.macs() == 512ull * 256 * 16 * 16);
        CHECK(nest.words(Operand::outputs).count() == 256 * 8 * 8);
        CHECK(nest.dims[*nest.dim("R")].size == 2);
        CHECK(flow.nodes()[0].kernel.epilogue.total() == 0);
    }
    TEST_CASE(
        "another transposed convolution multiplies each pixel with the window and adds up where windows overlap") {
        // 5x5 pixels by 3x3 windows: 225 products a channel pair go to (5 - 1) * 2 + 3 - 2 = 9 x 9 outputs
        const auto flow =
            lower(parse("[2, 5, 5]", "[conv_transpose: {name: t, out: 3, kernel: 3, stride: 2, pad: 1}]"), {});
        const auto& kernel = flow.nodes()[0].kernel;
        CHECK(kernel.macs() == 2 * 3 * 225);
        CHECK(kernel.nest->words(Operand::outputs).count() == 3 * 225);
        CHECK(count(kernel.epilogue, VectorOp::add) == 3 * (225 - 81));
    }
    TEST_CASE("a reshape has no kernel") {
        const auto flow =
            lower(parse("[8, 2, 2]", "[conv: {name: c, out: 8}, flatten, linear: {name: l, out: 3}]"), {});
        CHECK(names(flow) == Names{"c", "l"});
        CHECK(flow.predecessors(1) == std::vector<std::size_t>{0});
    }
    TEST_CASE("a concatenation along axis 0 is read where its parts are") {
        const auto net =
            parse("[64, 8, 8]", "[fire: {name: f, squeeze: 16, expand1: 64, expand3: 32}, conv: {name: c, out: 8}]");
        const auto flow = lower(net, {});
        CHECK(names(flow) == Names{"f.squeeze", "f.expand1", "f.expand3", "c"});
        const auto& c = node(flow, "c");
        REQUIRE(c.reads.size() == 2);
        CHECK(words(flow, c.reads[0]) == 64 * 64);
        CHECK(words(flow, c.reads[1]) == 32 * 64);
    }
    TEST_CASE("a concatenation copies along another axis, to another format, or of a tensor twice") {
        CHECK(names(lower(parse("[8, 4]", "[relu: {name: r}, concat: {name: c, from: [x, r], axis: 1}]"), {})) ==
              Names{"r", "c"});
        CHECK(names(lower(parse("[8, 4]", "[relu: {name: r, precision: int16}, concat: {name: c, from: [x, r]}]"),
                          {})) == Names{"r", "c"});
        const auto twice = lower(parse("[8, 4]", "[relu: {name: r}, concat: {name: c, from: [r, r]}]"), {});
        CHECK(names(twice) == Names{"r", "c"});
        CHECK(node(twice, "c").kernel.vector.total() == 64);
    }
    TEST_CASE("a split along axis 0 is written in parts by the kernel before it") {
        const auto net = parse("[8, 4, 4]",
                               "[conv: {name: c, out: 12}, split: {name: s, sizes: [4, 8]}, "
                               "relu: {name: a, from: s.0}, relu: {name: b, from: s.1}]");
        const auto flow = lower(net, {});
        CHECK(names(flow) == Names{"c", "a", "b"});
        CHECK(node(flow, "c").writes.size() == 2);
        CHECK(words(flow, node(flow, "b").reads[0]) == 8 * 16);
        CHECK(flow.tensors().size() == 5);  // x, two parts, two results
    }
    TEST_CASE("a split copies what others read whole, what enters the network, and along other axes") {
        const auto net =
            parse("[8, 4, 4]", "[conv: {name: c, out: 12}, split: {name: s, parts: 2}, relu: {name: w, from: c}]");
        CHECK(names(lower(net, {})) == Names{"c", "s", "w"});
        CHECK(names(lower(parse("[8, 4]", "[split: {name: s, parts: 2}]"), {})) == Names{"s"});
        CHECK(names(lower(parse("[8, 4]", "[linear: {name: l, out: 4}, split: {name: s, axis: 1, parts: 2}]"), {})) ==
              Names{"l", "s"});
    }
    TEST_CASE("formats come from the layers: what a kernel reads has its producer's") {
        const auto net = parse(
            "network: n\nprecision: int8\ninput: {x: {shape: [8, 4, 4], precision: int16}}\n"
            "layers: [conv: {name: c, out: 8, precision: {weights: int4, activations: fp16}}]");
        const auto kernel = lower(net, {}).nodes()[0].kernel;
        CHECK(kernel.input_precision == core::Precision::int16);
        CHECK(kernel.weight_precision == core::Precision::int4);
        CHECK(kernel.output_precision == core::Precision::fp16);
        CHECK(kernel.weight_bytes == core::Bytes((64 + 8) / 2));
    }
    TEST_CASE("an embedding is a kernel that reads the rows it looks up") {
        const auto net =
            parse("{shape: [128], precision: int32}", "[embedding: {name: e, entries: 30522, width: 768}]");
        const auto kernel = lower(net, {}).nodes()[0].kernel;
        CHECK(kernel.weight_bytes == core::Bytes(128 * 768));
        CHECK(kernel.parameters == 30522 * 768);
        CHECK(count(kernel.vector, VectorOp::gather) == 128 * 768);
        CHECK(kernel.input_precision == core::Precision::int32);
    }
    TEST_CASE("tied weights are read by both and counted once") {
        const auto net =
            parse("{shape: [4], precision: int32}",
                  "[embedding: {name: w, entries: 100, width: 8}, linear: {name: h, out: 100, bias: false, tied: w}]");
        const auto flow = lower(net, {});
        CHECK(flow.parameters() == 800);
        CHECK(node(flow, "h").kernel.weight_bytes == core::Bytes(800));
    }
}

}  // namespace dyad::arch_space
