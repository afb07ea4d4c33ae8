// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace dyad::core {

/// One block of Philox 4x32-10: ten rounds on `counter` under `key` (Salmon et al., SC'11).
[[nodiscard]] std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                                  std::array<std::uint32_t, 2> key);

/// A counter-based random stream (Philox 4x32-10; Salmon et al., SC'11). The numbers depend only on seed, purpose and
/// the two indices, never on what other streams drew: one stream per purpose and individual.
class Stream {
public:
    Stream(std::uint64_t seed, std::string_view purpose, std::uint64_t first = 0, std::uint64_t second = 0);
    [[nodiscard]] std::uint64_t bits();
    /// Uniform in [0, 1).
    [[nodiscard]] double uniform();
    /// Uniform in {0, ..., n-1}, without bias; n > 0.
    [[nodiscard]] std::uint64_t below(std::uint64_t n);
    [[nodiscard]] bool chance(double probability) { return uniform() < probability; }
    /// Standard normal.
    [[nodiscard]] double normal();

private:
    std::array<std::uint32_t, 2> key_;
    std::array<std::uint32_t, 4> counter_;
    std::array<std::uint32_t, 4> block_{};
    int used_ = 4;
};

}  // namespace dyad::core
