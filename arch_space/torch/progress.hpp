// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace dyad::arch_space::torch {

/// How far training is, on standard error: a line that renews itself on a terminal, one now and then elsewhere. Throws
/// core::Error when nobody is left to read the answer of the program, shown or not.
class Progress {
public:
    /// `known` steps were done before.
    Progress(std::string what, std::uint64_t steps, bool shown, std::uint64_t known = 0);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    void show(std::uint64_t step, double loss);

private:
    using Clock = std::chrono::steady_clock;

    std::string what_;
    std::uint64_t steps_, known_;
    bool shown_, terminal_;
    Clock::time_point start_, last_;
};

}  // namespace dyad::arch_space::torch
