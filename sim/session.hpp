// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace sc_core {
class sc_simcontext;
class sc_time;
}  // namespace sc_core

namespace dyad::sim {

/// One fresh SystemC world. Open it before the first module and let it close after the last one is gone.
/// At most one per process at a time (the SystemC kernel is a global variable): a second one throws std::logic_error.
class Session {
public:
    Session();
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

private:
    sc_core::sc_simcontext* outer_;  ///< static initialisers of the library made one before main()
};

/// Runs until nothing is left to happen.
void run_to_end();

/// Runs `span` longer; with no time at all, one round of what is to happen now. Who throws afterwards calls
/// tell_sanitizer_of_stack() first.
void run_for(const sc_core::sc_time& span);

/// Coroutines change stacks behind the address sanitizer's back. It is told where this one lies, and rid of the marks
/// that dead frames left below; or else it takes the next throw for an overflow. Elsewhere this does nothing.
void tell_sanitizer_of_stack();

}  // namespace dyad::sim
