// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <systemc>
#include <vector>

namespace dyad::sim {

/// What one wire bundle at the edge of an array carries in one cycle.
struct Word {
    std::int32_t value = 0;
    std::uint32_t row = 0;             ///< of a stationary word: the row that keeps it
    bool valid = false;                ///< a word is there
    bool first = false, last = false;  ///< of its stream
};

/// The reading end of lanes.
class LanesOut : public virtual sc_core::sc_interface {
public:
    [[nodiscard]] virtual std::span<const Word> read() const = 0;
};
/// The driving end of lanes.
class LanesIn : public virtual sc_core::sc_interface {
public:
    /// The words of the next cycle, none of them valid until they are set.
    [[nodiscard]] virtual std::span<Word> drive() = 0;
};

/// Words side by side that change together: what is driven in one evaluation can be read in the next, as on an
/// sc_signal.
class Lanes final : public sc_core::sc_prim_channel, public LanesOut, public LanesIn {
public:
    Lanes(const char* name, std::size_t width) : sc_prim_channel(name), now_(width), next_(width) {}
    [[nodiscard]] std::span<const Word> read() const override { return now_; }
    [[nodiscard]] std::span<Word> drive() override {
        std::ranges::fill(next_, Word{});
        request_update();
        return next_;
    }

private:
    void update() override { std::ranges::copy(next_, now_.begin()); }  // in place: waveforms refer to the words

    std::vector<Word> now_, next_;
};

}  // namespace dyad::sim
