// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <mutex>

#include "core/files.hpp"
#include "core/value.hpp"
#include "hw_space/table_reader.hpp"
#include "hw_space/technology.hpp"

namespace dyad::hw_space {
namespace {

using core::Seconds;

void read_timing(core::Object& row, DramStandard& dram) {
    auto section = row.require("timing", "the times of a bank").map();
    TableReader table(section, dram.name, source_of(row, "timing_source"), dram.constants);
    const auto time = [&table](const char* key) { return table.quantity(key, Seconds(0), Seconds(1e-3), "s"); };
    dram.cas = time("cas");
    dram.rcd = time("rcd");
    dram.precharge = time("precharge");
    dram.row_cycle = time("row_cycle");
    dram.refresh_interval = time("refresh_interval");
    dram.refresh_time = time("refresh_time");
    dram.read_to_write = time("read_to_write");
    dram.write_to_read = time("write_to_read");
}

void read_shape(core::Object& row, DramStandard& dram) {
    TableReader table(row, dram.name, source_of(row, "timing_source"), dram.constants);
    dram.bus_bits = static_cast<unsigned>(table.count("bus", 8, 4096));
    dram.transfers_per_s = 2 * table.quantity("clock", core::Hertz(1e6), core::Hertz(1e11), "Hz").count();
    dram.burst_length = static_cast<unsigned>(table.count("burst_length", 1, 64));
    dram.banks = static_cast<unsigned>(table.count("banks", 1, 256));
    dram.row = table.quantity("row", core::Bytes(64), core::Bytes(1 << 20), "B");
    const auto burst = dram.burst().count();
    if (burst == 0 || dram.row.count() % burst != 0) row.fail("a row must hold whole bursts");
}

void read_energy(core::Object& row, DramStandard& dram) {
    TableReader table(row, dram.name, source_of(row, "energy_source"), dram.constants);
    dram.energy_per_bit = table.quantity("energy_per_bit", core::Joules(0), core::Joules(1e-6), "J");
    dram.energy_per_activate = table.quantity("activate", core::Joules(0), core::Joules(1e-3), "J");
    dram.background = table.quantity("background", core::Watts(0), core::Watts(100), "W");
}

DramStandard read_standard(const std::string& name, const core::Value& value) {
    DramStandard dram;
    dram.name = name;
    auto row = value.map();
    read_shape(row, dram);
    read_timing(row, dram);
    read_energy(row, dram);
    return dram;
}

const std::vector<std::shared_ptr<const DramStandard>>& shipped_standards() {
    static const auto all = [] {
        std::vector<std::shared_ptr<const DramStandard>> rows;
        for (auto& row : read_dram_standards(*core::read_document(core::find_config("dram", "technology"))))
            rows.push_back(std::make_shared<const DramStandard>(std::move(row)));
        return rows;
    }();
    return all;
}

}  // namespace

std::vector<DramStandard> read_dram_standards(const core::Document& document) {
    core::Errors errors;
    std::vector<DramStandard> rows;
    {
        auto file = core::Value(document, nullptr, errors).map();
        auto standards = file.require("standards", "a map of DRAM standards").map();
        for (const auto& [name, value] : standards.entries()) rows.push_back(read_standard(name, value));
    }
    errors.throw_if_any();
    return rows;
}

std::vector<std::string> dram_standard_names() {
    std::vector<std::string> names;
    for (const auto& row : shipped_standards()) names.push_back(row->name);
    return names;
}

std::shared_ptr<const DramStandard> dram_standard(const std::string& name) {
    for (const auto& row : shipped_standards())
        if (row->name == name) return row;
    const auto names = dram_standard_names();
    throw core::Error(fmt::format("unknown DRAM standard '{}'{} (known: {})", core::shortened(name),
                                  core::did_you_mean(name, names), fmt::join(names, ", ")));
}

}  // namespace dyad::hw_space
