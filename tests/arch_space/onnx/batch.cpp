// SPDX-License-Identifier: Apache-2.0
// The first axis of the inputs is a batch as long as nothing computes across it.
#include "arch_space/onnx/batch.hpp"

#include "tests/arch_space/onnx/model_builder.hpp"

namespace dyad::arch_space {
namespace {

/// Every row of x {L, N, E} times every other: scores {N, L, L}.
ModelBuilder scores(const Dims& dims, const Dims& left, const Dims& right) {
    ModelBuilder m;
    m.input("x", dims).output("y");
    m.node("Transpose", "a", {"x"});
    m.with("perm", left);
    m.node("Transpose", "b", {"x"});
    m.with("perm", right);
    m.node("MatMul", "y", {"a", "b"});
    return m;
}

/// PyTorch's multi-head attention, which has the sequence in front: x {L, N, 16}, 2 heads. `computed`: the shape of the
/// heads is computed from the input's, as it is for open sizes; `turned`: the input is {N, L, 16}.
ModelBuilder heads(const Dims& dims, std::int64_t length, std::int64_t samples, bool computed, bool turned) {
    ModelBuilder m;
    m.input("input", dims).output("out");
    std::string x = "input";
    if (turned) {
        x = m.node("Transpose", "x", {x});
        m.with("perm", {1, 0, 2});
    }
    m.numbers("apart", {length, samples * 2, 8});
    m.numbers("joined", {length, samples, 16});
    if (computed) {
        m.node("Shape", "shape", {x});
        m.node("Slice", "l", {"shape", m.numbers("0", {0}), m.numbers("1", {1})});
        m.node("Slice", "n", {"shape", "1", m.numbers("2", {2})});
        m.node("Mul", "nh", {"n", "2"});
        m.node("Concat", "apart_", {"l", "nh", m.numbers("8", {8})});
        m.with("axis", 0);
        m.node("Concat", "joined_", {"l", "n", m.numbers("16", {16})});
        m.with("axis", 0);
    }
    for (const std::string part : {"q", "k", "v"}) {
        m.node("MatMul", part, {x, m.weight(part + "w", {16, 16})});
        m.node("Reshape", part + "r", {part, computed ? "apart_" : "apart"});
        m.node("Transpose", part + "t", {part + "r"});
        m.with("perm", part == "k" ? Dims{1, 2, 0} : Dims{1, 0, 2});
    }
    m.node("Softmax", "soft", {m.node("MatMul", "scores", {"qt", "kt"})});
    m.node("Transpose", "mt", {m.node("MatMul", "mixed", {"soft", "vt"})});
    m.with("perm", {1, 0, 2});
    m.node("Reshape", "mr", {"mt", computed ? "joined_" : "joined"});
    m.node("MatMul", "out", {"mr", m.weight("ow", {16, 16})});
    return m;
}

/// Of one sample of 5 tokens: 4 projections, and 2 products of 2 heads x 5 x 5 x 8.
constexpr std::uint64_t five = 4 * 5 * 16 * 16 + 2 * 2 * 5 * 5 * 8;

const std::string crossed = "axis 0 (N) has no size and is no batch, for node 'y' (MatMul) computes across it; ";

}  // namespace

TEST_SUITE("arch_space/onnx/batch") {
    TEST_CASE("a first axis that a product computes across is kept") {
        // 16 rows of 32 times 16 columns of 32
        const auto net = imported("first", scores({16, 1, 32}, {1, 0, 2}, {1, 2, 0}));
        CHECK(net.macs() == 16 * 16 * 32);
        CHECK(net.layers.back().outputs[0] == Shape{16, 16});
        // a batch of 16, each row times itself
        CHECK(imported("rows", scores({16, 1, 32}, {0, 1, 2}, {0, 2, 1})).macs() == 32);
    }
    TEST_CASE("an open first axis that is no batch has to be given") {
        const auto m = scores({-1, 1, 32}, {1, 0, 2}, {1, 2, 0});
        CHECK(import_error("open", m.bytes()) == "input 'x': " + crossed + "give it with --size N=...");
        CHECK(imported("open", m, {{{"N", 16}}}).macs() == 16 * 16 * 32);
        const auto unnamed = scores({0, 1, 32}, {1, 0, 2}, {1, 2, 0});
        CHECK(import_error("unnamed", unnamed.bytes()) ==
              "input 'x': axis 0 has no size and is no batch, for node 'y' (MatMul) computes across it");
    }
    TEST_CASE("attention over a sequence in front counts all its tokens") {
        CHECK(imported("front", heads({5, 1, 16}, 5, 1, false, false)).macs() == five);
        CHECK(imported("computed", heads({5, 1, 16}, 5, 1, true, false)).macs() == five);
        CHECK(imported("named", heads({-1, 1, 16}, 5, 1, true, false), {{{"N", 5}}}).macs() == five);
    }
    TEST_CASE("a batch that moves behind the sequence and merges with the heads is still one") {
        CHECK(imported("open", heads({-1, 5, 16}, 5, 1, true, true)).macs() == five);
        CHECK(imported("three", heads({3, 5, 16}, 5, 3, false, true)).macs() == five);
        CHECK(imported("three_computed", heads({3, 5, 16}, 5, 3, true, true)).macs() == five);
        CHECK(imported("one", heads({1, 5, 16}, 5, 1, false, true)).macs() == five);
    }
    TEST_CASE("an open first axis that only a size of 1 fits is 1") {
        // the batch of 1 that was traced stands in the shapes of the heads
        CHECK(imported("traced", heads({-1, 5, 16}, 5, 1, false, true)).macs() == five);
    }
    TEST_CASE("every operator that computes across the first axis keeps it") {
        const auto first = [](const std::string& op, const std::string& key, std::int64_t value) {
            ModelBuilder m;
            m.input("x", {6, 4}).output("y");
            m.node(op, "c", {"x"});
            m.with(key, value);
            m.node("Relu", "y", {"c"});
            return imported("across", m).layers.front().outputs[0];
        };
        CHECK(first("Softmax", "axis", 0) == Shape{6, 4});
        CHECK(first("Softmax", "axis", 1) == Shape{4});
        CHECK(first("ArgMax", "axis", 0) == Shape{6, 4});
        CHECK(first("ArgMax", "axis", 1) == Shape{4});
        ModelBuilder table;  // a vector per position
        table.input("x", {6, 4}).output("y");
        table.node("Add", "y", {"x", table.weight("places", {6, 4})});
        CHECK(imported("table", table).layers.back().outputs[0] == Shape{6, 4});
        ModelBuilder cut;  // the first token
        cut.input("x", {6, 1, 4}).output("y");
        cut.node("Gather", "c", {"x", cut.index("zero", 0)});
        (void)cut.linear("y", "c", 4, 3);
        CHECK(imported("cut", cut).layers.front().outputs[0] == Shape{6, 1, 4});
        ModelBuilder mean;
        mean.input("x", {6, 1, 4}).output("y");
        mean.node("ReduceMean", "y", {"x"});
        mean.with("axes", Dims{0});
        CHECK(imported("mean", mean).layers.front().outputs[0] == Shape{6, 1, 4});
    }
    TEST_CASE("every operator that is read has a rule for the batch") {
        for (const auto& op : onnx::handled_operators()) {
            CAPTURE(op);
            CHECK(onnx::has_batch_rule(op));
        }
    }
    TEST_CASE("a size that is given for one input does not hide that another has no batch") {
        auto m = scores({5, 1, 32}, {1, 0, 2}, {1, 2, 0});
        m.input("z", {-1}).output("w");
        m.node("Relu", "w", {"z"});
        CHECK(imported("given", m, {{{"N", 3}}}).macs() == 5 * 5 * 32);
        CHECK(import_error("open", m.bytes()) == "input 'z': " + crossed + "give it with --size N=...");
    }
    TEST_CASE("what fails with the first axis kept says why it was") {
        ModelBuilder m;
        m.input("x", {6, 3, 8, 8}).output("y");
        m.node("Softmax", "s", {m.conv("c", "x", 3, 4, 3)});
        m.with("axis", 0);
        m.node("Relu", "y", {"s"});
        CHECK(import_error("kept", m.bytes()) ==
              "the inputs' first axis is no batch, for node 's' (Softmax) computes across it\n"
              "node 'c' (Conv): expected 1 x channels x height x width, found 6x3x8x8");
    }
}

}  // namespace dyad::arch_space
