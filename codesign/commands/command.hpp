// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "codesign/commands/output.hpp"

namespace CLI {
class App;
}

namespace dyad::codesign {

/// Exit codes (the rest of the contract: 2 usage, 3 our fault, both decided where the command line is run).
inline constexpr int good = 0;
inline constexpr int input_at_fault = 1;
inline constexpr int interrupted = 130;  ///< Ctrl-C, with everything done so far on disk

/// Runs the command with the options it was given; the exit code.
using Action = std::function<int()>;

/// One word after `dyad`.
struct Command {
    const char* name;
    const char* summary;
    const char* example;
    /// Adds the command's options to its parser; the action reads what they were set to.
    Action (*define)(CLI::App& app, std::shared_ptr<Output> output);
    bool needs_directory = false;  ///< `-o` is the directory of a run, and must be given
};
/// All commands, in the order in which the help shows them.
[[nodiscard]] const std::vector<Command>& commands();

Action define_simulate(CLI::App& app, std::shared_ptr<Output> output);
Action define_map(CLI::App& app, std::shared_ptr<Output> output);
Action define_sweep(CLI::App& app, std::shared_ptr<Output> output);
Action define_search(CLI::App& app, std::shared_ptr<Output> output);
Action define_merge(CLI::App& app, std::shared_ptr<Output> output);
Action define_compare(CLI::App& app, std::shared_ptr<Output> output);
Action define_report(CLI::App& app, std::shared_ptr<Output> output);
Action define_validate(CLI::App& app, std::shared_ptr<Output> output);
Action define_describe(CLI::App& app, std::shared_ptr<Output> output);
Action define_import(CLI::App& app, std::shared_ptr<Output> output);
Action define_unit(CLI::App& app, std::shared_ptr<Output> output);
Action define_profile(CLI::App& app, std::shared_ptr<Output> output);
Action define_calibrate(CLI::App& app, std::shared_ptr<Output> output);
Action define_fit(CLI::App& app, std::shared_ptr<Output> output);
Action define_predict(CLI::App& app, std::shared_ptr<Output> output);
Action define_accuracy(CLI::App& app, std::shared_ptr<Output> output);
Action define_list(CLI::App& app, std::shared_ptr<Output> output);

/// Why a text is no whole number of 64 bits from `least` on; "" when it is. (CLI11 takes -1 for 2^64 - 1.)
[[nodiscard]] std::string whole_number_problem(const std::string& text, std::uint64_t least);
[[nodiscard]] std::string check_seed(std::string& text);  ///< from 0

/// The whole command line. Prints usage errors itself (exit code 2); everything else is thrown.
[[nodiscard]] int run_command_line(int argc, const char* const* argv);

}  // namespace dyad::codesign
