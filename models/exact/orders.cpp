// SPDX-License-Identifier: Apache-2.0
#include "models/exact/orders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "core/error.hpp"

namespace dyad::models::exact {
namespace {

constexpr int most_permuted = 9;

constexpr std::uint32_t bit(std::size_t dim) { return std::uint32_t{1} << dim; }

/// Calls `visit` for each dimension of a set.
template <class Visit>
void each(std::uint32_t set, const Visit& visit) {
    for (std::size_t d = 0; set >> d != 0; ++d)
        if ((set & bit(d)) != 0) visit(d);
}

void push(Order& order, std::size_t dim) { order.dims[order.count++] = static_cast<std::uint8_t>(dim); }

void permute(Order& order, std::uint32_t left, std::vector<Order>& into) {
    if (left == 0) return into.push_back(order);
    each(left, [&](std::size_t d) {
        push(order, d);
        permute(order, left & ~bit(d), into);
        --order.count;
    });
}

}  // namespace

OrderTable::OrderTable(const Traffic& traffic, std::size_t level)
    : traffic_(&traffic), level_(level), fixed_(traffic.space().levels[level].order) {
    for (std::size_t o = 0; o < operands.size(); ++o)
        if (std::ranges::any_of(traffic.connections(), [&](const Connection& c) {
                return c.operand == o && c.child > level && c.child < traffic.levels();
            }))
            operands_.push_back(o);
}

const std::vector<Order>& OrderTable::all(std::uint32_t loops) {
    const auto [at, missing] = all_.try_emplace(loops);
    if (!missing) return at->second;
    auto& listed = at->second = (*this)[loops];
    Order order;
    for (const auto d : fixed_)
        if ((loops & bit(d)) != 0) {
            push(order, d);
            loops &= ~bit(d);
        }
    if (std::popcount(loops) > most_permuted)
        throw core::Error(fmt::format("{} loops on level {} have too many orders to cost them all: at most {} do not",
                                      std::popcount(loops), traffic_->space().hierarchy.levels[level_].name,
                                      most_permuted));
    std::vector<Order> found;
    permute(order, loops, found);
    const auto worth = listed.size();
    for (auto& one : found) {
        const auto same = [&](const Order& other) { return other.dims == one.dims; };
        one.place = static_cast<std::uint32_t>(listed.size());
        if (std::none_of(listed.begin(), listed.begin() + static_cast<std::ptrdiff_t>(worth), same))
            listed.push_back(one);
    }
    return listed;
}

const std::vector<Order>& OrderTable::operator[](std::uint32_t loops) {
    const auto [at, missing] = known_.try_emplace(loops);
    if (!missing) return at->second;
    std::vector<Branch> branches;
    Branch root{{}, std::vector<Reuse>(operands_.size())};
    grow(root, loops, branches);
    for (std::size_t i = 0; i < branches.size(); ++i) {
        bool needed = true;
        for (std::size_t j = 0; needed && j < branches.size(); ++j)
            needed = i == j || !covers(branches[j], branches[i]) || (covers(branches[i], branches[j]) && i < j);
        if (!needed) continue;
        branches[i].order.place = static_cast<std::uint32_t>(at->second.size());
        at->second.push_back(branches[i].order);
    }
    return at->second;
}

/// The dimensions that may run next outside those placed.
std::uint32_t OrderTable::next(std::uint32_t left) const {
    for (const auto d : fixed_)
        if ((left & bit(d)) != 0) return bit(d);
    return left;
}

void OrderTable::place(Branch& branch, std::size_t dim, std::uint32_t left) const {
    push(branch.order, dim);
    for (std::size_t i = 0; i < operands_.size(); ++i) {
        auto& reuse = branch.reuse[i];
        if (reuse.settled) continue;
        const auto& p = traffic_->projection(operands_[i]);
        if (!reuse.way.empty()) {
            reuse.way.push_back(static_cast<std::uint8_t>(dim));
        } else if (!p.depends_on(dim)) {
            reuse.still |= bit(dim);
            continue;
        } else if (p.slides(dim)) {
            reuse.way.push_back(static_cast<std::uint8_t>(dim));
        }
        const auto axis = p.axis_of[reuse.way.empty() ? dim : reuse.way.front()];
        bool goes_on = false;
        each(left, [&](std::size_t d) { goes_on |= p.axis_of[d] == axis; });
        reuse.settled = reuse.way.empty() || !goes_on || (p.depends_on(dim) && p.axis_of[dim] != axis);
    }
}

void OrderTable::grow(Branch& branch, std::uint32_t left, std::vector<Branch>& into) const {
    const auto settled = [&](std::size_t i) {
        const auto& p = traffic_->projection(operands_[i]);
        return branch.reuse[i].settled || (branch.reuse[i].way.empty() && (left & p.relevant) == 0);
    };
    bool done = true;
    for (std::size_t i = 0; i < operands_.size(); ++i) done = done && settled(i);
    if (done) {
        auto whole = branch;
        for (std::size_t i = 0; i < operands_.size(); ++i)
            if (!whole.reuse[i].settled) whole.reuse[i].still |= left;
        for (const auto d : fixed_)
            if ((left & bit(d)) != 0) push(whole.order, d), left &= ~bit(d);
        each(left, [&](std::size_t d) { push(whole.order, d); });
        into.push_back(std::move(whole));
        return;
    }
    each(next(left), [&](std::size_t d) {
        auto inner = branch;
        place(inner, d, left & ~bit(d));
        grow(inner, left & ~bit(d), into);
    });
}

/// Whether `a` is at least as good as `b` for every operand.
bool OrderTable::covers(const Branch& a, const Branch& b) {
    for (std::size_t i = 0; i < a.reuse.size(); ++i) {
        const auto &x = a.reuse[i], &y = b.reuse[i];
        if ((y.still & ~x.still) != 0) return false;
        if (!y.way.empty() && (x.way != y.way || (x.still == 0) != (y.still == 0))) return false;
    }
    return true;
}

}  // namespace dyad::models::exact
