// SPDX-License-Identifier: Apache-2.0
// Point sets (Qi et al. 2017, "PointNet++: Deep Hierarchical Feature Learning on Point Sets in a Metric Space").
#include <fmt/format.h>

#include "arch_space/operators.hpp"
#include "arch_space/operators/vector_work.hpp"

namespace dyad::arch_space {
namespace {

using hw_space::VectorOp;

void expect_points(const Shape& shape, bool coordinates, const char* what) {
    if (shape.size() == 3 && shape[2] == 1 && (!coordinates || shape[0] == 3)) return;
    throw BadShape(fmt::format("{} expects points {{{}, points, 1}}, found {}", what, coordinates ? "3" : "width",
                               to_text(shape)));
}

/// Squared distances of `pairs` points in space: three differences, three squares, two sums.
models::VectorWork distances(std::uint64_t pairs, std::uint64_t passes) {
    return charged({{VectorOp::add, 5}, {VectorOp::mul, 3}}, pairs, passes);
}

}  // namespace

Shapes FarthestPointSampling::infer(const Shapes& in) const {
    expect_inputs(in, 1, "farthest_point_sampling");
    expect_points(in[0], true, "farthest_point_sampling");
    if (points > in[0][1]) throw BadShape(fmt::format("{} samples of {} points", points, in[0][1]));
    return {{3, points, 1}};
}

// Each new point: distance of all others to it, the smaller of that and their distance so far, and the farthest.
models::VectorWork FarthestPointSampling::work(const Shapes& in, const Shapes& out) const {
    const auto pairs = checked(points, in.at(0)[1]);
    auto work = distances(pairs, points);
    charge(work, {{VectorOp::max, 1}, {VectorOp::compare, 1}}, pairs);
    charge(work, {{VectorOp::gather, 1}}, elements(out.at(0)));
    return work;
}

Shapes Grouping::infer(const Shapes& in) const {
    const char* what = kind == Kind::ball ? "ball_query" : "knn";
    if (in.size() != 2 && in.size() != 3)
        throw BadShape(
            fmt::format("{} takes coordinates, centroids and, if any, features; found {} inputs", what, in.size()));
    expect_points(in[0], true, what);
    expect_points(in[1], true, what);
    if (in.size() == 3) expect_points(in[2], false, what);
    if (in.size() == 3 && in[2][1] != in[0][1])
        throw BadShape(fmt::format("{} has {} points but features of {}", what, in[0][1], in[2][1]));
    if (kind == Kind::nearest && samples > in[0][1])
        throw BadShape(fmt::format("{} neighbours of {} points", samples, in[0][1]));
    return {{3 + (in.size() == 3 ? in[2][0] : 0), in[1][1], samples}};
}

// All distances; a ball compares each with the radius, the nearest are kept by insertion (`samples` comparisons each).
// Then the neighbours are gathered and their coordinates made relative to the centroid.
models::VectorWork Grouping::work(const Shapes& in, const Shapes& out) const {
    const auto pairs = checked(in.at(0)[1], in.at(1)[1]);
    auto work = distances(pairs, 1);
    charge(work, {{VectorOp::compare, kind == Kind::ball ? 1 : samples}}, pairs);
    charge(work, {{VectorOp::gather, 1}}, elements(out.at(0)));
    charge(work, {{VectorOp::add, 3}}, checked(out[0][1], out[0][2]));
    return work;
}

}  // namespace dyad::arch_space
