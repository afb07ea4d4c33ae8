// SPDX-License-Identifier: Apache-2.0
// Attention, embeddings, learned tokens and positions.
#include <fmt/format.h>

#include <algorithm>

#include "arch_space/operators.hpp"
#include "arch_space/operators/vector_work.hpp"

namespace dyad::arch_space {
namespace {

using hw_space::VectorOp;

void expect_width(std::uint64_t width, std::uint64_t heads, const char* what) {
    if (width % heads != 0)
        throw BadShape(fmt::format("{} heads do not divide the {} of width {}", heads, what, width));
}

}  // namespace

Shapes Attention::infer(const Shapes& in) const {
    expect_inputs(in, 3, "attention");
    for (const auto& shape : in) expect_rank(shape, 2, "attention");
    const auto &query = in[0], &key = in[1], &value = in[2];
    if (heads % kv_heads != 0) throw BadShape(fmt::format("{} heads cannot share {} key-value heads", heads, kv_heads));
    expect_width(query[1], heads, "queries");
    expect_width(value[1], kv_heads, "values");
    if (key[0] != value[0]) throw BadShape(fmt::format("attention has {} keys but {} values", key[0], value[0]));
    if (checked(query[1] / heads, kv_heads) != key[1])
        throw BadShape(fmt::format("queries of {} in {} heads do not fit keys of {} in {} heads", query[1], heads,
                                   key[1], kv_heads));
    return {{query[0], checked(value[1] / kv_heads, heads)}};
}

std::uint64_t Attention::keys(const Shapes& in) const {
    const auto all = in.at(1)[0] + cache;
    if (window == 0 && stride == 0) return all;
    const auto strided = stride == 0 ? 0 : core::ceil_div(all, stride);
    return std::min(all, window + strided);
}

double Attention::needed(const Shapes& in) const {
    const auto queries = static_cast<double>(in.at(0)[0]), all = static_cast<double>(keys(in));
    if (!causal || window != 0 || stride != 0 || queries > all) return 1;
    return (all - queries + (queries + 1) / 2) / all;
}

std::uint64_t Attention::macs(const Shapes& in) const {
    const auto per_head = checked(in.at(0)[0], keys(in));  // of one channel of one head
    return checked(per_head, in[0][1]) + checked(per_head, infer(in)[0][1]);
}

// Scaling and mask on top of a softmax's operations.
models::VectorWork Attention::work(const Shapes& in, const Shapes&) const {
    const Shape scores{heads, in.at(0)[0], keys(in)};
    auto work = Softmax{}.work({scores}, {scores});
    charge(work, {{VectorOp::mul, 1}, {VectorOp::add, causal ? 1u : 0u}}, elements(scores));
    return work;
}

Shapes Embedding::infer(const Shapes& in) const {
    expect_inputs(in, 1, "embedding");
    expect_rank(in[0], 1, "embedding");
    return {{in[0][0], width}};
}

std::uint64_t Embedding::parameters(const Shapes&) const { return checked(entries, width); }
std::uint64_t Embedding::weights_read(const Shapes& in) const { return checked(in.at(0)[0], width); }
models::VectorWork Embedding::work(const Shapes&, const Shapes& out) const { return moved(elements(out.at(0))); }

Shapes Token::infer(const Shapes& in) const {
    expect_inputs(in, 1, "token");
    expect_rank(in[0], 2, "token");
    return {{in[0][0] + count, in[0][1]}};
}

std::uint64_t Token::parameters(const Shapes& in) const { return checked(count, in.at(0)[1]); }
models::VectorWork Token::work(const Shapes&, const Shapes& out) const { return moved(elements(out.at(0))); }

Shapes Position::infer(const Shapes& in) const {
    expect_inputs(in, 1, "position");
    expect_rank(in[0], 2, "position");
    if (entries != 0 && entries < in[0][0])
        throw BadShape(fmt::format("{} tokens are more than the {} learned positions", in[0][0], entries));
    return in;
}

std::uint64_t Position::parameters(const Shapes& in) const {
    return checked(entries != 0 ? entries : in.at(0)[0], in.at(0)[1]);
}
std::uint64_t Position::weights_read(const Shapes& in) const { return elements(in.at(0)); }
models::VectorWork Position::work(const Shapes&, const Shapes& out) const {
    return charged({{VectorOp::add, 1}}, elements(out.at(0)));
}

}  // namespace dyad::arch_space
