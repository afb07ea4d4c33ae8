// SPDX-License-Identifier: Apache-2.0
#include "core/quantity.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace dyad::core;

namespace {

template <class A, class B>
concept adds_to = requires(A a, B b) {
    a + b;
};
template <class A, class B>
concept compares_with = requires(A a, B b) {
    a < b;
};
template <class A, class B>
concept equals_to = requires(A a, B b) {
    a == b;
};
template <class A, class B>
concept assigns_from = requires(A a, B b) {
    a = b;
};

static_assert(adds_to<Bytes, Bytes>);
static_assert(!adds_to<Bytes, Words>);
static_assert(!adds_to<Bytes, std::uint64_t>);
static_assert(!adds_to<Cycles, Seconds>);
static_assert(!compares_with<Joules, Watts>);
static_assert(!compares_with<Hertz, double>);
static_assert(!equals_to<SquareMillimetres, Volts>);
static_assert(!assigns_from<Seconds, double>);
static_assert(!assigns_from<BytesPerSecond, OpsPerSecond>);

}  // namespace

TEST_SUITE_BEGIN("core/quantity");

TEST_CASE("Rules that mix units give the unit of the physics") {
    CHECK((Cycles(800) / Hertz(800e6)).count() == 1e-6);
    CHECK((Watts(2) * Seconds(3)).count() == 6);
    CHECK((Joules(6) / Seconds(3)).count() == 2);
    CHECK((Bytes(8) / BytesPerSecond(4)).count() == 2);
    CHECK((Joules(0.5) * Words(4)).count() == 2);
    CHECK((Joules(0.5) * Bytes(4)).count() == 2);
}

TEST_CASE("Counts beyond 2^53 stay exact") {
    const Bytes large((std::uint64_t{1} << 60) + 1);
    CHECK((large + Bytes(1)).count() == (std::uint64_t{1} << 60) + 2);
    CHECK(try_quantity<Bytes>("1152921504606846977 B") == large);
    CHECK(try_quantity<Bytes>("17179869183 GiB")->count() == 17179869183u * (std::uint64_t{1} << 30));  // 2^64 - 2^30
    CHECK_FALSE(try_quantity<Bytes>("17179869184 GiB"));                                                // 2^64
}

TEST_CASE("A division rounds up") {
    CHECK(ceil_div(12, 4) == 3);
    CHECK(ceil_div(13, 4) == 4);
    CHECK(ceil_div(0, 4) == 0);
}

TEST_CASE("Every known unit is read at its size") {
    CHECK(try_quantity<Bytes>("1 B")->count() == 1);
    CHECK(try_quantity<Bytes>("1 KiB")->count() == 1024);
    CHECK(try_quantity<Bytes>("1 MiB")->count() == 1048576);
    CHECK(try_quantity<Bytes>("2 GiB")->count() == 2147483648);
    CHECK(try_quantity<Bytes>("3 kB")->count() == 3000);
    CHECK(try_quantity<Bytes>("3 MB")->count() == 3000000);
    CHECK(try_quantity<Bytes>("3 GB")->count() == 3000000000);
    CHECK(try_quantity<Seconds>("10 ms")->count() == 0.01);
    CHECK(try_quantity<Seconds>("10 ps")->count() == 10 * 1e-12);
    CHECK(try_quantity<Hertz>("800 MHz")->count() == 800e6);
    CHECK(try_quantity<Hertz>("1.5 GHz")->count() == 1.5e9);
    CHECK(try_quantity<Joules>("0.2 pJ")->count() == 0.2 * 1e-12);
    CHECK(try_quantity<Joules>("3 fJ")->count() == 3 * 1e-15);
    CHECK(try_quantity<Watts>("2 mW")->count() == 2 * 1e-3);
    CHECK(try_quantity<Volts>("800 mV")->count() == 800 * 1e-3);
    CHECK(try_quantity<SquareMillimetres>("8 mm2")->count() == 8);
    CHECK(try_quantity<SquareMillimetres>("5 um2")->count() == 5 * 1e-6);
    CHECK(try_quantity<BytesPerSecond>("4 GB/s")->count() == 4e9);
    CHECK(try_quantity<BytesPerSecond>("1 GiB/s")->count() == 1073741824);
    CHECK(try_quantity<OpsPerSecond>("20 Gop/s")->count() == 20e9);
    CHECK(try_quantity<Cycles>("7 cycles")->count() == 7);
    CHECK(try_quantity<Words>("7 words")->count() == 7);
}

TEST_CASE("A fraction of a unit must come out as whole bytes") {
    CHECK(try_quantity<Bytes>("1.5 KiB")->count() == 1536);
    CHECK(try_quantity<Bytes>("1.1 kB")->count() == 1100);
    CHECK_FALSE(try_quantity<Bytes>("0.5 B"));
    CHECK_FALSE(try_quantity<Bytes>("1.0001 KiB"));
    CHECK_FALSE(try_quantity<Bytes>("-1 KiB"));
}

TEST_CASE("What is no quantity of the kind is refused") {
    for (const char* text : {"800", "", " ", "MHz", "800 MB", "800 mhz", "nan MHz", "inf MHz", "1e999 MHz", "8 8 MHz",
                             "800 MHz x", "0x8 MHz"}) {
        CAPTURE(text);
        CHECK_FALSE(try_quantity<Hertz>(text));
    }
    CHECK(try_quantity<Hertz>("800MHz") == Hertz(800e6));
    CHECK(try_quantity<Hertz>("8e2 MHz") == Hertz(800e6));
}

TEST_CASE("A measure keeps its number and unit, known or not") {
    CHECK(try_measure("75 %")->unit == "%");
    CHECK(try_measure("75 %")->value == 75);
    CHECK(try_measure("-2.5 furlongs")->unit == "furlongs");
    CHECK_FALSE(try_measure("75"));
    CHECK_FALSE(try_measure("3 4"));
    CHECK_FALSE(try_measure("edge_npu"));
    CHECK(find_unit("KiB")->factor == 1024);
    CHECK(find_unit("KiB")->kind == find_unit("MB")->kind);
    CHECK_FALSE(find_unit("%"));
}

TEST_CASE("Text picks the prefix that a reader expects") {
    CHECK(to_text(Seconds(0.00125)) == "1.25 ms");
    CHECK(to_text(Bytes(1048576)) == "1 MiB");
    CHECK(to_text(Bytes(1023)) == "1023 B");
    CHECK(to_text(Bytes(1536)) == "1.5 KiB");
    CHECK(to_text(Bytes(0)) == "0 B");
    CHECK(to_text(SquareMillimetres(3.2)) == "3.2 mm2");
    CHECK(to_text(SquareMillimetres(0.25)) == "0.25 mm2");
    CHECK(to_text(SquareMillimetres(5e-6)) == "5 um2");
    CHECK(to_text(Joules(0.2e-12)) == "200 fJ");
    CHECK(to_text(Hertz(800e6)) == "800 MHz");
    CHECK(to_text(Watts(-0.5)) == "-500 mW");
    CHECK(to_text(Seconds(0)) == "0 s");
    CHECK(to_text(OpsPerSecond(20e12)) == "20 Top/s");
    CHECK(to_text(BytesPerSecond(4e9)) == "4 GB/s");
    CHECK(to_text(Cycles(std::numeric_limits<std::uint64_t>::max())) == "18446744073709551615 cycles");
}

TEST_SUITE_END();
