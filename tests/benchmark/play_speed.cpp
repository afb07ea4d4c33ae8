// SPDX-License-Identifier: Apache-2.0
// play_speed NETWORK ACCELERATOR RUNS: plays one schedule so many times in one process and prints the median time in
// milliseconds, the growth of the resident memory in KiB after the first tenth, and whether all results are the same.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "arch_space/network.hpp"
#include "core/document.hpp"
#include "core/files.hpp"
#include "models/mapper.hpp"
#include "sim/play.hpp"

using namespace dyad;

namespace {

long resident_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
        if (word == "VmRSS:" && status >> word) return std::stol(word);
    return 0;
}

models::Schedule schedule_of(const std::string& network, const std::string& accelerator) {
    const auto chip = std::make_shared<const hw_space::Accelerator>(
        hw_space::read_accelerator(*core::read_document(core::find_config(accelerator, "accelerators"))));
    const auto read = arch_space::read_network(*core::read_document(core::find_config(network, "networks")));
    models::MapperMemo memo;
    return models::map_all(std::make_shared<const models::Dataflow>(arch_space::lower(read, {})), chip, {}, memo);
}

bool same(const std::vector<sim::StepRecord>& a, const std::vector<sim::StepRecord>& b) {
    return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
        return x.start == y.start && x.end == y.end && x.counts.loaded == y.counts.loaded &&
               x.counts.stored == y.counts.stored && x.counts.activates == y.counts.activates;
    });
}

}  // namespace

extern "C" int sc_main(int, char**);
extern "C" int sc_main(int, char**) { return 0; }  // libsystemc asks for it

int main(int count, char** arguments) {
    if (count != 4) return EXIT_FAILURE;
    const auto schedule = schedule_of(arguments[1], arguments[2]);
    const auto runs = std::stoi(arguments[3]);
    const auto first = sim::play(schedule);
    std::vector<double> milliseconds;
    bool all_same = true;
    long before = 0;
    for (int run = 0; run < runs; ++run) {
        if (run == runs / 10) before = resident_kib();
        const auto start = std::chrono::steady_clock::now();
        const auto again = sim::play(schedule);
        milliseconds.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
        all_same = all_same && same(first, again);
    }
    std::ranges::nth_element(milliseconds, milliseconds.begin() + runs / 2);
    fmt::print("{:.3f} {} {}\n", milliseconds[static_cast<std::size_t>(runs / 2)], resident_kib() - before,
               all_same ? "same" : "different");
}
