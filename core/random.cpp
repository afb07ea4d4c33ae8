// SPDX-License-Identifier: Apache-2.0
#include "core/random.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

namespace dyad::core {
namespace {

std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

/// FNV-1a, 64 bits.
std::uint64_t hash(std::string_view text) {
    std::uint64_t h = 0xcbf29ce484222325;
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return h;
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t a = std::uint64_t{0xD2511F53} * c[0];
        const std::uint64_t b = std::uint64_t{0xCD9E8D57} * c[2];
        c = {high(b) ^ c[1] ^ key[0], low(b), high(a) ^ c[3] ^ key[1], low(a)};
        key[0] += 0x9E3779B9;
        key[1] += 0xBB67AE85;
    }
    return c;
}

// The key is drawn from seed, purpose and `first`; `second` and the block number are the counter.
Stream::Stream(std::uint64_t seed, std::string_view purpose, std::uint64_t first, std::uint64_t second) {
    const std::uint64_t name = hash(purpose);
    const auto key = philox({low(name), high(name), low(first), high(first)}, {low(seed), high(seed)});
    key_ = {key[0], key[1]};
    counter_ = {0, 0, low(second), high(second)};
}

std::uint64_t Stream::bits() {
    if (used_ == 4) {
        block_ = philox(counter_, key_);
        if (++counter_[0] == 0) ++counter_[1];
        used_ = 0;
    }
    const auto at = static_cast<std::size_t>(used_);
    used_ += 2;
    return (std::uint64_t{block_[at]} << 32) | block_[at + 1];
}

double Stream::uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }

std::uint64_t Stream::below(std::uint64_t n) {
    if (n == 0) throw std::logic_error("Stream::below needs a positive bound");
    // The last, incomplete round of n values is drawn again.
    const std::uint64_t excess = (std::numeric_limits<std::uint64_t>::max() % n + 1) % n;
    std::uint64_t drawn = bits();
    while (drawn > std::numeric_limits<std::uint64_t>::max() - excess) drawn = bits();
    return drawn % n;
}

double Stream::normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));  // Box and Muller, 1958; 1-u is never 0
    return radius * std::cos(2 * std::numbers::pi * uniform());
}

}  // namespace dyad::core
