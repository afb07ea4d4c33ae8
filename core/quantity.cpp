// SPDX-License-Identifier: Apache-2.0
#include "core/quantity.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <span>
#include <type_traits>

namespace dyad::core {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();

/// `shown_from`: the least magnitude (in base units) that to_text writes in this unit.
struct Row {
    std::string_view name;
    double factor;
    double shown_from;
};

struct Kind {
    std::string_view expected;
    std::span<const Row> rows;  // largest unit first; the last one that is ever shown takes what is smaller
};

constexpr Row byte_rows[] = {{"GiB", 0x1p30, 0x1p30},
                             {"MiB", 0x1p20, 0x1p20},
                             {"KiB", 0x1p10, 0x1p10},
                             {"GB", 1e9, never},
                             {"MB", 1e6, never},
                             {"kB", 1e3, never},
                             {"B", 1, 0}};
constexpr Row word_rows[] = {{"words", 1, 0}};
constexpr Row cycle_rows[] = {{"cycles", 1, 0}};
constexpr Row second_rows[] = {
    {"s", 1, 1}, {"ms", 1e-3, 1e-3}, {"us", 1e-6, 1e-6}, {"ns", 1e-9, 1e-9}, {"ps", 1e-12, 0}};
constexpr Row joule_rows[] = {{"J", 1, 1},        {"mJ", 1e-3, 1e-3},   {"uJ", 1e-6, 1e-6},
                              {"nJ", 1e-9, 1e-9}, {"pJ", 1e-12, 1e-12}, {"fJ", 1e-15, 0}};
constexpr Row watt_rows[] = {{"W", 1, 1}, {"mW", 1e-3, 1e-3}, {"uW", 1e-6, 1e-6}, {"nW", 1e-9, 0}};
constexpr Row volt_rows[] = {{"V", 1, 1}, {"mV", 1e-3, 0}};
constexpr Row hertz_rows[] = {{"GHz", 1e9, 1e9}, {"MHz", 1e6, 1e6}, {"kHz", 1e3, 1e3}, {"Hz", 1, 0}};
constexpr Row area_rows[] = {{"mm2", 1, 1e-3}, {"um2", 1e-6, 0}};
constexpr Row bandwidth_rows[] = {
    {"GiB/s", 0x1p30, never}, {"GB/s", 1e9, 1e9}, {"MB/s", 1e6, 1e6}, {"kB/s", 1e3, 1e3}, {"B/s", 1, 0}};
constexpr Row rate_rows[] = {
    {"Top/s", 1e12, 1e12}, {"Gop/s", 1e9, 1e9}, {"Mop/s", 1e6, 1e6}, {"kop/s", 1e3, 1e3}, {"op/s", 1, 0}};

template <class Q>
constexpr Kind kind_of = {};
template <>
constexpr Kind kind_of<Bytes> = {"a size such as 1 MiB", byte_rows};
template <>
constexpr Kind kind_of<Words> = {"a number of words such as 16 words", word_rows};
template <>
constexpr Kind kind_of<Cycles> = {"a number of cycles such as 10 cycles", cycle_rows};
template <>
constexpr Kind kind_of<Seconds> = {"a time such as 10 ms", second_rows};
template <>
constexpr Kind kind_of<Joules> = {"an energy such as 0.2 pJ", joule_rows};
template <>
constexpr Kind kind_of<Watts> = {"a power such as 2 W", watt_rows};
template <>
constexpr Kind kind_of<Volts> = {"a voltage such as 0.8 V", volt_rows};
template <>
constexpr Kind kind_of<Hertz> = {"a frequency such as 800 MHz", hertz_rows};
template <>
constexpr Kind kind_of<SquareMillimetres> = {"an area such as 8 mm2", area_rows};
template <>
constexpr Kind kind_of<BytesPerSecond> = {"a bandwidth such as 4 GB/s", bandwidth_rows};
template <>
constexpr Kind kind_of<OpsPerSecond> = {"a rate such as 20 Gop/s", rate_rows};

constexpr const Kind* all_kinds[] = {&kind_of<Bytes>,          &kind_of<Words>,       &kind_of<Cycles>,
                                     &kind_of<Seconds>,        &kind_of<Joules>,      &kind_of<Watts>,
                                     &kind_of<Volts>,          &kind_of<Hertz>,       &kind_of<SquareMillimetres>,
                                     &kind_of<BytesPerSecond>, &kind_of<OpsPerSecond>};

const Row* find_row(const Kind& kind, std::string_view unit) {
    for (const Row& row : kind.rows)
        if (row.name == unit) return &row;
    return nullptr;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_unit_character(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '/' || c == '_' || c == '^'; }

bool is_unit(std::string_view text) {
    if (text == "%") return true;
    if (text.empty() || !is_letter(text.front())) return false;
    for (const char c : text)
        if (!is_unit_character(c)) return false;
    return true;
}

/// The text of the number and of the unit, blanks between them dropped.
std::optional<std::pair<std::string_view, std::string_view>> split(std::string_view text, double& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || !std::isfinite(value)) return std::nullopt;
    const auto length = static_cast<std::size_t>(end - text.data());
    std::string_view unit = text.substr(length);
    while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
    while (!unit.empty() && unit.back() == ' ') unit.remove_suffix(1);
    if (!is_unit(unit)) return std::nullopt;
    return std::pair{text.substr(0, length), unit};
}

/// A count stays an integer all the way; a fraction of a unit (1.5 KiB) must come out whole.
std::optional<std::uint64_t> whole_count(std::string_view digits, double value, double factor) {
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (error == std::errc{} && end == digits.data() + digits.size()) {
        const auto multiplier = static_cast<std::uint64_t>(factor);
        if (count > std::numeric_limits<std::uint64_t>::max() / multiplier) return std::nullopt;
        return count * multiplier;
    }
    const double product = value * factor;
    const double rounded = std::round(product);
    if (product < 0 || rounded >= 0x1p63 || std::abs(product - rounded) > 1e-12 * rounded) return std::nullopt;
    return static_cast<std::uint64_t>(rounded);
}

const Row& shown_row(const Kind& kind, double magnitude) {
    if (magnitude == 0)
        for (const Row& row : kind.rows)
            if (row.factor == 1) return row;
    for (const Row& row : kind.rows)
        if (magnitude >= row.shown_from) return row;
    return kind.rows.back();
}

}  // namespace

std::optional<Measure> try_measure(std::string_view text) {
    double value = 0;
    const auto parts = split(text, value);
    if (!parts) return std::nullopt;
    return Measure{value, std::string(parts->second)};
}

std::optional<Unit> find_unit(std::string_view name) {
    for (const Kind* kind : all_kinds)
        if (const Row* row = find_row(*kind, name)) return Unit{kind->expected, row->factor};
    return std::nullopt;
}

template <class Q>
std::optional<Q> try_quantity(std::string_view text) {
    double value = 0;
    const auto parts = split(text, value);
    if (!parts) return std::nullopt;
    const Row* row = find_row(kind_of<Q>, parts->second);
    if (row == nullptr) return std::nullopt;
    if constexpr (std::is_same_v<typename Q::rep, double>) {
        const double scaled = value * row->factor;
        return std::isfinite(scaled) ? std::optional(Q(scaled)) : std::nullopt;
    } else {
        const auto count = whole_count(parts->first, value, row->factor);
        return count ? std::optional(Q(*count)) : std::nullopt;
    }
}

template <class Q>
std::string_view expected_quantity() {
    return kind_of<Q>.expected;
}

template <class Q>
std::string to_text(Q quantity) {
    if constexpr (std::is_same_v<Q, Words> || std::is_same_v<Q, Cycles>) {
        return fmt::format("{} {}", quantity.count(), kind_of<Q>.rows.front().name);
    } else {
        const auto value = static_cast<double>(quantity.count());
        const Row& row = shown_row(kind_of<Q>, std::abs(value));
        return fmt::format("{:.4g} {}", value / row.factor, row.name);
    }
}

#define DYAD_INSTANTIATE(Q)                                           \
    template std::optional<Q> try_quantity<Q>(std::string_view text); \
    template std::string_view expected_quantity<Q>();                 \
    template std::string to_text<Q>(Q quantity);
DYAD_INSTANTIATE(Bytes)
DYAD_INSTANTIATE(Words)
DYAD_INSTANTIATE(Cycles)
DYAD_INSTANTIATE(Seconds)
DYAD_INSTANTIATE(Joules)
DYAD_INSTANTIATE(Watts)
DYAD_INSTANTIATE(Volts)
DYAD_INSTANTIATE(Hertz)
DYAD_INSTANTIATE(SquareMillimetres)
DYAD_INSTANTIATE(BytesPerSecond)
DYAD_INSTANTIATE(OpsPerSecond)
#undef DYAD_INSTANTIATE

}  // namespace dyad::core
