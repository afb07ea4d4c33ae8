// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hw_space/accelerator.hpp"

namespace dyad::codesign {

/// A chip and the unit in question.
struct UnitOnChip {
    std::string name;    ///< of the unit's engine
    std::string source;  ///< of its figures
    std::string note;
    hw_space::Engine engine;
    hw_space::Accelerator without, with;
    bool from_chip = false;  ///< an engine of the accelerator file
};
/// `unit` names a file, a file under configs/units, or an engine of the accelerator (which is then taken out of the
/// chip without it). Throws core::Error.
[[nodiscard]] UnitOnChip put_on_chip(const std::string& unit, const hw_space::Accelerator& chip);

/// The unit at `factor` times its rates; of built-in engines, that many times the lanes.
[[nodiscard]] hw_space::Engine at_rate(const hw_space::Engine& engine, double factor);
/// The unit without start, ports or rate to hold it up; its energy and area mean nothing.
[[nodiscard]] hw_space::Engine infinitely_fast(const hw_space::Engine& engine);
[[nodiscard]] hw_space::Accelerator with_engine(hw_space::Accelerator chip, const hw_space::Engine& engine);

/// What is given up, or grown, at a given area: the first array, and the largest buffer, in steps of an eighth and a
/// sixteenth of what the file says.
struct Size {
    std::uint64_t rows = 0, cols = 0;
    core::Bytes buffer;
    friend bool operator==(const Size&, const Size&) = default;
};
[[nodiscard]] Size size_of(const hw_space::Accelerator& chip);
[[nodiscard]] hw_space::Accelerator resized(hw_space::Accelerator chip, const Size& size);

/// The sizes of one chip that are looked at, as steps along three axes.
class Sizes {
public:
    /// Of an array from a quarter of its rows and columns up to twice as many, of a buffer from a sixteenth to twice.
    explicit Sizes(const hw_space::Accelerator& chip);
    struct Step {
        int rows = 0, cols = 0, buffer = 0;
        friend auto operator<=>(const Step&, const Step&) = default;
    };
    [[nodiscard]] Step file() const { return file_; }  ///< as in the file
    [[nodiscard]] Size at(const Step& step) const;
    [[nodiscard]] bool contains(const Step& step) const;
    /// The largest buffer with which the array of `step` stays within `budget`; nothing when none does.
    [[nodiscard]] std::optional<int> largest_buffer(const Step& step, core::SquareMillimetres budget) const;
    [[nodiscard]] const hw_space::Accelerator& chip() const { return chip_; }

private:
    hw_space::Accelerator chip_;
    std::vector<std::uint64_t> rows_, cols_, buffers_;  ///< ascending
    Step file_;
};

}  // namespace dyad::codesign
