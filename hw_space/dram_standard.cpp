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

/// The rows of one section: each a value with its source.
class Rows {
public:
    Rows(core::Object& standard, const char* section, const char* what, DramStandard& dram)
        : rows_(standard.require(section, what).map()), dram_(dram) {}

    template <class Q>
    Q quantity(const char* key, Q min, Q max, const char* unit) {
        auto row = rows_.require(key, "a value and its source").map();
        const auto value = row.require("value", std::string(core::expected_quantity<Q>())).quantity(min, max);
        keep(key, static_cast<double>(value.count()), unit, row);
        return value;
    }
    unsigned count(const char* key, std::int64_t max) {
        auto row = rows_.require(key, "a value and its source").map();
        const auto value = row.require("value", "a whole number").integer(1, max);
        keep(key, static_cast<double>(value), "", row);
        return static_cast<unsigned>(value);
    }
    core::Seconds time(const char* key) { return quantity(key, Seconds(0), Seconds(1e-3), "s"); }
    void fail(const std::string& message) { rows_.fail(message); }

private:
    void keep(const char* key, double value, const char* unit, core::Object& row) {
        dram_.constants.push_back({dram_.name + "." + key, value, unit, source_of(row)});
    }
    core::Object rows_;
    DramStandard& dram_;
};

void read_shape(core::Object& row, DramStandard& dram) {
    Rows rows(row, "shape", "bus, clock, burst_length, bank_groups, banks, row and capacity", dram);
    dram.bus_bits = rows.count("bus", 4096);
    dram.transfers_per_s = 2 * rows.quantity("clock", core::Hertz(1e6), core::Hertz(1e11), "Hz").count();
    dram.burst_length = rows.count("burst_length", 64);
    dram.bank_groups = rows.count("bank_groups", 16);
    dram.banks = rows.count("banks", 256);
    dram.row = rows.quantity("row", core::Bytes(64), core::Bytes(1 << 20), "B");
    dram.capacity = rows.quantity("capacity", core::Bytes(1 << 20), core::Bytes(std::uint64_t{1} << 40), "B");
    const auto burst = dram.burst().count();
    if (burst == 0 || dram.row.count() % burst != 0) return rows.fail("a row must hold whole bursts");
    if (dram.capacity.count() % (dram.row.count() * dram.banks * dram.bank_groups) != 0)
        rows.fail("the capacity must be whole rows of all banks");
}

void read_timing(core::Object& row, DramStandard& dram) {
    Rows rows(row, "timing", "one row a constraint", dram);
    dram.cas = rows.time("tCL");
    dram.cwl = rows.time("tCWL");
    dram.rcd = rows.time("tRCD");
    dram.precharge = rows.time("tRP");
    dram.ras = rows.time("tRAS");
    dram.ccd_s = rows.time("tCCD_S");
    dram.ccd_l = rows.time("tCCD_L");
    dram.rrd_s = rows.time("tRRD_S");
    dram.rrd_l = rows.time("tRRD_L");
    dram.faw = rows.time("tFAW");
    dram.write_recovery = rows.time("tWR");
    dram.read_to_precharge = rows.time("tRTP");
    dram.wtr_s = rows.time("tWTR_S");
    dram.wtr_l = rows.time("tWTR_L");
    dram.read_to_write = rows.time("tRTW");
    dram.rank_switch = rows.time("tRTRS");
    dram.refresh_interval = rows.time("tREFI");
    dram.refresh_time = rows.time("tRFC");
    if (dram.ccd_l < dram.ccd_s || dram.rrd_l < dram.rrd_s || dram.wtr_l < dram.wtr_s)
        rows.fail("a time within a bank group (_L) must not be shorter than between two (_S)");
}

void read_energy(core::Object& row, DramStandard& dram) {
    Rows rows(row, "energy", "one row a figure", dram);
    const auto joules = [&rows](const char* key, double most) {
        return rows.quantity(key, core::Joules(0), core::Joules(most), "J");
    };
    dram.read_bit = joules("read", 1e-6);
    dram.write_bit = joules("write", 1e-6);
    dram.energy_per_activate = joules("activate", 1e-3);
    dram.energy_per_refresh = joules("refresh", 1e-3);
    dram.background = rows.quantity("standby", core::Watts(0), core::Watts(100), "W");
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
