// SPDX-License-Identifier: Apache-2.0
// Attention and point sets.
#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "arch_space/torch/forward.hpp"

namespace dyad::arch_space::torch {
namespace {

/// {batch, tokens, heads * d} to {batch, heads, tokens, d}.
at::Tensor by_head(const at::Tensor& x, std::uint64_t heads) {
    const auto count = static_cast<std::int64_t>(heads);
    return x.reshape({x.size(0), x.size(1), count, x.size(2) / count}).transpose(1, 2);
}

/// Which keys each query sees, {queries, keys}: the `window` latest (or, if not causal, nearest) and every stride-th.
at::Tensor visible(const Attention& a, std::int64_t queries, std::int64_t keys) {
    const auto query = (at::arange(queries) + (keys - queries)).unsqueeze(1), key = at::arange(keys).unsqueeze(0);
    auto seen = at::ones({queries, keys}, at::kBool);
    if (a.window != 0 || a.stride != 0) seen = at::zeros({queries, keys}, at::kBool);
    const auto window = static_cast<std::int64_t>(a.window), stride = static_cast<std::int64_t>(a.stride);
    if (window != 0 && a.causal) seen = seen | ((query - key < window) & (query - key >= 0));
    if (window != 0 && !a.causal) seen = seen | ((query - key).abs() <= window / 2);
    if (stride != 0) seen = seen | (at::remainder(key, stride) == stride - 1).expand_as(seen);
    if (a.causal) seen = seen & (key <= query);
    return seen | (key == query);
}

/// {batch, 3, points, 1} to {batch, points, 3}.
at::Tensor places(const at::Tensor& points) { return points.squeeze(3).transpose(1, 2); }

/// Squared distances {batch, a, b}.
at::Tensor distances(const at::Tensor& a, const at::Tensor& b) {
    return (a.unsqueeze(2) - b.unsqueeze(1)).square().sum(-1);
}

/// Columns {batch, width, points} by number {batch, m, k}: {batch, width, m, k}.
at::Tensor pick(const at::Tensor& columns, const at::Tensor& index) {
    const auto flat = index.reshape({index.size(0), 1, -1}).expand({index.size(0), columns.size(1), -1});
    return columns.gather(2, flat).reshape({columns.size(0), columns.size(1), index.size(1), index.size(2)});
}

/// The first neighbours inside the ball, filled up with the first of them (Qi et al. 2017); outside counts as behind
/// all.
at::Tensor in_ball(const Grouping& g, const at::Tensor& squared) {
    const auto count = squared.size(2);
    const auto order = at::arange(count).expand_as(squared);
    const auto ranked = at::where(squared <= g.radius * g.radius, order, at::full_like(order, count));
    const auto samples = std::min(static_cast<std::int64_t>(g.samples), count);
    auto nearest = std::get<0>(ranked.topk(samples, -1, false, true));
    const auto nobody = squared.argmin(-1, true);
    const auto first = at::where(nearest.narrow(2, 0, 1) == count, nobody, nearest.narrow(2, 0, 1));
    nearest = at::where(nearest == count, first, nearest);
    const auto missing = static_cast<std::int64_t>(g.samples) - samples;
    if (missing == 0) return nearest;
    return at::cat({nearest, first.expand({first.size(0), first.size(1), missing})}, 2);
}

}  // namespace

at::Tensor attend(const Attention& a, const Call& call) {
    const auto& in = call.in;
    const auto repeat = static_cast<std::int64_t>(a.heads / a.kv_heads);
    const auto cached = [&](const at::Tensor& x) {
        if (a.cache == 0) return x;
        return at::cat({x.new_zeros({x.size(0), static_cast<std::int64_t>(a.cache), x.size(2)}), x}, 1);
    };
    const auto q = by_head(in[0], a.heads);
    const auto k = by_head(cached(in[1]), a.kv_heads).repeat_interleave(repeat, 1);
    const auto v = by_head(cached(in[2]), a.kv_heads).repeat_interleave(repeat, 1);
    auto scores = at::matmul(q, k.transpose(-1, -2)) / std::sqrt(static_cast<double>(q.size(3)));
    if (call.pass.linear) scores = at::zeros_like(scores).detach();
    if (a.causal || a.window != 0 || a.stride != 0)
        scores = scores.masked_fill(visible(a, q.size(2), k.size(2)).logical_not(),
                                    -std::numeric_limits<double>::infinity());
    const auto mixed = at::matmul(at::softmax(scores, -1), v).transpose(1, 2);
    return mixed.reshape({mixed.size(0), mixed.size(1), -1});
}

at::Tensor sample_farthest(const FarthestPointSampling& s, const at::Tensor& points) {
    const auto at_place = places(points.detach());
    auto nearest = at_place.new_full({at_place.size(0), at_place.size(1)}, 1e30);
    std::vector<at::Tensor> chosen;
    auto last = at_place.new_zeros({at_place.size(0), 1}, at::kLong);
    for (std::uint64_t i = 0; i < s.points; ++i) {
        chosen.push_back(last);
        const auto centre = at_place.gather(1, last.unsqueeze(2).expand({-1, 1, 3}));
        nearest = at::minimum(nearest, (at_place - centre).square().sum(-1));
        last = nearest.argmax(-1, true);
    }
    const auto index = at::cat(chosen, 1).unsqueeze(1).unsqueeze(3).expand({-1, 3, -1, 1});
    return points.gather(2, index);
}

at::Tensor group(const Grouping& g, const Call& call) {
    const auto& in = call.in;
    const auto squared = distances(places(in[1].detach()), places(in[0].detach()));
    const auto index = g.kind == Grouping::Kind::ball
                           ? in_ball(g, squared)
                           : std::get<1>(squared.topk(static_cast<std::int64_t>(g.samples), -1, false, true));
    auto relative = pick(in[0].squeeze(3), index) - in[1];
    if (call.pass.linear) relative = at::ones_like(relative).detach();  // of points that are all one, nothing were left
    return in.size() == 3 ? at::cat({relative, pick(in[2].squeeze(3), index)}, 1) : relative;
}

}  // namespace dyad::arch_space::torch
