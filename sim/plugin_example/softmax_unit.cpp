// SPDX-License-Identifier: Apache-2.0
#include "sim/plugin/dyad_plugin.hpp"

/// Softmax in three passes over rows of int8 words: the greatest word, the sum of exponentials, the quotients. Words
/// pass 32 at a time; between two passes the tree behind the lanes has to empty.
class SoftmaxUnit final : public dyad::plugin::Unit {
public:
    SoftmaxUnit(const sc_core::sc_module_name& name, double clock_hz) : Unit(name, clock_hz) { SC_THREAD(run); }
    SC_HAS_PROCESS(SoftmaxUnit);
    void start(const dyad::plugin::Tile& tile) override {
        words_ = tile.write_bytes;
        started_.notify(sc_core::SC_ZERO_TIME);
    }

private:
    static constexpr double lanes = 32, tree = 6, passes = 3;
    void run() {
        while (true) {
            wait(started_);
            for (int pass = 0; pass < passes; ++pass) wait(cycles(static_cast<double>(words_) / lanes + tree));
            finish();
        }
    }

    std::uint64_t words_ = 0;
    sc_core::sc_event started_;
};

DYAD_PLUGIN(SoftmaxUnit);
