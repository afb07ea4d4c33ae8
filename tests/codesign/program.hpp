// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/wait.h>

#include <cstdlib>
#include <string>

#include "core/files.hpp"
#include "tests/codesign/synthetic.hpp"

namespace dyad::codesign::testing {

struct Ran {
    int code = -1;
    std::string out, err;
};

/// Runs `dyad ARGUMENTS` in the shell.
inline Ran run_dyad(const std::string& arguments) {
    const Scratch scratch;
    const auto out = scratch / "out", err = scratch / "err";
    const std::string command =
        std::string("'") + DYAD_PROGRAM + "' " + arguments + " >" + out.string() + " 2>" + err.string();
    const int status = std::system(command.c_str());
    return {WEXITSTATUS(status), core::read_file(out), core::read_file(err)};
}

/// Writes a file of a test; its path.
inline std::string write(const Scratch& scratch, const std::string& name, const std::string& text) {
    core::write_file(scratch / name, text);
    return (scratch / name).string();
}

}  // namespace dyad::codesign::testing
