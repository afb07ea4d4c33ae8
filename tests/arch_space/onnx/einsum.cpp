// SPDX-License-Identifier: Apache-2.0
// Einsum as matrix products.
#include "tests/arch_space/onnx/model_builder.hpp"

namespace dyad::arch_space {
namespace {

struct Case {
    std::string equation;
    Dims left, right;
    bool weights;
};

ModelBuilder einsum(const Case& c) {
    ModelBuilder m;
    m.input("a", c.left).output("y");
    if (c.weights)
        m.weight("b", c.right);
    else
        m.input("b", c.right);
    m.node("Einsum", "y", {"a", "b"});
    m.with_text("equation", c.equation);
    return m;
}

}  // namespace

TEST_SUITE("arch_space/onnx/einsum") {
    TEST_CASE("scores and mixtures of attention are batched products that move nothing they need not") {
        const auto scores = imported("scores", einsum({"bhid,bhjd->bhij", {-1, 2, 5, 8}, {-1, 2, 6, 8}, false}));
        CHECK(scores.macs() == 2 * 5 * 6 * 8);
        CHECK(operators(scores) == Names{"input", "input", "matmul"});  // the keys are read the other way round
        CHECK(scores.layers.back().outputs[0] == Shape{2, 5, 6});
        const auto mixed = imported("mixed", einsum({"bhij,bhjd->bhid", {-1, 2, 5, 6}, {-1, 2, 6, 8}, false}));
        CHECK(mixed.macs() == 2 * 5 * 6 * 8);
        CHECK(mixed.layers.back().outputs[0] == Shape{2, 5, 8});
        // heads behind the tokens, as Keras has them
        const auto keras = imported("keras", einsum({"aecd,abcd->acbe", {-1, 6, 2, 8}, {-1, 5, 2, 8}, false}));
        CHECK(keras.macs() == 2 * 5 * 6 * 8);
        CHECK(elements(keras.layers.back().outputs[0]) == 2 * 5 * 6);
    }
    TEST_CASE("products with weights are linear layers, one for each of a stack") {
        const auto heads = imported("heads", einsum({"abc,cde->abde", {-1, 5, 16}, {16, 2, 8}, true}));
        CHECK(operators(heads) == Names{"input", "linear"});
        CHECK(heads.macs() == 5 * 16 * 16);
        CHECK(heads.parameters() == 16 * 16);
        const auto joined = imported("joined", einsum({"abcd,cde->abe", {-1, 5, 2, 8}, {2, 8, 16}, true}));
        CHECK(joined.macs() == 5 * 16 * 16);
        CHECK(joined.parameters() == 16 * 16);
        const auto stack = imported("stack", einsum({"...gk,gkn->...gn", {-1, 3, 8}, {3, 8, 4}, true}));
        CHECK(stack.macs() == 3 * 8 * 4);
        CHECK(stack.parameters() == 3 * 8 * 4);
    }
    TEST_CASE("without an arrow, what comes once is kept") {
        CHECK(imported("implied", einsum({"ij, jk", {-1, 6}, {6, 4}, true})).macs() == 6 * 4);
    }
    TEST_CASE("one operand is reordered") {
        ModelBuilder m;
        m.input("x", {-1, 5, 2, 8}).output("y");
        m.node("Einsum", "y", {"x"});
        m.with_text("equation", "bthd->bhtd");
        CHECK(operators(imported("order", m)) == Names{"input", "transpose"});
    }
    TEST_CASE("a letter of the batch that is summed makes the first axis no batch") {
        const auto net = imported("across", einsum({"ni,nj->ij", {6, 4}, {6, 5}, false}));
        CHECK(net.macs() == 6 * 4 * 5);
    }
    TEST_CASE("what is no such product is refused") {
        const auto error = [](const Case& c) { return import_error("refused", einsum(c).bytes()); };
        CHECK(error({"bij,bjk->bi", {-1, 3, 4}, {-1, 4, 5}, false}) ==
              "node 'y' (Einsum): 'k' is summed in one operand alone");
        CHECK(error({"bii,bij->bij", {-1, 4, 4}, {-1, 4, 5}, false}) == "node 'y' (Einsum): 'bii' as labels of axes");
        CHECK(error({"bij,bjk->bik", {-1, 3, 4}, {-1, 5, 6}, false}) == "node 'y' (Einsum): 'j' is 4 and 5");
        CHECK(error({"bij->bij", {-1, 3, 4}, {-1, 5, 6}, false}) == "node 'y' (Einsum): 'bij->bij' for 2 operands");
        CHECK(error({"bij,bj->bik", {-1, 3, 4}, {-1, 4}, false}) == "node 'y' (Einsum): 'k' is in no operand");
    }
}

}  // namespace dyad::arch_space
