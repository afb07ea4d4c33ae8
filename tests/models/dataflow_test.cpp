// SPDX-License-Identifier: Apache-2.0
#include "models/dataflow.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"

using namespace dyad::models;
using dyad::core::Bytes;
using dyad::core::Words;

namespace {

Node node(const std::string& name, std::vector<std::size_t> reads, std::vector<std::size_t> writes) {
    Node result;
    result.kernel.name = name;
    for (const auto tensor : reads) result.reads.push_back({.tensor = tensor});
    result.writes = std::move(writes);
    return result;
}

TensorInfo tensor(const std::string& name, std::uint64_t words) { return {.name = name, .words = Words(words)}; }

/// x -> a -> {b, c} -> d, the tensors 10, 20, 30, 40 and 5 bytes.
Dataflow diamond() {
    return {"diamond",
            1,
            {node("a", {0}, {1}), node("b", {1}, {2}), node("c", {1}, {3}), node("d", {2, 3}, {4})},
            {tensor("x", 10), tensor("ta", 20), tensor("tb", 30), tensor("tc", 40), tensor("y", 5)}};
}

std::vector<std::string> names(const Dataflow& dataflow) {
    std::vector<std::string> result;
    for (const auto& n : dataflow.nodes()) result.push_back(n.kernel.name);
    return result;
}

}  // namespace

TEST_SUITE("models/dataflow") {
    TEST_CASE("a sorted network keeps the order of its file") {
        CHECK(names(diamond()) == std::vector<std::string>{"a", "b", "c", "d"});
    }

    TEST_CASE("a kernel written before its producer moves behind it, the others stay, and tensors are renumbered") {
        // d reads what b and c write; in the file it stands first.
        const Dataflow graph("g", 1,
                             {node("d", {2, 3}, {4}), node("a", {0}, {1}), node("c", {1}, {3}), node("b", {1}, {2})},
                             {tensor("x", 1), tensor("ta", 1), tensor("tb", 1), tensor("tc", 1), tensor("y", 1)});
        CHECK(names(graph) == std::vector<std::string>{"a", "b", "c", "d"});
        CHECK(graph.tensors()[0].producer == TensorInfo::none);
        CHECK(graph.tensors()[3].producer == 2);
        CHECK(graph.tensors()[1].consumers == std::vector<std::size_t>{1, 2});
        CHECK(graph.tensors()[4].consumers.empty());
        CHECK(graph.predecessors(3) == std::vector<std::size_t>{1, 2});
        CHECK(graph.predecessors(0).empty());
    }

    TEST_CASE("a tensor that one kernel reads twice has that consumer once") {
        const Dataflow graph("square", 1, {node("a", {0, 0}, {1})}, {tensor("x", 1), tensor("y", 1)});
        CHECK(graph.tensors()[0].consumers == std::vector<std::size_t>{0});
    }

    TEST_CASE("a cycle is named in the direction of the data, from its first kernel in the file") {
        CHECK_THROWS_WITH_AS(
            Dataflow("loop", 1,
                     {node("in", {0}, {1}), node("a", {1, 4}, {2}), node("b", {2}, {3}), node("c", {3}, {4})},
                     {tensor("x", 1), tensor("t", 1), tensor("ta", 1), tensor("tb", 1), tensor("tc", 1)}),
            "network 'loop': the graph has a cycle: a -> b -> c -> a", dyad::core::Error);
    }

    TEST_CASE("a kernel that reads its own output is a cycle of one") {
        CHECK_THROWS_WITH_AS(Dataflow("self", 1, {node("a", {0}, {0})}, {tensor("x", 1)}),
                             "network 'self': the graph has a cycle: a -> a", dyad::core::Error);
    }

    TEST_CASE("a tensor with two producers is our bug") {
        CHECK_THROWS_WITH_AS(Dataflow("g", 1, {node("a", {}, {0}), node("b", {}, {0})}, {tensor("x", 1)}),
                             "x is written twice", std::logic_error);
    }

    TEST_CASE("peak activation memory of a diamond is what a hand count says") {
        // a: x + ta = 30.  b: ta + tb = 50.  c: ta + tb + tc = 90 (the peak).  d: tb + tc + y = 75.
        CHECK(diamond().peak_activation_bytes() == Bytes(90));
    }

    TEST_CASE("a residual side input stays alive until the kernel it is fused into has run") {
        // x(10) -> a -> ta(20) -> b -> tb(20) -> c(+ta) -> y(20).  At c: tb + ta + y = 60; without the residual 40.
        auto last = node("c", {2}, {3});
        last.reads.push_back({.operand = Operand::inputs, .tensor = 1, .side = true});
        const Dataflow graph("residual", 1, {node("a", {0}, {1}), node("b", {1}, {2}), last},
                             {tensor("x", 10), tensor("ta", 20), tensor("tb", 20), tensor("y", 20)});
        CHECK(graph.peak_activation_bytes() == Bytes(60));
    }

    TEST_CASE("a vector kernel knows the elements of its tensors") {
        // d reads tb (30) and tc (40), and writes y (5).
        const auto nodes = diamond().nodes();
        CHECK(nodes[3].kernel.vector_inputs == Words(30 + 40));
        CHECK(nodes[3].kernel.vector_outputs == Words(5));
    }

    TEST_CASE("four-bit tensors take half a byte a word") {
        const Dataflow graph(
            "int4", 1, {node("a", {0}, {1})},
            {{.name = "x", .words = Words(9), .precision = dyad::core::Precision::int4}, tensor("y", 1)});
        CHECK(graph.peak_activation_bytes() == Bytes(5 + 1));
    }

    TEST_CASE("parameters are the kernels' sum until the lowering says otherwise") {
        auto a = node("a", {0}, {1});
        a.kernel.parameters = 7;
        a.kernel.weight_bytes = Bytes(3);
        const Dataflow graph("g", 1, {a}, {tensor("x", 1), tensor("y", 1)});
        CHECK(graph.parameters() == 7);
        CHECK(graph.weight_bytes() == Bytes(3));
        CHECK(graph.with_parameters(5).parameters() == 5);
    }
}
