// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codesign/unit/chips.hpp"
#include "models/schedule.hpp"

namespace dyad::codesign {

struct StudyOptions {
    models::Objective objective = models::Objective::edp;  ///< of mapping, and of what is best at equal area
    unsigned workers = 0;                                  ///< processes that look at sizes; 0 = this one
    std::function<void(const std::string&)> progress{};
};

/// One network on one chip.
struct Figures {
    double latency = 0, energy = 0, area = 0;  ///< s, J, mm2
    [[nodiscard]] double edp() const { return latency * energy; }
};

/// A kernel that runs on the unit; seconds.
struct MovedKernel {
    std::string name, op, from;  ///< engine without the unit
    std::uint64_t macs = 0;
    double before = 0, after = 0;
};

/// What holds up the kernels that stay: a share of the time of all kernels with the unit.
struct Bound {
    std::string engine, by;
    double share = 0;
};

struct NetworkStudy {
    std::string network;
    Figures without, with;                      ///< kernel by kernel
    Figures chained_without{}, chained_with{};  ///< in chains of kernels, as `dyad simulate` runs them
    std::size_t kernels = 0, accepted = 0;      ///< of the network; that the unit could run
    std::vector<MovedKernel> moved{};
    std::vector<Bound> rest{};              ///< largest first
    double time_share = 0, macs_share = 0;  ///< moved, of the time of all kernels without the unit, of all products
    double acceleration = 1;                ///< of the moved kernels
    double limit = 1;                       ///< Amdahl's: the moved kernels take no time at all
    double infinitely_fast = 1;             ///< simulated: they wait for memory only
    std::optional<double> break_even{};     ///< share of time for a speed-up of 1 + area share; none: never
    std::optional<double> module_gap{};     ///< of a unit with a module: its cycles over those of its file, less 1
    std::optional<double>
        break_even_macs{};  ///< the same in products, at this network's ratio; none also without products
    std::optional<double> break_even_array{};  ///< share of time that beats the area spent on a larger array
};

/// The best chip of a kind within an area.
struct SizedChip {
    std::string what;
    bool unit = false;
    double budget = 0, area = 0;  ///< mm2
    Size size;
    std::vector<Figures> figures;  ///< by network
    std::size_t looked_at = 0;     ///< sizes costed by the closed forms
};

/// Geometric means over networks of what is without the unit over what is with it.
struct Gains {
    double latency = 1, energy = 1, edp = 1;
};

struct Sensitivity {
    std::string what;  ///< rate, energy or area
    double factor = 1;
    double area = 0;  ///< of the chip with the unit
    Gains gains;
    std::optional<Gains> equal_area;  ///< of area: against the accelerator file, at its area
};

struct Study {
    std::string unit, source, note, accelerator, fidelity = "systemc";
    models::Objective objective = models::Objective::edp;
    std::uint64_t batch = 1;
    double area_without = 0, area_unit = 0;  ///< what the chip grows by
    Size size;                               ///< as in the file
    std::vector<NetworkStudy> networks;
    Gains gains, chained_gains;
    std::vector<SizedChip> sized;  ///< with the unit at equal area, without it there, without it at the area with it
    std::vector<Sensitivity> sensitivity;
    std::string verdict;
    [[nodiscard]] bool used() const;
    [[nodiscard]] Gains gain_of(const SizedChip& chip) const;  ///< over the accelerator file
};

/// Answers what a unit buys: plays every network with and without it in SystemC, looks for the best sizes at equal
/// area by the closed forms and plays those too. Throws core::Error when a network cannot run on the chip.
[[nodiscard]] Study study_unit(const UnitOnChip& unit,
                               const std::vector<std::shared_ptr<const models::Dataflow>>& networks,
                               const StudyOptions& options);

/// Geometric means of `without` over `with`.
[[nodiscard]] Gains gains_of(const std::vector<Figures>& without, const std::vector<Figures>& with);

}  // namespace dyad::codesign
