// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace sc_core {
class sc_simcontext;
}

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

}  // namespace dyad::sim
