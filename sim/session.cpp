// SPDX-License-Identifier: Apache-2.0
#include "sim/session.hpp"

#include <stdexcept>
#include <systemc>
#ifdef __SANITIZE_ADDRESS__
#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

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

void run_to_end() {
    sc_core::sc_start();
    tell_sanitizer_of_stack();
}

void run_for(const sc_core::sc_time& span) {
    try {
        sc_core::sc_start(span);
    } catch (...) {
        tell_sanitizer_of_stack();
        throw;
    }
}

void tell_sanitizer_of_stack() {
#ifdef __SANITIZE_ADDRESS__
    constexpr std::size_t reach = std::size_t{1} << 20;
    __asan_unpoison_memory_region(static_cast<char*>(__builtin_frame_address(0)) - reach, reach);
    pthread_attr_t attributes;
    void *lowest = nullptr, *fake = nullptr;
    std::size_t size = 0;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &lowest, &size);
    pthread_attr_destroy(&attributes);
    __sanitizer_start_switch_fiber(&fake, lowest, size);
    __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#endif
}

}  // namespace dyad::sim
