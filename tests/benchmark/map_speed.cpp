// SPDX-License-Identifier: Apache-2.0
// map_speed NETWORK ACCELERATOR RUNS: maps a network without and with chains of kernels, with an empty memory of plans
// (cold) and with a full one (warm), and prints the fastest of so many runs of each in milliseconds.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <string>

#include "arch_space/network.hpp"
#include "core/document.hpp"
#include "core/files.hpp"
#include "models/mapper.hpp"

using namespace dyad;

namespace {

using Chip = std::shared_ptr<const hw_space::Accelerator>;
using Graph = std::shared_ptr<const models::Dataflow>;

double milliseconds(const Graph& graph, const Chip& chip, bool chains, models::MapperMemo& memo) {
    const auto start = std::chrono::steady_clock::now();
    const auto schedule = models::map_all(graph, chip, {.chains = chains}, memo);
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) return EXIT_FAILURE;
    const auto chip = std::make_shared<const hw_space::Accelerator>(
        hw_space::read_accelerator(*core::read_document(core::find_config(arguments[2], "accelerators"))));
    const auto read = arch_space::read_network(*core::read_document(core::find_config(arguments[1], "networks")));
    const auto graph = std::make_shared<const models::Dataflow>(arch_space::lower(read, {}));
    for (const bool chains : {false, true}) {
        auto cold = std::numeric_limits<double>::infinity(), warm = cold;
        for (int run = 0; run < std::stoi(arguments[3]); ++run) {
            models::MapperMemo memo;
            cold = std::min(cold, milliseconds(graph, chip, chains, memo));
            warm = std::min(warm, milliseconds(graph, chip, chains, memo));
        }
        fmt::print("{}: cold {:.2f} ms, warm {:.3f} ms\n", chains ? "chains" : "apart", cold, warm);
    }
}
