// SPDX-License-Identifier: Apache-2.0
#include "codesign/unit/chips.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/document.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "hw_space/unit_file.hpp"
#include "models/energy.hpp"

namespace dyad::codesign {
namespace {

using hw_space::Accelerator;
using hw_space::CustomUnit;
using hw_space::DepthwiseUnit;
using hw_space::Engine;
using hw_space::PeArray;
using hw_space::VectorUnit;

std::uint64_t scaled(std::uint64_t count, double factor) {
    return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::llround(static_cast<double>(count) * factor)));
}

struct Scale {
    double factor;
    Engine operator()(CustomUnit unit) const {
        unit.operations_per_cycle *= factor;
        unit.elements_per_cycle *= factor;
        unit.cycles_per_tile /= factor;
        return unit;
    }
    Engine operator()(DepthwiseUnit unit) const {
        unit.lanes = scaled(unit.lanes, factor);
        unit.output_lanes = unit.output_lanes == 0 ? 0 : scaled(unit.output_lanes, factor);
        return unit;
    }
    Engine operator()(VectorUnit unit) const {
        unit.lanes = scaled(unit.lanes, factor);
        return unit;
    }
    Engine operator()(PeArray array) const {
        array.cols = scaled(array.cols, factor);
        array.output_lanes = array.output_lanes == 0 ? 0 : scaled(array.output_lanes, factor);
        return array;
    }
};

PeArray* array_of(Accelerator& chip) {
    for (auto& engine : chip.engines)
        if (auto* array = std::get_if<PeArray>(&engine)) return array;
    return nullptr;
}

hw_space::Buffer* buffer_of(Accelerator& chip) {
    const auto largest = std::ranges::max_element(chip.buffers, {}, &hw_space::Buffer::size);
    return largest == chip.buffers.end() ? nullptr : &*largest;
}

std::vector<std::uint64_t> steps(std::uint64_t size, std::uint64_t from, std::uint64_t to, std::uint64_t parts) {
    std::vector<std::uint64_t> all;
    for (auto part = from; part <= to; ++part) {
        const auto step = size * part / parts;
        if (step > 0 && (all.empty() || all.back() != step)) all.push_back(step);
    }
    return all;
}

/// Whole accesses to all banks.
std::vector<std::uint64_t> buffer_steps(const hw_space::Buffer* buffer) {
    if (buffer == nullptr) return {0};
    const auto row = buffer->banks * buffer->width.count();
    std::vector<std::uint64_t> all;
    for (const auto step : steps(buffer->size.count() / row, 1, 32, 16)) all.push_back(step * row);
    return all;
}

int place(const std::vector<std::uint64_t>& steps, std::uint64_t size) {
    return static_cast<int>(std::ranges::find(steps, size) - steps.begin());
}

bool within(int at, const std::vector<std::uint64_t>& steps) { return at >= 0 && at < static_cast<int>(steps.size()); }

std::uint64_t pick(const std::vector<std::uint64_t>& steps, int at) { return steps.at(static_cast<std::size_t>(at)); }

}  // namespace

UnitOnChip put_on_chip(const std::string& unit, const Accelerator& chip) {
    const auto own = std::ranges::find(chip.engines, unit, [](const Engine& e) { return hw_space::name(e); });
    if (own != chip.engines.end()) {
        UnitOnChip result{unit, "the accelerator file", chip.note, *own, chip, chip, true};
        result.without.engines.erase(result.without.engines.begin() + (own - chip.engines.begin()));
        if (result.without.engines.empty())
            throw core::Error(fmt::format("accelerator '{}' has no engine but '{}'", chip.name, unit));
        return result;
    }
    const auto file = hw_space::read_unit(*core::read_document(core::find_config(unit, "units")));
    for (const auto& engine : chip.engines)
        if (hw_space::name(engine) == file.name)
            throw core::Error(fmt::format("accelerator '{0}' has an engine '{1}'; to judge that one: dyad unit {1} ...",
                                          chip.name, file.name));
    if (chip.hierarchy)
        throw core::Error(fmt::format(
            "accelerator '{}' has a fixed hierarchy of levels; a unit needs a chip with engines", chip.name));
    return {file.name, file.source, file.note, file.engine, chip, with_engine(chip, file.engine)};
}

Engine at_rate(const Engine& engine, double factor) { return std::visit(Scale{factor}, engine); }

Engine infinitely_fast(const Engine& engine) {
    constexpr double fast = 1e9, many = 4096;
    if (const auto* unit = std::get_if<CustomUnit>(&engine)) {
        auto free = *unit;
        free.launch = free.start_up = core::Cycles(0);
        free.port_in = free.port_out = core::Bytes(0);
        free.bandwidth = core::BytesPerSecond(0);
        return at_rate(free, fast);
    }
    auto lanes = at_rate(engine, many);
    std::visit([](auto& each) { each.launch = each.start_up = core::Cycles(0); }, lanes);
    return lanes;
}

Accelerator with_engine(Accelerator chip, const Engine& engine) {
    const auto same =
        std::ranges::find(chip.engines, hw_space::name(engine), [](const Engine& e) { return hw_space::name(e); });
    if (same == chip.engines.end())
        chip.engines.push_back(engine);
    else
        *same = engine;
    return chip;
}

Size size_of(const Accelerator& chip) {
    auto copy = chip;
    Size size;
    if (const auto* array = array_of(copy)) size.rows = array->rows, size.cols = array->cols;
    if (const auto* buffer = buffer_of(copy)) size.buffer = buffer->size;
    return size;
}

Accelerator resized(Accelerator chip, const Size& size) {
    if (auto* array = array_of(chip)) {
        if (array->output_lanes == array->cols) array->output_lanes = size.cols;
        array->rows = size.rows;
        array->cols = size.cols;
    }
    if (auto* buffer = buffer_of(chip)) buffer->size = size.buffer;
    return chip;
}

Sizes::Sizes(const Accelerator& chip) : chip_(chip) {
    const auto size = size_of(chip);
    rows_ = size.rows == 0 ? std::vector<std::uint64_t>{0} : steps(size.rows, 2, 16, 8);
    cols_ = size.cols == 0 ? std::vector<std::uint64_t>{0} : steps(size.cols, 2, 16, 8);
    buffers_ = buffer_steps(buffer_of(chip_));
    file_ = {place(rows_, size.rows), place(cols_, size.cols), place(buffers_, size.buffer.count())};
}

Size Sizes::at(const Step& step) const {
    return {pick(rows_, step.rows), pick(cols_, step.cols), core::Bytes(pick(buffers_, step.buffer))};
}

bool Sizes::contains(const Step& step) const {
    return within(step.rows, rows_) && within(step.cols, cols_) && within(step.buffer, buffers_);
}

std::optional<int> Sizes::largest_buffer(const Step& step, core::SquareMillimetres budget) const {
    for (int b = static_cast<int>(buffers_.size()); b-- > 0;)
        if (models::area(resized(chip_, at({step.rows, step.cols, b}))) <= budget) return b;
    return std::nullopt;
}

}  // namespace dyad::codesign
