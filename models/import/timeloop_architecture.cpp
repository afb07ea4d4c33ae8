// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "models/import/timeloop_reader.hpp"

namespace dyad::models::timeloop {

namespace {

using core::Joules;

enum class Kind { dram, storage, multiplier, wires, unknown };

/// What a class of the tool is; the first word that its name contains decides.
constexpr std::array<std::pair<const char*, Kind>, 22> kinds{
    {{"dram", Kind::dram},          {"network", Kind::wires},   {"noc", Kind::wires},          {"tree", Kind::wires},
     {"multicast", Kind::wires},    {"wire", Kind::wires},      {"adder", Kind::wires},        {"address", Kind::wires},
     {"crossbar", Kind::wires},     {"bus", Kind::wires},       {"dummy", Kind::wires},        {"legacy", Kind::wires},
     {"mac", Kind::multiplier},     {"mult", Kind::multiplier}, {"compute", Kind::multiplier}, {"sram", Kind::storage},
     {"reg", Kind::storage},        {"storage", Kind::storage}, {"buffer", Kind::storage},     {"spad", Kind::storage},
     {"scratchpad", Kind::storage}, {"cache", Kind::storage}}};

Kind kind_of(const std::string& name) {
    const auto text = lower(name);
    for (const auto& [word, kind] : kinds)
        if (text.find(word) != std::string::npos) return kind;
    return Kind::unknown;
}

/// Attributes of a component, its own before those of the nodes around it.
class Attributes {
public:
    explicit Attributes(std::vector<Foreign> inner_first) : maps_(std::move(inner_first)) {}
    [[nodiscard]] std::optional<Foreign> find(std::initializer_list<const char*> keys) const {
        for (const auto& map : maps_)
            if (auto found = map.find_any(keys)) return found;
        return std::nullopt;
    }
    [[nodiscard]] std::uint64_t count(std::initializer_list<const char*> keys, std::uint64_t otherwise) const {
        const auto found = find(keys);
        return found ? found->count(1) : otherwise;
    }
    [[nodiscard]] double number(std::initializer_list<const char*> keys) const {
        const auto found = find(keys);
        return found ? found->number() : 0;
    }
    [[nodiscard]] Attributes within(const std::optional<Foreign>& own) const {
        auto maps = maps_;
        if (own) maps.insert(maps.begin(), *own);
        return Attributes(std::move(maps));
    }

private:
    std::vector<Foreign> maps_;
};

/// Energy of a row of SRAM or registers of `kilobytes`, and of DRAM: the tables built into the tool.
Joules row_energy(double kilobytes, double width) {
    return Joules(1e-12 * (1 + 5 / 99.5 * (kilobytes - 0.5)) * width / 16);
}
Joules dram_energy(double bits) { return Joules(1e-12 * 200 * bits / 16); }
Joules multiply_energy(double bits) { return Joules(1e-12 * (bits / 16) * (bits / 16)); }

hw_space::MemoryLevel storage(const std::string& name, const Attributes& a, bool dram) {
    hw_space::MemoryLevel level;
    level.name = name;
    const auto word = a.count({"datawidth", "data_width", "word_bits"}, 16);
    level.word_bits = static_cast<unsigned>(std::min<std::uint64_t>(word, 1024));
    const auto block = a.count({"block_size", "n_words"}, std::max<std::uint64_t>(a.count({"width"}, word) / word, 1));
    const auto width = a.count({"width"}, word * block);
    const auto depth = a.find({"depth", "memory_depth", "entries"});
    const auto bytes = a.find({"sizekb"});
    const auto bits = depth ? static_cast<double>(depth->count(1)) * static_cast<double>(width)
                            : (bytes ? bytes->number() * 8192 : 0);
    if (!dram) level.capacity = core::Words(static_cast<std::uint64_t>(bits) / word);
    level.read_rate = a.number({"read_bandwidth"});
    level.write_rate = a.number({"write_bandwidth"});
    level.shared_rate = a.number({"shared_bandwidth", "bandwidth"});
    level.read_energy =
        dram ? dram_energy(static_cast<double>(word))
             : Joules(row_energy(bits / 8192, static_cast<double>(width)).count() / static_cast<double>(block));
    level.write_energy = level.read_energy;
    return level;
}

class Walker {
public:
    explicit Walker(Architecture& into) : into_(into) {}

    void node(const Foreign& value, const Attributes& around, std::uint64_t instances) {
        const auto named = value.find("name");
        if (named) instances *= read_name(*named).second;
        const auto own = value.find("attributes");
        remember_unread(own);
        const auto inside = around.within(own);
        if (const auto local = value.find("local"))
            for (const auto& item : local->items()) component(item, inside, instances);
        if (const auto subtree = value.find("subtree"))
            for (const auto& item : subtree->items()) {
                if (const auto name = item.find("name"); name && into_.name.empty() && depth_ > 0)
                    into_.name = read_name(*name).first;
                ++depth_;
                if (depth_ < 64) node(item, inside, instances);
                --depth_;
            }
    }
    [[nodiscard]] bool has_multiplier() const { return has_multiplier_; }

private:
    /// Attributes that storage() and place() look for.
    void remember_unread(const std::optional<Foreign>& attributes) {
        constexpr std::array read{"datawidth",      "data_width",      "word_bits",        "block_size", "n_words",
                                  "width",          "depth",           "memory_depth",     "entries",    "sizekb",
                                  "read_bandwidth", "write_bandwidth", "shared_bandwidth", "bandwidth",  "instances",
                                  "meshx",          "mesh_x"};
        if (!attributes) return;
        for (const auto& [name, value] : attributes->entries())
            if (std::ranges::none_of(read, [&](const char* key) { return spelt(name) == key; }))
                into_.unread.insert(name);
    }

    void component(const Foreign& value, const Attributes& around, std::uint64_t instances) {
        const auto named = value.find("name");
        const auto kind = value.find_any({"class", "subclass"});
        if (!named || !kind) return value.fail("expected a component with name and class");
        auto [name, copies] = read_name(*named);
        if (instances > (std::uint64_t{1} << 24) / copies) return named->fail("more than 2^24 instances");
        copies *= instances;
        const auto a = around.within(value.find("attributes"));
        copies = a.count({"instances"}, copies);
        const auto columns = a.count({"meshx", "mesh_x"}, copies);
        if (copies % columns != 0)
            value.fail(fmt::format("{} instances do not fill a mesh of {} columns", copies, columns));
        if (kind_of(kind->text()) != Kind::wires) remember_unread(value.find("attributes"));
        place(value, kind_of(kind->text()), name, copies, columns, a);
    }

    void place(const Foreign& value, Kind kind, const std::string& name, std::uint64_t copies, std::uint64_t columns,
               const Attributes& a) {
        if (kind == Kind::unknown) return value.fail("the class of '" + core::shortened(name) + "' is not known");
        if (kind == Kind::wires) return;
        auto& hierarchy = into_.hierarchy;
        if (kind == Kind::multiplier) {
            if (has_multiplier_) return value.fail("expected one class of multipliers");
            has_multiplier_ = true;
            hierarchy.multipliers = copies;
            hierarchy.multiplier_columns = columns;
            hierarchy.multiplier_bits = static_cast<unsigned>(a.count({"datawidth", "data_width", "word_bits"}, 16));
            hierarchy.multiply_energy = multiply_energy(hierarchy.multiplier_bits);
            return;
        }
        if (has_multiplier_) return value.fail("expected no memory inside the multiplier");
        auto level = storage(name, a, kind == Kind::dram);
        level.instances = copies;
        level.columns = columns;
        hierarchy.levels.push_back(std::move(level));
    }

    Architecture& into_;
    int depth_ = 0;
    bool has_multiplier_ = false;
};

}  // namespace

Architecture read_architecture(const Foreign& value) {
    Architecture all;
    Walker walker(all);
    walker.node(value, Attributes({}), 1);
    if (all.hierarchy.levels.empty()) value.fail("expected at least one memory (`local` under `subtree`)");
    if (!walker.has_multiplier()) value.fail("expected a multiplier (class intmac)");
    if (all.name.empty()) all.name = "imported";
    return all;
}

}  // namespace dyad::models::timeloop
