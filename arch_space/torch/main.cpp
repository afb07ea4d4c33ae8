// SPDX-License-Identifier: Apache-2.0
#include <ATen/Parallel.h>
#include <malloc.h>

#include <cstdio>
#include <iostream>
#include <string>

#include "arch_space/torch/session.hpp"
#include "core/manifest.hpp"

namespace {

namespace torch = dyad::arch_space::torch;

constexpr std::size_t longest = std::size_t{64} << 20;
constexpr const char* usage =
    "Scores networks by libtorch. Reads one JSON request a line on standard input and answers each with a line\n"
    "(the accuracy evaluator protocol, dyad/accuracy/1). `dyad accuracy` starts it.\n\n"
    "Usage: dyad-accuracy [--version | --help]\n\n"
    "Example:\n"
    "  echo '{\"id\": 1, \"network\": {\"network\": \"n\", \"input\": {\"x\": [3]}, \"layers\": [{\"linear\": "
    "{\"out\": 2}}]}}' | "
    "dyad-accuracy\n";

/// False at the end of the input. A line beyond the limit is cut; what is left is no JSON and answered so.
bool read_line(std::string& line) {
    line.clear();
    for (int c = std::getchar(); c != EOF; c = std::getchar()) {
        if (c == '\n') return true;
        if (line.size() < longest) line.push_back(static_cast<char>(c));
    }
    return !line.empty();
}

int serve() {
    at::set_num_threads(1);                     // the same sums in the same order, whatever the machine
    (void)mallopt(M_MMAP_THRESHOLD, 32 << 20);  // keep what one step freed for the next: fresh pages cost more than
    (void)mallopt(M_TRIM_THRESHOLD, 1 << 30);   // what is computed in them
    std::cout << torch::greeting() << std::endl;
    torch::Session session;
    for (std::string line; std::cout && read_line(line);) std::cout << session.answer(line) << std::endl;
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string argument = argc == 2 ? argv[1] : "";
    if (argc == 1) return serve();
    if (argument == "--version") {
        std::cout << dyad::core::version() << "\n";
        return 0;
    }
    (argument == "--help" ? std::cout : std::cerr) << usage;
    return argument == "--help" ? 0 : 2;
}
