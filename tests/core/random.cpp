// SPDX-License-Identifier: Apache-2.0
#include "core/random.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <stdexcept>
#include <vector>

using namespace dyad::core;
using Block = std::array<std::uint32_t, 4>;

TEST_SUITE_BEGIN("core/random");

// Known answers of the Random123 distribution (kat_vectors, philox4x32 10).
TEST_CASE("Philox 4x32-10 gives the known answers of Random123") {
    CHECK(philox({0, 0, 0, 0}, {0, 0}) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    CHECK(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
          Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
          Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("Streams differ by seed, purpose and either index, and repeat otherwise") {
    std::set<std::uint64_t> firsts;
    for (Stream stream : {Stream(1, "mutation", 2, 3), Stream(2, "mutation", 2, 3), Stream(1, "crossover", 2, 3),
                          Stream(1, "mutation", 3, 3), Stream(1, "mutation", 2, 4), Stream(1, "mutation", 3, 2)})
        firsts.insert(stream.bits());
    CHECK(firsts.size() == 6);
    Stream a(1, "mutation", 2, 3), b(1, "mutation", 2, 3);
    for (int i = 0; i < 100; ++i) CHECK(a.bits() == b.bits());
}

TEST_CASE("A stream does not repeat itself") {
    Stream stream(1, "x");
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 10'000; ++i) seen.insert(stream.bits());
    CHECK(seen.size() == 10'000);
}

// 60,000 draws of 6: each value 10,000 times with a standard deviation of 91; five of them are 456.
TEST_CASE("Whole numbers below a bound are drawn evenly") {
    Stream stream(7, "dice");
    std::vector<int> counts(6);
    for (int i = 0; i < 60'000; ++i) ++counts.at(stream.below(6));
    for (const int count : counts) CHECK(std::abs(count - 10'000) < 456);
    CHECK(stream.below(1) == 0);
    CHECK_THROWS_AS((void)stream.below(0), std::logic_error);
}

// A bound of 3 * 2^62 refuses a quarter of the words; without that, values below 2^62 would come twice as often.
TEST_CASE("A large bound has no bias") {
    Stream stream(7, "large");
    const std::uint64_t quarter = std::uint64_t{1} << 62;
    int low = 0;
    for (int i = 0; i < 30'000; ++i) low += stream.below(3 * quarter) < quarter;
    CHECK(std::abs(low - 10'000) < 408);  // five standard deviations of 81.6
}

// 100,000 draws: the mean of U(0,1) has deviation 0.00091, the mean of N(0,1) 0.0032, its variance 0.0045.
TEST_CASE("Uniform and normal draws have their mean and variance") {
    Stream stream(3, "moments");
    double sum = 0, normals = 0, squares = 0;
    const int n = 100'000;
    for (int i = 0; i < n; ++i) {
        const double u = stream.uniform(), z = stream.normal();
        CHECK_UNARY(u >= 0 && u < 1 && std::isfinite(z));
        sum += u;
        normals += z;
        squares += z * z;
    }
    CHECK(std::abs(sum / n - 0.5) < 5 * 0.00092);
    CHECK(std::abs(normals / n) < 5 * 0.0032);
    CHECK(std::abs(squares / n - 1) < 5 * 0.0045);
}

TEST_SUITE_END();
