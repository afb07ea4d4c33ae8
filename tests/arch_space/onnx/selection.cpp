// SPDX-License-Identifier: Apache-2.0
// What point sets, detection heads and classifiers export: picking the largest, computed indices, quotients, slopes.
#include "tests/arch_space/onnx/model_builder.hpp"

namespace dyad::arch_space {
namespace {

constexpr int int64 = ::onnx::TensorProto::INT64;

}  // namespace

TEST_SUITE("arch_space/onnx/selection") {
    TEST_CASE("the largest of an axis, as attribute and as input, and where the maximum is") {
        ModelBuilder old(9), later(13);
        for (auto* m : {&old, &later}) m->input("x", {-1, 6, 10}).output("m");
        old.node("TopK", "t", {"x"});
        old.with("axis", -1).with("k", 4);
        old.also("places");
        old.node("ArgMax", "m", {"t"});
        old.with("axis", 2).with("keepdims", 0);
        later.node("TopK", "t", {"x", later.numbers("k", {4})});
        later.also("places");
        later.node("ArgMax", "m", {"t"});
        later.with("axis", 2).with("keepdims", 0);
        const auto text = layers("topk", later);
        CHECK(text ==
              "  - topk: {name: t, count: 4}\n"
              "  - topk: {name: m, from: t.0, count: 1}\n");
        CHECK(layers("topk_old", old) == text);
        const auto net = imported("topk", later);
        CHECK(layer(net, "t").outputs == Shapes{{6, 4}, {6, 4}});
        // A heap of 4 is 3 comparisons deep; 6 x 4 values and as many places are copied.
        const auto work = arch_space::work(layer(net, "t").op, {{6, 10}}, layer(net, "t").outputs);
        CHECK(count(work, hw_space::VectorOp::compare) == 6 * 10 * 3);
        CHECK(count(work, hw_space::VectorOp::gather) == 2 * 6 * 4);
    }
    TEST_CASE("another axis than the last is turned there and back") {
        ModelBuilder m;
        m.input("x", {-1, 5, 8, 3}).output("t");
        m.node("TopK", "t", {"x", m.numbers("k", {2})});
        m.with("axis", 1);
        const auto net = imported("across", m);
        CHECK(operators(net) == Names{"input", "reshape", "transpose", "topk", "transpose"});
        CHECK(net.layers.back().outputs[0] == Shape{1, 2, 24});
        ModelBuilder wrong;
        wrong.input("x", {-1, 5}).output("t");
        wrong.node("TopK", "t", {"x", wrong.numbers("k", {6})});
        CHECK(import_error("too_many", wrong.bytes()) ==
              "node 't' (TopK): expected k from 1 to the 5 elements along axis 1");
    }
    TEST_CASE("features of neighbouring points are rows of a table that computed indices name") {
        ModelBuilder m;
        m.input("points", {1, 64, 3}).input("near", {1, 16, 8, 1}, int64).output("g");
        const auto batch = m.weight("batch", {1, 16, 8, 1}, int64);
        m.node("Concat", "index", {batch, "near"});
        m.with("axis", -1);
        m.node("GatherND", "g", {"points", "index"});
        const auto net = imported("points", m);
        CHECK(operators(net) == Names{"input", "input", "reshape", "gather"});
        CHECK(layer(net, "g").outputs[0] == Shape{16 * 8, 3});
        // Both columns computed: the last one is cut out.
        ModelBuilder both;
        both.input("points", {1, 64, 3}).input("at", {1, 16, 2}, int64).output("g");
        both.node("GatherND", "g", {"points", "at"});
        const auto cut = imported("both", both);
        CHECK(operators(cut) == Names{"input", "input", "split", "reshape", "gather"});
        CHECK(layer(cut, "g").outputs[0] == Shape{16, 3});
    }
    TEST_CASE("points of all samples in one table are picked by indices that know their sample") {
        ModelBuilder m;  // as PyTorch exports points[batch, near]
        m.input("points", {-1, 64, 3}).input("near", {-1, 16, 8}, int64).output("g");
        m.node("Reshape", "rows", {"points", m.numbers("table", {-1, 3})});
        m.node("Reshape", "flat", {"near", m.numbers("all", {-1})});
        m.node("Gather", "picked", {"rows", "flat"});
        m.node("Reshape", "g", {"picked", m.numbers("groups", {-1, 16, 8, 3})});
        CHECK(elements(imported("merged", m).layers.back().outputs[0]) == 16 * 8 * 3);
        ModelBuilder samples;  // other samples: no batch
        samples.input("x", {-1, 4}).input("at", {-1}, int64).output("g");
        samples.node("Gather", "g", {"x", "at"});
        CHECK_FALSE(import_error("samples", samples.bytes()).empty());
    }
    TEST_CASE("single elements are picked by as many indices") {
        ModelBuilder m;
        m.input("x", {-1, 6, 10}).input("at", {-1, 6, 4}, int64).output("g");
        m.node("GatherElements", "g", {"x", "at"});
        m.with("axis", 2);
        const auto net = imported("elements", m);
        CHECK(layer(net, "g").outputs[0] == Shape{24});
        CHECK(count(arch_space::work(layer(net, "g").op, {{60}, {24}}, {{24}}), hw_space::VectorOp::gather) == 24);
        ModelBuilder flat;
        flat.input("x", {-1, 6, 10}).input("at", {-1, 4}, int64).output("g");
        flat.node("GatherElements", "g", {"x", "at"});
        CHECK(import_error("rank", flat.bytes()) == "node 'g' (GatherElements): indices 1x4 for 1x6x10");
    }
    TEST_CASE("a quotient of activations takes a reciprocal of each divisor, one by a constant none") {
        ModelBuilder m;
        m.input("x", {-1, 6, 10}).output("q");
        m.node("Relu", "sum", {"x"});
        m.node("Div", "half", {"x", m.number("two", 2)});
        m.node("Div", "q", {"half", "sum"});
        CHECK(layers("div", m) ==
              "  - relu: {name: sum}\n"
              "  - div: {name: q, from: [x, sum]}\n");
        const auto work = arch_space::work(Elementwise{Elementwise::Kind::div}, {{6, 10}, {6, 1}}, {{6, 10}});
        CHECK(count(work, hw_space::VectorOp::mul) == 60);
        CHECK(count(work, hw_space::VectorOp::reciprocal) == 6);
    }
    TEST_CASE("squares, sums, the largest over neighbours and copies, as distances between points are spelled") {
        ModelBuilder m;
        m.input("x", {-1, 6, 10}).output("s");
        m.node("Pow", "p", {"x", m.number("two", 2)});
        m.node("ReduceSum", "s", {"p", m.numbers("axes", {-1})});
        m.with("keepdims", 0);
        const auto sums = imported("squares", m);
        CHECK(operators(sums) == Names{"input", "mul", "reshape", "pool"});
        CHECK(layer(sums, "p").inputs.size() == 2);
        CHECK(sums.layers.back().outputs[0] == Shape{6, 1, 1});
        ModelBuilder middle;
        middle.input("x", {-1, 16, 8, 20}).output("s");
        middle.node("ReduceMax", "s", {"x"});
        middle.with("axes", Dims{2}).with("keepdims", 0);
        const auto most = imported("middle", middle);
        CHECK(operators(most) == Names{"input", "transpose", "reshape", "pool"});
        CHECK(most.layers.back().outputs[0] == Shape{16 * 20, 1, 1});
        ModelBuilder copies;
        copies.input("x", {-1, 3, 4}).output("t");
        copies.node("Tile", "t", {"x", copies.numbers("repeats", {1, 2, 1})});
        const auto twice = imported("copies", copies);
        CHECK(operators(twice) == Names{"input", "gather"});
        CHECK(twice.layers.back().outputs[0] == Shape{6, 4});
        ModelBuilder wrong;
        wrong.input("x", {-1, 6}).output("p");
        wrong.node("Pow", "p", {"x", wrong.number("half", 2.5F)});
        CHECK(import_error("power", wrong.bytes()) == "node 'p' (Pow): a power other than 1/2, 1, 2 and 3");
    }
    TEST_CASE("slopes are learned, one a channel") {
        ModelBuilder m;
        m.input("x", {-1, 8, 5, 5}).output("b");
        m.node("PRelu", "a", {"x", m.weight("slopes", {8, 1, 1})});
        m.node("PRelu", "b", {"a", m.weight("one", {1})});
        const auto net = imported("prelu", m);
        CHECK(operators(net) == Names{"input", "prelu", "leaky_relu"});
        CHECK(net.parameters() == 8);
        ModelBuilder wrong;
        wrong.input("x", {-1, 8, 5, 5}).output("a");
        wrong.node("PRelu", "a", {"x", wrong.weight("slopes", {7, 1, 1})});
        CHECK(import_error("slopes", wrong.bytes()) == "node 'a' (PRelu): slopes 7x1x1 for an input 1x8x5x5");
    }
}

}  // namespace dyad::arch_space
