// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <exception>

#include "codesign/commands/command.hpp"
#include "core/error.hpp"

// libsystemc asks for it; ours is main.
extern "C" int sc_main(int, char**);
extern "C" int sc_main(int, char**) { return 0; }

int main(int argc, char** argv) {
    try {
        return dyad::codesign::run_command_line(argc, argv);
    } catch (const dyad::core::Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return dyad::codesign::input_at_fault;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "dyad: internal error: %s\n", error.what());
        return 3;
    }
}
