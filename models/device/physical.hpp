// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/quantity.hpp"
#include "models/device/work.hpp"

namespace dyad::models {

/// What a datasheet tells of a device.
struct Platform {
    enum class Kind { gpu, cpu, npu };
    Kind kind = Kind::gpu;
    double units = 1;                ///< multiprocessors or cores that take tiles
    core::OpsPerSecond peak;         ///< multiplications and additions, at the precision of the calls
    core::BytesPerSecond bandwidth;  ///< of DRAM
    core::Bytes cache;               ///< last level on the chip
    double bytes_per_element = 4;
    core::Watts power{};        ///< limit of the board; 0 = not known
    double process = 0;         ///< nm; 0 = not known
    bool power_limits = false;  ///< products run as power and generation allow: where no row told the sustained rate
    /// The rate of products that the power limit leaves.
    [[nodiscard]] double attainable() const {
        return power_limits && power.count() > 0 && process > 0
                   ? std::min(peak.count(), power.count() / joules_per_operation())
                   : peak.count();
    }
    /// Of an operation in single precision with its operands, by what boards at their limit sustain: Tesla P4 3.4 Top/s
    /// at 75 W, T4 3.3 at 70 W, A100 16 at 250 W, L4 12.6 at 72 W.
    [[nodiscard]] double joules_per_operation() const {
        return process >= 14 ? 22e-12 : process >= 10 ? 21e-12 : process >= 6 ? 15.5e-12 : 5.7e-12;
    }
    [[nodiscard]] bool before_volta() const { return kind == Kind::gpu && process >= 14; }
    [[nodiscard]] double tile() const { return kind == Kind::gpu ? 128 : 32; }  ///< side of the largest output tile
};

/// The fitted physics of one class of kernels on one device. Time of a kernel:
///   (launch^q + ((compute)^3 + (memory)^3)^(q/3))^(1/q), q = overlap, where
///   memory = bytes / (bandwidth x datasheet), compute = the cheapest of output tiles from 128 x 128 (CPU: 32 x 32) to
///   a 16th of it, in whole waves over the units, each tile (k + depth) deep at sustained x small^(log2 of the
///   shrinkage) of peak, k also split 4 and 16 ways; 3x3 convolutions of stride 1 also by Winograd F(4x4, 3x3) (Lavin &
///   Gray 2016, equation 12: 36 products a 4 x 4 tile) at `winograd` of that rate; and compute x (1 + compute /
///   throttle_after)^throttle where power caps the clock of long kernels. Where no row told (Platform::power_limits):
///   compute no faster than the power limit allows, and of linear layers before Volta slower by address translation.
struct Physics {
    enum Parameter { launch, sustained, small, depth, bandwidth, winograd, throttle_after, throttle, overlap };
    static constexpr std::size_t count = 9;
    std::array<double, count> value{};   ///< seconds, fractions of the datasheet, or plain numbers
    std::array<double, count> spread{};  ///< relative standard error; 0 = not fitted
};
[[nodiscard]] std::string_view parameter_name(std::size_t parameter);

/// What is known of any device before it is measured: the middle, and the spread of the logarithm.
struct Prior {
    double middle, spread, low, high;
};
[[nodiscard]] const std::array<Prior, Physics::count>& priors();
[[nodiscard]] Physics typical_physics();

[[nodiscard]] double physical_seconds(const Platform& platform, const Physics& physics, const Work& work);
/// The larger of compute and memory time at the datasheet's rates.
[[nodiscard]] double roofline_seconds(const Platform& platform, const Work& work);

/// Measured time of kernels that ran one after another.
struct Sample {
    WorkList works;
    double seconds = 0;
    std::string config;  ///< rows of one configuration stay on one side of every split
    std::string group;   ///< errors are printed by group: class of a kernel, or what the network is of
    std::shared_ptr<const Platform> platform{};  ///< where it was measured, if not on the device that is fitted
};

using Samples = std::vector<const Sample*>;

[[nodiscard]] inline const Platform& platform_of(const Sample& sample, const Platform& otherwise) {
    return sample.platform ? *sample.platform : otherwise;
}

using PhysicsByClass = std::map<WorkClass, Physics>;
/// Robust least squares on log(time) (Levenberg-Marquardt over iteratively reweighted rows, soft-L1 at 10 %), held near
/// the priors. Fits the classes that the samples have; the others keep their values. `classes` must have every class.
[[nodiscard]] PhysicsByClass fit_physics(const Platform& platform, const std::vector<const Sample*>& samples,
                                         PhysicsByClass classes);
[[nodiscard]] double physical_seconds(const Platform& platform, const PhysicsByClass& classes, const WorkList& works);

}  // namespace dyad::models
