// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dyad::core {

/// A number that remembers what it counts. Adds to and compares with its own kind only.
template <class Tag, class Rep>
class Quantity {
public:
    using rep = Rep;
    using tag = Tag;
    constexpr Quantity() = default;
    constexpr explicit Quantity(Rep count) : count_(count) {}
    [[nodiscard]] constexpr Rep count() const { return count_; }

    friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity(a.count_ + b.count_); }
    friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity(a.count_ - b.count_); }
    friend constexpr Quantity operator*(Rep k, Quantity q) { return Quantity(k * q.count_); }
    friend constexpr Quantity operator*(Quantity q, Rep k) { return Quantity(k * q.count_); }
    friend constexpr Rep operator/(Quantity a, Quantity b) { return a.count_ / b.count_; }
    constexpr Quantity& operator+=(Quantity other) {
        count_ += other.count_;
        return *this;
    }
    constexpr Quantity& operator-=(Quantity other) {
        count_ -= other.count_;
        return *this;
    }
    friend constexpr auto operator<=>(Quantity, Quantity) = default;

private:
    Rep count_{};
};

// Counts are unsigned 64-bit from start to end; they are never rounded through a double.
using Bytes = Quantity<struct BytesTag, std::uint64_t>;
using Words = Quantity<struct WordsTag, std::uint64_t>;
using Cycles = Quantity<struct CyclesTag, std::uint64_t>;
using Seconds = Quantity<struct SecondsTag, double>;
using Joules = Quantity<struct JoulesTag, double>;
using Watts = Quantity<struct WattsTag, double>;
using Volts = Quantity<struct VoltsTag, double>;
using Hertz = Quantity<struct HertzTag, double>;
using SquareMillimetres = Quantity<struct SquareMillimetresTag, double>;
using BytesPerSecond = Quantity<struct BytesPerSecondTag, double>;
using OpsPerSecond = Quantity<struct OpsPerSecondTag, double>;

// Every rule that mixes units is written once, here.
constexpr Seconds operator/(Cycles c, Hertz f) { return Seconds(static_cast<double>(c.count()) / f.count()); }
constexpr Joules operator*(Watts p, Seconds t) { return Joules(p.count() * t.count()); }
constexpr Watts operator/(Joules e, Seconds t) { return Watts(e.count() / t.count()); }
constexpr Seconds operator/(Bytes b, BytesPerSecond r) { return Seconds(static_cast<double>(b.count()) / r.count()); }
/// Energy of `n` accesses at `each` joules.
constexpr Joules operator*(Joules each, Words n) { return Joules(each.count() * static_cast<double>(n.count())); }
constexpr Joules operator*(Joules each, Bytes n) { return Joules(each.count() * static_cast<double>(n.count())); }

constexpr std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

/// A number and its unit as written (`1 MiB`, `0.2 pJ`), or nothing when the text is not of that form.
struct Measure {
    double value = 0;
    std::string unit;
};
[[nodiscard]] std::optional<Measure> try_measure(std::string_view text);

/// A known unit: what it measures (the text of expected_quantity) and its size in base units.
struct Unit {
    std::string_view kind;
    double factor = 1;
};
[[nodiscard]] std::optional<Unit> find_unit(std::string_view name);

/// Reads a quantity with its unit; nothing when the unit is missing or of another kind.
/// Known units: Bytes B KiB MiB GiB kB MB GB; Seconds s ms us ns ps; Hertz Hz kHz MHz GHz; Joules J mJ uJ nJ pJ fJ;
/// Watts W mW uW nW; Volts V mV; SquareMillimetres mm2 um2; BytesPerSecond B/s kB/s MB/s GB/s GiB/s;
/// OpsPerSecond op/s kop/s Mop/s Gop/s Top/s; Cycles cycles; Words words.
template <class Q>
[[nodiscard]] std::optional<Q> try_quantity(std::string_view text);

/// What an error message should expect, e.g. "a size such as 1 MiB".
template <class Q>
[[nodiscard]] std::string_view expected_quantity();

/// Human-readable with an SI (bytes: binary) prefix: `1.25 ms`, `1 MiB`, `3.2 mm2`.
template <class Q>
[[nodiscard]] std::string to_text(Q quantity);

}  // namespace dyad::core
