// SPDX-License-Identifier: Apache-2.0
#include "models/components.hpp"

#include <algorithm>
#include <utility>

#include "core/precision.hpp"
#include "hw_space/floorplan.hpp"

namespace dyad::models {
namespace {

using core::Precision, core::SquareMillimetres;
using namespace hw_space;

/// Adds up the parts of one chip.
class Parts {
public:
    explicit Parts(const Accelerator& chip) : chip_(chip), node_(*chip.technology) {}

    void add(const Buffer& buffer) {
        const core::Bytes bank(buffer.size.count() / buffer.banks);
        sram(buffer.name, static_cast<double>(buffer.banks), bank, 8 * buffer.width.count(), buffer.ports);
    }

    void add(const PeArray& array) {
        const double elements = static_cast<double>(array.rows * array.cols);
        multipliers(array.name, elements, array.precision, array.accumulate);
        store(array.name + "/weights", elements, array.registers.weights, core::bits(array.precision));
        store(array.name + "/inputs", elements, array.registers.inputs, core::bits(array.precision));
        store(array.name + "/psums", elements, array.registers.psums, core::bits(array.accumulate));
        flip_flops(array.name + "/pipeline", elements * pipeline_bits(array));
        output_path(array.name, array.output_lanes, array.accumulate);
    }

    void add(const DepthwiseUnit& unit) {
        const double each = static_cast<double>(unit.multipliers());
        multipliers(unit.name, each, unit.precision, unit.accumulate);
        // The window of inputs and of weights beside each multiplier, one sum a lane.
        flip_flops(unit.name + "/registers", each * 2 * core::bits(unit.precision) +
                                                 static_cast<double>(unit.lanes) * core::bits(unit.accumulate));
        output_path(unit.name, unit.output_lanes, unit.accumulate);
    }

    void add(const VectorUnit& unit) {
        const double lanes = static_cast<double>(unit.lanes);
        multipliers(unit.name, lanes, unit.precision, unit.precision);
        flip_flops(unit.name + "/registers", lanes * 3 * core::bits(unit.precision));  // two operands and a result
        const bool tables = std::any_of(unit.operations.begin(), unit.operations.end(), needs_function_table);
        if (tables) flip_flops(unit.name + "/functions", lanes * static_cast<double>(function_pieces * function_bits));
    }

    void add(const CustomUnit& unit) {
        if (!unit.parts) return logic(unit.name + "/unit", unit.area);
        const auto& parts = *unit.parts;
        logic(unit.name + "/multipliers",
              operation(unit.precision).multiply_area * static_cast<double>(parts.multipliers));
        logic(unit.name + "/adders", operation(unit.accumulate).add_area * static_cast<double>(parts.adders));
        flip_flops(unit.name + "/registers", static_cast<double>(8 * parts.registers.count()));
        flip_flops(unit.name + "/functions", static_cast<double>(parts.tables * function_pieces * function_bits));
        if (parts.sram.count() > 0)
            sram(unit.name + "/sram", parts.sram_banks, core::Bytes(parts.sram.count() / parts.sram_banks),
                 8 * parts.sram_width.count(), 1);
    }

    /// Everything of `first` and later is there once for each core.
    void repeat(std::size_t first, unsigned cores) {
        for (auto part = first; part < parts_.size(); ++part) {
            parts_[part].area = parts_[part].area * cores;
            parts_[part].leakage = parts_[part].leakage * cores;
        }
    }
    [[nodiscard]] std::size_t size() const { return parts_.size(); }

    /// Two words of registers at each end of a link; a mesh has four links a node and one to the node itself.
    void add_network(const Accelerator& chip) {
        const auto bits = 8.0 * static_cast<double>(chip.network.width.count());
        const auto nodes = static_cast<double>(network_nodes(chip));
        if (chip.network.topology == Topology::bus) flip_flops("network", 2 * bits * nodes);
        if (chip.network.topology == Topology::crossbar) flip_flops("network", 2 * bits * 2 * nodes);
        if (chip.network.topology == Topology::mesh) flip_flops("network", 2 * bits * 5 * nodes);
        if (chip.cores.link.area.count() > 0)
            logic("core links", chip.cores.link.area * static_cast<double>(chip.cores.count));
    }

    void add(const Dma& dma) {
        sram("dma", dma.engines, core::Bytes(dma.outstanding * dma.burst.count()),
             8 * chip_.dram.standard->burst().count(), 1);
    }

    [[nodiscard]] std::vector<Component> take() && { return std::move(parts_); }

private:
    void logic(const std::string& name, SquareMillimetres area) {
        const core::Watts leakage =
            node_.logic_leakage_per_mm2 * (area.count() * (chip_.voltage / node_.nominal_voltage));
        parts_.push_back({name, area, leakage});
    }

    void flip_flops(const std::string& name, double bits) { logic(name, node_.register_area_per_bit * bits); }

    void sram(const std::string& name, double banks, core::Bytes bank, std::uint64_t bits, unsigned ports) {
        parts_.push_back({name, node_.sram.area(bank, bits, ports) * banks,
                          node_.sram.leakage(bank, bits, ports, chip_.voltage) * banks});
    }

    void store(const std::string& name, double elements, std::uint64_t words, unsigned bits) {
        if (words == 0) return;
        if (words <= flip_flop_words)
            flip_flops(name, elements * static_cast<double>(words * bits));
        else
            sram(name, elements, core::Bytes(words * bits / 8), bits, 1);
    }

    void multipliers(const std::string& name, double count, Precision operands, Precision sums) {
        logic(name + "/multipliers", operation(operands).multiply_area * count);
        logic(name + "/adders", operation(sums).add_area * count);
    }

    /// A lane scales a sum (one multiplication at the sums' width), adds the bias or a residual, and clips.
    void output_path(const std::string& name, std::uint64_t lanes, Precision sums) {
        if (lanes == 0) return;
        const auto lane = operation(sums).multiply_area + operation(sums).add_area + operation(sums).add_area;
        logic(name + "/output path", lane * static_cast<double>(lanes));
    }

    /// What an element needs besides its storage: each operand on its way, the sum, and, where the next fold is
    /// loaded beside the current one, a second stationary word.
    [[nodiscard]] static double pipeline_bits(const PeArray& array) {
        const unsigned operand = core::bits(array.precision);
        const bool shadow =
            array.pipeline == Pipeline::overlapped &&
            (array.dataflow == ArrayDataflow::weight_stationary || array.dataflow == ArrayDataflow::input_stationary);
        return 2.0 * operand + core::bits(array.accumulate) + (shadow ? operand : 0);
    }

    [[nodiscard]] const OperationCost& operation(Precision p) const {
        return node_.operations.at(static_cast<std::size_t>(p));
    }

    const Accelerator& chip_;
    const Technology& node_;
    std::vector<Component> parts_;
};

}  // namespace

bool needs_function_table(VectorOp op) {
    return op == VectorOp::exp || op == VectorOp::erf || op == VectorOp::reciprocal || op == VectorOp::rsqrt;
}

std::vector<Component> components(const Accelerator& accelerator) {
    Parts parts(accelerator);
    for (std::size_t b = 0; b < shared_buffers(accelerator); ++b) parts.add(accelerator.buffers[b]);
    const auto first_own = parts.size();
    for (auto b = shared_buffers(accelerator); b < accelerator.buffers.size(); ++b) parts.add(accelerator.buffers[b]);
    for (const Engine& engine : accelerator.engines)
        std::visit([&parts](const auto& unit) { parts.add(unit); }, engine);
    parts.repeat(first_own, accelerator.cores.count);
    parts.add_network(accelerator);
    parts.add(accelerator.dma);
    return std::move(parts).take();
}

}  // namespace dyad::models
