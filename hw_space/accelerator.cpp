// SPDX-License-Identifier: Apache-2.0
#include "hw_space/accelerator.hpp"

#include <algorithm>

namespace dyad::hw_space {

std::uint64_t DepthwiseUnit::multipliers() const {
    const auto largest = kernels.empty() ? 1 : *std::max_element(kernels.begin(), kernels.end());
    return lanes * largest * largest;
}

bool VectorUnit::has(VectorOp op) const {
    return std::find(operations.begin(), operations.end(), op) != operations.end();
}

const std::string& name(const Engine& engine) {
    return std::visit([](const auto& unit) -> const std::string& { return unit.name; }, engine);
}

namespace {

std::uint64_t peak(const PeArray& array) { return array.rows * array.cols; }
std::uint64_t peak(const DepthwiseUnit& unit) { return unit.multipliers(); }
std::uint64_t peak(const VectorUnit&) { return 0; }
std::uint64_t peak(const CustomUnit& unit) { return static_cast<std::uint64_t>(unit.macs_per_cycle()); }

std::uint64_t narrow(core::Precision own, const NarrowRates& rates, unsigned widest) {
    if (!core::is_integer(own) || widest >= core::bits(own)) return 1;
    return widest <= core::bits(core::Precision::int4)   ? rates.int4
           : widest <= core::bits(core::Precision::int8) ? rates.int8
                                                         : 1;
}

}  // namespace

std::uint64_t narrow_rate(const Engine& engine, core::Precision one, core::Precision other) {
    if (!core::is_integer(one) || !core::is_integer(other)) return 1;
    const auto widest = std::max(core::bits(one), core::bits(other));
    return std::visit(
        [&](const auto& unit) -> std::uint64_t {
            if constexpr (requires { unit.rates; }) return narrow(unit.precision, unit.rates, widest);
            return 1;
        },
        engine);
}

std::uint64_t peak_macs(const Engine& engine) {
    return std::visit([](const auto& unit) { return peak(unit); }, engine);
}

std::uint64_t Accelerator::peak_macs() const {
    std::uint64_t macs = 0;
    for (const Engine& engine : engines) macs += hw_space::peak_macs(engine);
    return macs * cores.count;
}

}  // namespace dyad::hw_space
