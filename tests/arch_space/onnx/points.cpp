// SPDX-License-Identifier: Apache-2.0
// Point sets: PointNet++'s operators in a domain of their own, and neighbours found by standard operators.
#include "tests/arch_space/onnx/model_builder.hpp"

namespace dyad::arch_space {
namespace {

using std::to_string;

/// A linear layer for every point, normalised.
std::string shared(ModelBuilder& m, const std::string& name, const std::string& in, std::int64_t from,
                   std::int64_t to) {
    return m.node("Relu", name + ".relu", {m.batch_norm(name + ".bn", m.conv(name, in, from, to, 1, 1, true), to)});
}

std::string turned(ModelBuilder& m, const std::string& name, const std::string& x) {
    m.node("Transpose", name, {x});
    m.with("perm", {0, 2, 1});
    return name;
}

std::string custom(ModelBuilder& m, const std::string& op, const std::string& name, const Names& inputs) {
    m.node(op, name, inputs);
    m.last_node()->set_domain("mmdeploy");
    return name;
}

/// What a stage of PointNet++ gives on: points {N, 3} and features.
struct Set {
    std::string points, features;
    std::int64_t width;
};

/// Sampling and grouping as PyTorch's packages have them: numbers of points, which other operators pick by.
std::string grouped(ModelBuilder& m, const std::string& s, const Set& from, const std::string& centroids,
                    const std::string& flipped, std::int64_t samples, float radius) {
    const auto near = custom(m, "BallQuery", s + ".near", {from.points, centroids});
    m.with("sample_num", samples).with_number("max_radius", radius);
    const auto places = custom(m, "GroupPoints", s + ".places", {flipped, near});
    const auto centre =
        m.node("Unsqueeze", s + ".centre", {turned(m, s + ".back", centroids), m.numbers(s + ".3", {3})});
    const auto offsets = m.node("Sub", s + ".offsets", {places, centre});
    if (from.features.empty()) return offsets;
    const auto features = custom(m, "GroupPoints", s + ".features", {from.features, near});
    m.node("Concat", s + ".all", {offsets, features});
    m.with("axis", 1);
    return s + ".all";
}

Set abstraction(ModelBuilder& m, const std::string& s, const Set& from, std::int64_t count, std::int64_t samples,
                float radius, const Dims& widths) {
    const auto flipped = turned(m, s + ".flipped", from.points);
    const auto sampled = custom(m, "FurthestPointSampling", s + ".sampled", {from.points});
    m.with("num_points", count);
    const auto centroids = turned(m, s, custom(m, "GatherPoints", s + ".picked", {flipped, sampled}));
    auto x = grouped(m, s, from, centroids, flipped, samples, radius);
    auto width = 3 + from.width;
    for (std::size_t i = 0; i < widths.size(); width = widths[i++])
        x = shared(m, s + ".mlp" + to_string(i), x, width, widths[i]);
    x = m.node("MaxPool", s + ".pool", {x});
    m.with("kernel_shape", {1, samples}).with("strides", {1, samples});
    m.node("Squeeze", s + ".out", {x, m.numbers(s + ".axis", {3})});
    return {centroids, s + ".out", width};
}

/// pointnet2_cls_ssg of github.com/yanx27/Pointnet_Pointnet2_pytorch with the custom operators of mmcv.
ModelBuilder pointnet2() {
    ModelBuilder m;
    m.input("points", {-1, 1024, 3}).output("classes");
    const auto first = abstraction(m, "a", {"points", "", 0}, 512, 32, 0.2F, {64, 64, 128});
    const auto second = abstraction(m, "b", first, 128, 64, 0.4F, {128, 128, 256});
    m.node("Concat", "all", {turned(m, "all.places", second.points), second.features});
    m.with("axis", 1);
    auto x = m.node("Unsqueeze", "column", {"all", m.numbers("column.axis", {3})});
    std::int64_t width = 259;
    for (const std::int64_t to : {256, 512, 1024}) {
        x = shared(m, "c" + to_string(to), x, width, to);
        width = to;
    }
    x = m.node("Flatten", "flat", {m.node("GlobalMaxPool", "most", {x})});
    for (const std::int64_t to : {512, 256}) {
        const auto name = "d" + to_string(to);
        x = m.node("Relu", name + ".relu", {m.batch_norm(name + ".bn", m.linear(name, x, width, to), to)});
        width = to;
    }
    (void)m.linear("classes", x, width, 40);
    return m;
}

std::uint64_t layers_of(const Network& net, const std::string& name) {
    return static_cast<std::uint64_t>(std::ranges::count(operators(net), name));
}

}  // namespace

TEST_SUITE("arch_space/onnx/points") {
    TEST_CASE("PointNet++ in custom operators is its network file") {
        const auto net = imported("pointnet2", pointnet2());
        const auto reference = read_config("pointnet2_ssg_cls");
        CHECK(net.parameters() == reference.parameters());
        CHECK(net.macs() == reference.macs());
        for (const auto* name : {"farthest_point_sampling", "ball_query", "conv", "linear", "batch_norm", "gather"}) {
            CAPTURE(name);
            CHECK(layers_of(net, name) == layers_of(reference, name));
        }
        CHECK(layers_of(net, "transpose") == 1);  // of the input, whose coordinates come last
        CHECK(layer(net, "b_all").outputs[0] == Shape{3 + 128, 128, 64});
    }
    TEST_CASE("neighbours are the nearest, or groups come from one operator") {
        ModelBuilder m;
        m.input("x", {-1, 64, 3}).input("c", {-1, 16, 3}).input("f", {-1, 8, 64}).output("g");
        m.node("QueryAndGroup", "g", {"x", "c", "f"});
        m.last_node()->set_domain("my.points");
        m.with("k", 4);
        const auto net = imported("nearest", m);
        CHECK(layers_of(net, "knn") == 1);
        CHECK(net.layers.back().outputs[0] == Shape{3 + 8, 16, 4});
        m.with_number("radius", 0.5F).with("samples", 4);
        CHECK(layers_of(imported("ball", m), "ball_query") == 1);
    }
    TEST_CASE("features alone are looked up by the numbers found") {
        ModelBuilder m;
        m.input("x", {-1, 64, 3}).input("f", {-1, 8, 64}).output("g");
        m.node("knn", "near", {"x", "x"});
        m.with("k", 4);
        m.node("grouping_operation", "g", {"f", "near"});
        const auto net = imported("features", m);
        CHECK(layers_of(net, "gather") == 1);
        CHECK(elements(net.layers.back().outputs[0]) == 8 * 64 * 4);
        CHECK(net.macs() == 0);
    }
    TEST_CASE("what is missing or does not fit is named") {
        ModelBuilder m;
        m.input("x", {-1, 64, 3}).output("s");
        m.node("fps", "s", {"x"});
        CHECK(import_error("missing", m.bytes()) == "node 's' (FarthestPointSampling): no attribute 'points'");
        m.with("npoint", 0);
        CHECK(import_error("none", m.bytes()) == "node 's' (FarthestPointSampling): points 0");
        ModelBuilder flat;
        flat.input("x", {-1, 64, 4}).output("s");
        flat.node("fps", "s", {"x"});
        flat.with("npoint", 8);
        CHECK(import_error("flat", flat.bytes()) ==
              "node 's' (FarthestPointSampling): expected points 1 x N x 3, found 1x64x4");
    }
    TEST_CASE("a graph of neighbours by products, sums and the largest is read as it is computed") {
        // DGCNN: -|x|^2 + 2 x y - |y|^2 of 3 coordinates and 64 points, 8 neighbours each
        ModelBuilder m;
        m.input("x", {-1, 3, 64}).output("y");
        turned(m, "t", "x");
        m.node("Mul", "inner", {m.node("MatMul", "dot", {"t", "x"}), m.number("-2", -2)});
        m.node("Pow", "squares", {"x", m.number("2", 2)});
        m.node("ReduceSum", "length", {"squares", m.numbers("axis", {1})});
        m.node("Sub", "a", {m.node("Neg", "minus", {"length"}), "inner"});
        m.node("Sub", "distance", {"a", turned(m, "column", "length")});
        m.node("TopK", "values", {"distance", m.numbers("k", {8})});
        m.also("near");
        m.node("Reshape", "rows", {"near", m.numbers("all", {-1})});
        m.node("Reshape", "points", {"t", m.numbers("table", {64, 3})});
        m.node("Gather", "picked", {"points", "rows"});
        m.node("Reshape", "y", {"picked", m.numbers("four", {1, 64, 8, 3})});
        const auto net = imported("graph", m);
        CHECK(net.macs() == 64 * 64 * 3);
        CHECK(layers_of(net, "topk") == 1);
        CHECK(elements(net.layers.back().outputs[0]) == 64 * 8 * 3);
    }
}

}  // namespace dyad::arch_space
