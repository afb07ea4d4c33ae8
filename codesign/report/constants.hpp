// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hw_space/accelerator.hpp"

namespace dyad::codesign {

/// A chip whose constants may be changed: its technology and DRAM standard are its own.
struct Priced {
    hw_space::Accelerator chip;
    hw_space::Technology technology;
    hw_space::DramStandard dram;
};

/// A constant that energy or area is made of: of a technology, a DRAM standard, or a custom unit.
struct CostConstant {
    std::string name;                            ///< as in the manifest; the coefficients of one fit go together
    std::function<void(Priced&, double)> scale;  ///< multiplies it
};
/// All of them, those of every precision included.
[[nodiscard]] std::vector<CostConstant> cost_constants();

/// The chip with one constant multiplied.
[[nodiscard]] hw_space::Accelerator scaled(const hw_space::Accelerator& chip, const CostConstant& constant,
                                           double factor);

}  // namespace dyad::codesign
