// SPDX-License-Identifier: Apache-2.0
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

// libsystemc exports a main of its own and asks for sc_main; ours wins, and programs without SystemC ignore the second.
extern "C" int sc_main(int, char**);
extern "C" int sc_main(int, char**) { return 0; }

int main(int argc, char** argv) { return doctest::Context(argc, argv).run(); }
