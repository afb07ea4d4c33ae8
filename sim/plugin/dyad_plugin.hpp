// SPDX-License-Identifier: Apache-2.0
#pragma once
// All that a unit of one's own needs: derive a module from dyad::plugin::Unit, write DYAD_PLUGIN(Module) once, build a
// shared library (CMake: target_link_libraries(... PRIVATE dyad::plugin)) and name it in the unit's file as `plugin:`.
#include <cstdint>
#include <systemc>

namespace dyad::plugin {

/// Of this header; a library that was built with another one is refused.
inline constexpr std::uint32_t interface_version = 1;

/// What the unit is to do. All operands are in the buffer.
struct Tile {
    const char* kernel = "";           ///< name of the kernel that the tile is of
    const char* op = "";               ///< its operator: conv, softmax, ...
    std::uint64_t read_bytes[3] = {};  ///< of weights, inputs and partial sums, from the buffer
    std::uint64_t write_bytes = 0;     ///< of outputs and partial sums, to the buffer
    std::uint64_t cycles_by_file = 0;  ///< what the unit's file estimates
};

/// A unit as a SystemC module. Tiles come one after another; how long one takes may depend on the tile alone.
class Unit : public sc_core::sc_module {
public:
    Unit(const sc_core::sc_module_name& name, double clock_hz) : sc_module(name), clock_hz_(clock_hz) {}
    /// Begins a tile: notify a process of the module's own, and return.
    virtual void start(const Tile& tile) = 0;

    // For the program that plays it:
    [[nodiscard]] bool is_finished() const { return finished_; }
    /// Whether finish() was told the cycles, and how many.
    [[nodiscard]] bool has_answered() const { return answered_; }
    [[nodiscard]] double answer() const { return cycles_; }
    void forget() { finished_ = false; }

protected:
    [[nodiscard]] double clock_hz() const { return clock_hz_; }
    [[nodiscard]] sc_core::sc_time cycles(double count) const { return {count / clock_hz_, sc_core::SC_SEC}; }
    /// The tile has ended: it took the simulated time since start().
    void finish() {
        finished_ = true;
        answered_ = false;
    }
    /// The tile has ended and took so many cycles.
    void finish(double cycle_count) {
        finished_ = answered_ = true;
        cycles_ = cycle_count;
    }

private:
    const double clock_hz_;
    bool finished_ = false, answered_ = false;
    double cycles_ = 0;
};

/// What a library shows of itself, in C so that any version can read the first two fields of any other.
struct Entry {
    std::uint32_t version;
    std::uint32_t systemc;  ///< 10000 major + 100 minor + patch
    Unit* (*create)(const char* name, double clock_hz);
};

inline constexpr std::uint32_t systemc_version = SC_VERSION_MAJOR * 10000 + SC_VERSION_MINOR * 100 + SC_VERSION_PATCH;

}  // namespace dyad::plugin

/// Makes the library's one entry point, for the module `Module(const sc_module_name&, double clock_hz)`.
#define DYAD_PLUGIN(Module)                                                                        \
    extern "C" __attribute__((visibility("default"))) const dyad::plugin::Entry dyad_plugin_entry; \
    const dyad::plugin::Entry dyad_plugin_entry = {                                                \
        dyad::plugin::interface_version, dyad::plugin::systemc_version,                            \
        [](const char* name, double clock_hz) -> dyad::plugin::Unit* { return new Module(name, clock_hz); }}
