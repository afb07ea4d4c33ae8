// SPDX-License-Identifier: Apache-2.0
#include "sim/session.hpp"

#include <stdexcept>
#include <systemc>

namespace dyad::sim {
namespace {

/// Whether a session is open is a fact about the process, as the kernel's own global pointer is.
bool& is_open() {
    static bool open = false;
    return open;
}

void use(sc_core::sc_simcontext* context) {
    sc_core::sc_curr_simcontext = sc_core::sc_default_global_context = context;
}

}  // namespace

Session::Session() : outer_(sc_core::sc_curr_simcontext) {
    if (is_open()) throw std::logic_error("a SystemC session is already open in this process");
    use(new sc_core::sc_simcontext);
    is_open() = true;
}

Session::~Session() {
    delete sc_core::sc_curr_simcontext;
    use(outer_);
    is_open() = false;
}

}  // namespace dyad::sim
