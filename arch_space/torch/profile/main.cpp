// SPDX-License-Identifier: Apache-2.0
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <sched.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "arch_space/network.hpp"
#include "arch_space/torch/profile/measure.hpp"
#include "arch_space/torch/profile/script.hpp"
#include "core/document.hpp"
#include "core/files.hpp"
#include "core/manifest.hpp"

namespace {

namespace torch = dyad::arch_space::torch;
namespace core = dyad::core;

constexpr const char* usage =
    "Measures kernels and networks on this machine's processor by libtorch. Reads the rows of a profile\n"
    "(configs/devices/README.md) and writes them with their times to standard output. `dyad profile host` starts "
    "it.\n\n"
    "Usage: dyad-profile [--version | --help] CSV [THREADS [REPETITIONS [shared]]]      (1 thread, 15 repetitions)\n"
    "       dyad-profile --save FILE NETWORK [BATCH]      (as TorchScript, for scripts/profile_torch.py; batch 1)\n\n"
    "latency_ms is the median of the repetitions; with `shared`, for a machine that others use too, the least of the\n"
    "processor's time that they took.\n\n"
    "Example:\n"
    "  dyad profile host --design -o design.csv && dyad-profile design.csv 2 > profile.csv\n";

/// Binds the process to the first `threads` processors that it may use; their numbers, or "" where that failed.
std::string pin(int threads) {
    cpu_set_t allowed, chosen;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return "";
    CPU_ZERO(&chosen);
    std::string names;
    for (int cpu = 0, left = threads; cpu < CPU_SETSIZE && left > 0; ++cpu) {
        if (!CPU_ISSET(cpu, &allowed)) continue;
        CPU_SET(cpu, &chosen);
        names += (names.empty() ? "" : "-") + std::to_string(cpu);
        --left;
    }
    return sched_setaffinity(0, sizeof chosen, &chosen) == 0 ? names : "";
}

/// Processes that ran or waited for a processor, over the last minute; 0 where that is not known.
double load() {
    double average = 0;
    return getloadavg(&average, 1) == 1 ? average : 0;
}

constexpr std::string_view told = "latency_ms,spread_ms,calls,threads,pinned,precision,clock,load";

/// The cells of a row, or of the header, without what an earlier measurement told.
std::string as_line(const core::CsvTable& table, const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i)
        if (("," + std::string(told) + ",").find("," + table.header[i] + ",") == std::string::npos)
            line += cells[i] + ",";
    return line;
}

int run(const std::string& file, int threads, std::size_t repetitions, bool shared) {
    const auto table = core::read_csv(file);
    const auto pinned = pin(threads);
    at::set_num_threads(threads);
    const at::NoGradGuard no_gradients;
    std::cout << as_line(table, table.header) << told << "\n";
    const auto clock = shared ? torch::Clock::processor : torch::Clock::wall;
    for (const auto& row : table.rows) {
        const auto timing = torch::measure(torch::prepare(table, row), repetitions, clock);
        std::cout << fmt::format("{}{:.6g},{:.3g},{},{},{},fp32,{},{:.2f}", as_line(table, row.cells),
                                 (shared ? timing.least : timing.median) * 1e3, timing.spread * 1e3, timing.calls,
                                 threads, pinned, shared ? "processor" : "wall", load())
                  << std::endl;
    }
    return std::cout ? 0 : 1;
}

int number(const char* text, int most) {
    const auto value = std::strtol(text, nullptr, 10);
    if (value < 1 || value > most) throw core::Error(fmt::format("'{}': expected a number from 1 to {}", text, most));
    return static_cast<int>(value);
}

int save(int argc, char** argv) {
    namespace space = dyad::arch_space;
    const auto network = space::read_network(*core::read_document(core::find_config(argv[3], "networks")));
    torch::save_script(network, argc > 4 ? static_cast<std::uint64_t>(number(argv[4], 65'536)) : 1, argv[2]);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string first = argc > 1 ? argv[1] : "";
    if (first == "--version" || first == "--help") {
        std::cout << (first == "--help" ? std::string(usage) : std::string(dyad::core::version()) + "\n");
        return 0;
    }
    const bool saves = first == "--save" && argc > 3;
    if (argc < 2 || argc > 5 || (first.starts_with("--") && !saves) ||
        (argc == 5 && !saves && std::string(argv[4]) != "shared")) {
        std::cerr << usage;
        return 2;
    }
    try {
        if (saves) return save(argc, argv);
        return run(first, argc > 2 ? number(argv[2], 4096) : 1,
                   argc > 3 ? static_cast<std::size_t>(number(argv[3], 10'000)) : 15, argc > 4);
    } catch (const core::Error& error) {
        std::cerr << "dyad-profile: " << error.what() << "\n";
        return 1;
    } catch (const std::exception& error) {
        std::cerr << "dyad-profile: " << error.what() << "\n";
        return 3;
    }
}
