// SPDX-License-Identifier: Apache-2.0
// A plug-in unit for tests: what it does with a tile is the name of the tile's kernel.
#include <csignal>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <string>

#include "sim/plugin/dyad_plugin.hpp"

namespace {

class TestUnit final : public dyad::plugin::Unit {
public:
    TestUnit(const sc_core::sc_module_name& name, double clock_hz) : Unit(name, clock_hz) { SC_THREAD(run); }
    SC_HAS_PROCESS(TestUnit);
    void start(const dyad::plugin::Tile& tile) override {
        kernel_ = tile.kernel;
        if (kernel_ == "throws at start") throw std::runtime_error("not today");
        if (kernel_ != "stalls") started_.notify(sc_core::SC_ZERO_TIME);
    }

private:
    void run() {
        while (true) {
            wait(started_);
            if (kernel_ == "exits") std::exit(0);
            if (kernel_ == "crashes") std::raise(SIGKILL);
            if (kernel_ == "fatal") SC_REPORT_FATAL("/u", "broken");
            if (kernel_ == "throws") throw std::runtime_error("out of order");
            while (kernel_ == "spins") wait(sc_core::SC_ZERO_TIME);
            while (kernel_ == "never ends") wait(sc_core::sc_time(1, sc_core::SC_SEC));
            wait(cycles(10));
            if (kernel_ == "negative")
                finish(-1);
            else if (kernel_ == "nan")
                finish(std::numeric_limits<double>::quiet_NaN());
            else
                finish();
        }
    }
    std::string kernel_;
    sc_core::sc_event started_;
};

}  // namespace

DYAD_PLUGIN(TestUnit);
