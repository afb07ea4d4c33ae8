// SPDX-License-Identifier: Apache-2.0
#include "models/mapper/memo.hpp"

#include <utility>

namespace dyad::models {
namespace {

/// FNV-1a over words (Fowler, Noll, Vo), folded so that high bits count too.
std::size_t hash(const mapper::Key& key) {
    std::uint64_t value = 14695981039346656037ULL;
    for (const auto word : key) {
        value = (value ^ word) * 1099511628211ULL;
        value ^= value >> 29;
    }
    return value;
}

}  // namespace

std::size_t MapperMemo::Impl::Hash::operator()(const mapper::Key& key) const { return hash(key); }

const MapperMemo::Impl::Plan* MapperMemo::Impl::find(const mapper::Key& key) const {
    const auto found = plans_.find(key);
    return found == plans_.end() ? nullptr : &found->second;
}

void MapperMemo::Impl::keep(mapper::Key key, Plan plan) {
    if (max_entries_ == 0) return;
    if (plans_.size() >= max_entries_) {
        plans_.erase(*order_.front());
        order_.pop_front();
    }
    const auto [at, added] = plans_.emplace(std::move(key), std::move(plan));
    if (added) order_.push_back(&at->first);
}

MapperMemo::MapperMemo(std::size_t max_entries) : impl_(std::make_unique<Impl>(max_entries)) {}
MapperMemo::~MapperMemo() = default;

}  // namespace dyad::models
