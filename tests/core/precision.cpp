// SPDX-License-Identifier: Apache-2.0
#include "core/precision.hpp"

#include <doctest/doctest.h>

using namespace dyad::core;

TEST_SUITE_BEGIN("core/precision");

TEST_CASE("Names are those of the files, both ways") {
    for (const auto p : {Precision::int4, Precision::int8, Precision::int16, Precision::int32, Precision::fp16,
                         Precision::bf16, Precision::fp32})
        CHECK(try_precision(name(p)) == p);
    CHECK(name(Precision::bf16) == "bf16");
    CHECK_FALSE(try_precision("int7"));
}

TEST_CASE("Elements take whole bytes together") {
    static_assert(bytes_of(Words(3), Precision::int4) == Bytes(2));  // 12 bits
    static_assert(bytes_of(Words(4), Precision::int4) == Bytes(2));  // 16 bits
    static_assert(bytes_of(Words(5), Precision::bf16) == Bytes(10));
    static_assert(bytes_of(Words(5), Precision::fp32) == Bytes(20));
    CHECK(is_integer(Precision::int32));
    CHECK_FALSE(is_integer(Precision::fp16));
}

TEST_SUITE_END();
