// SPDX-License-Identifier: Apache-2.0
#include "sim/journal.hpp"

#include <systemc>

namespace dyad::sim {

void Journal::fail(std::exception_ptr error) {
    if (!failure) failure = std::move(error);
    sc_core::sc_pause();
}

}  // namespace dyad::sim
