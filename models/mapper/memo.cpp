// SPDX-License-Identifier: Apache-2.0
#include "models/mapper/memo.hpp"

namespace dyad::models {

/// FNV-1a over words (Fowler, Noll, Vo), folded so that high bits count too.
std::size_t mapper::KeyHash::operator()(const Key& key) const {
    std::uint64_t value = 14695981039346656037ULL;
    for (const auto word : key) {
        value = (value ^ word) * 1099511628211ULL;
        value ^= value >> 29;
    }
    return value;
}

MapperMemo::MapperMemo(std::size_t max_entries) : impl_(std::make_unique<Impl>(max_entries)) {}
MapperMemo::~MapperMemo() = default;

}  // namespace dyad::models
