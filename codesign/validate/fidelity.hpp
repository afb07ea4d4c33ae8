// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "models/report.hpp"

namespace dyad::codesign {

/// A kernel whose time in SystemC is not the closed forms', and what it waited for there; seconds.
struct KernelGap {
    std::string kernel;
    double played = 0, closed = 0;
    double contention = 0;  ///< for banks and links that others use
    double rows = 0;        ///< to open DRAM rows beyond those that its bytes fill
    double transfers = 0;   ///< for operands and for room, the rest: DRAM, links, other transfers
    double tail = 0;        ///< for its last results to leave
    [[nodiscard]] double difference() const { return closed - played; }
    /// The longest of the four; "none" where it waited for nothing.
    [[nodiscard]] const char* mostly() const;
};

/// A shipped network on a shipped chip at both fidelities.
struct PairGap {
    std::string network, accelerator;
    double played = 0, closed = 0;
    std::vector<KernelGap> kernels;  ///< those that differ by a hundredth of the pair's time, largest first
    [[nodiscard]] double error() const { return closed / played - 1; }
};

[[nodiscard]] KernelGap kernel_gap(const models::KernelReport& played, const models::KernelReport& closed,
                                   const hw_space::Accelerator& chip);

/// All shipped networks on all shipped chips, by chip.
[[nodiscard]] std::vector<PairGap> fidelity_gaps();

[[nodiscard]] std::string gaps_text(const std::vector<PairGap>& pairs);
[[nodiscard]] std::string gaps_csv(const std::vector<PairGap>& pairs);  ///< a line a kernel
/// Schema dyad/fidelity/1.
[[nodiscard]] nlohmann::ordered_json gaps_json(const std::vector<PairGap>& pairs);

}  // namespace dyad::codesign
