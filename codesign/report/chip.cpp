// SPDX-License-Identifier: Apache-2.0
#include "codesign/report/chip.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "codesign/report/words.hpp"
#include "models/energy.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;
using namespace hw_space;

const char* text(ArrayDataflow dataflow) {
    constexpr const char* names[]{"weight stationary", "output stationary", "input stationary", "row stationary",
                                  "spatial"};
    return names[static_cast<std::size_t>(dataflow)];
}

struct EngineText {
    std::string operator()(const PeArray& array) const {
        return fmt::format("{} x {}, {}, {}", array.rows, array.cols, text(array.dataflow),
                           core::name(array.precision));
    }
    std::string operator()(const DepthwiseUnit& unit) const {
        return fmt::format("{} lanes, {} wide, {}", unit.lanes, fmt::join(unit.kernels, " and "),
                           core::name(unit.precision));
    }
    std::string operator()(const VectorUnit& unit) const {
        return fmt::format("{} lanes, {}", unit.lanes, core::name(unit.precision));
    }
    std::string operator()(const CustomUnit& unit) const {
        return fmt::format("custom unit for {}", fmt::join(unit.operators, ", "));
    }
};

Json buffers_json(const Accelerator& chip) {
    Json list = Json::array();
    for (std::size_t b = 0; b < chip.buffers.size(); ++b) {
        const auto& buffer = chip.buffers[b];
        list.push_back(
            {{"name", buffer.name},
             {"text", fmt::format("{}, {} banks, {} a cycle{}", core::to_text(buffer.size), buffer.banks,
                                  core::to_text(buffer.per_cycle()), chip.cores.own(b) ? ", in each core" : "")}});
    }
    return list;
}

Json engines_json(const Accelerator& chip) {
    Json list = Json::array();
    for (const auto& engine : chip.engines)
        list.push_back({{"name", name(engine)},
                        {"text", std::visit(EngineText{}, engine)},
                        {"peak", peak_macs(engine) * chip.cores.count}});
    return list;
}

std::string network_text(const Accelerator& chip) {
    constexpr const char* names[]{"wires of their own between blocks", "bus", "crossbar", "mesh"};
    std::string words = names[static_cast<std::size_t>(chip.network.topology)];
    if (chip.network.topology != Topology::direct)
        words += fmt::format(", {} a link", core::to_text(chip.network.width));
    return chip.cores.count > 1 ? fmt::format("{} cores, {}", chip.cores.count, words) : words;
}

}  // namespace

Json chip_json(const Accelerator& chip) {
    Json parts = Json::array();
    for (const auto& part : models::area_parts(chip)) parts.push_back({part.component, shortened(part.area.count())});
    return {
        {"name", chip.name},
        {"text",
         fmt::format("{}, {} at {}", chip.technology->name, core::to_text(chip.clock), core::to_text(chip.voltage))},
        {"clock_hz", chip.clock.count()},
        {"dram",
         {{"name", chip.dram.name},
          {"text",
           fmt::format("{} x {}, {}", chip.dram.channels, chip.dram.standard->name, core::to_text(chip.dram.peak()))},
          {"bytes_per_s", chip.dram.peak().count()}}},
        {"dma",
         fmt::format("{} x {} requests of {}", chip.dma.engines, chip.dma.outstanding, core::to_text(chip.dma.burst))},
        {"network", network_text(chip)},
        {"buffers", buffers_json(chip)},
        {"engines", engines_json(chip)},
        {"parts", std::move(parts)}};
}

}  // namespace dyad::codesign
