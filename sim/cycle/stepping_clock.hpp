// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <exception>
#include <systemc>
#include <utility>

namespace dyad::sim {

/// A clock that stops when nothing is left to do, so that the simulation ends by itself.
class SteppingClock final : public sc_core::sc_module {
public:
    sc_core::sc_out<bool> out{"out"};
    /// `period` of at least two units of time resolution.
    SteppingClock(const sc_core::sc_module_name& name, const sc_core::sc_time& period)
        : sc_module(name), high_(sc_core::sc_time::from_value(period.value() / 2)), low_(period - high_) {
        SC_METHOD(toggle);
    }
    SC_HAS_PROCESS(SteppingClock);
    /// One more module that works by this clock, or one that has nothing left to do.
    void use() { ++users_; }
    void leave() { --users_; }
    /// Stops for good; the error is for whoever started the simulation.
    void fail(std::exception_ptr error) {
        failure_ = std::move(error);
        users_ = 0;
    }
    [[nodiscard]] const std::exception_ptr& failure() const { return failure_; }

private:
    void toggle() {
        if (users_ == 0) return;
        level_ = !level_;
        out.write(level_);
        next_trigger(level_ ? high_ : low_);
    }

    const sc_core::sc_time high_, low_;
    bool level_ = false;
    unsigned users_ = 0;
    std::exception_ptr failure_;
};

}  // namespace dyad::sim
