// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

namespace dyad::sim {

/// Hears how steps get on.
class Listener {
public:
    virtual ~Listener() = default;
    /// `step` has asked for its last load: the next one in the order of issue may load ahead.
    virtual void loads_asked(std::size_t step) = 0;
    virtual void ended(std::size_t step) = 0;
    /// A member of a chain has ended a tile.
    virtual void chain_moved(std::size_t step) = 0;
};

}  // namespace dyad::sim
