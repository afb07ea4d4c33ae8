// SPDX-License-Identifier: Apache-2.0
#include "models/mapper/memo.hpp"

namespace dyad::models {

/// Folded 128-bit products of two words at a time, as in wyhash (Wang Yi et al.): a few cycles a word.
std::size_t mapper::KeyHash::operator()(const Key& key) const {
    constexpr std::uint64_t odd = 0xa0761d6478bd642f, other = 0xe7037ed1a0b428db;
    __extension__ using Wide = unsigned __int128;
    const auto folded = [](std::uint64_t a, std::uint64_t b) {
        const auto product = Wide{a} * b;
        return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    };
    std::uint64_t value = key.size();
    std::size_t i = 0;
    for (; i + 1 < key.size(); i += 2) value = folded(key[i] ^ odd, key[i + 1] ^ value);
    if (i < key.size()) value = folded(key[i] ^ odd, value);
    return folded(value ^ other, odd);
}

MapperMemo::MapperMemo(std::size_t max_entries) : impl_(std::make_unique<Impl>(max_entries)) {}
MapperMemo::~MapperMemo() = default;

}  // namespace dyad::models
