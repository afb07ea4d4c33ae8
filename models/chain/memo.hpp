// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "models/analytic/dram_stream.hpp"
#include "models/chain/builder.hpp"
#include "models/mapper/remembered.hpp"
#include "models/schedule/estimate.hpp"

namespace dyad::models::chain {

/// What is known of chains from kernels, candidates and generations before. Results do not depend on what it holds.
struct Memo {
    explicit Memo(std::size_t most) : kinds(most), spaces(most), plans(most / 4), estimates(most), surroundings(most) {}
    /// A number that no other key of kinds or surroundings has.
    [[nodiscard]] std::uint64_t number(mapper::Remembered<std::uint64_t>& known, mapper::Key key) {
        return known.get(std::move(key), [this] { return ++last_number_; });
    }
    mapper::Remembered<std::uint64_t> kinds;  ///< of members: kernel, engine and memories (Slices::kind)
    mapper::Remembered<Space> spaces;         ///< by kinds and shape
    mapper::Remembered<std::shared_ptr<const KernelPlan>> plans;  ///< by kinds and shape
    mapper::Remembered<Estimate> estimates;                       ///< by kinds, shape, surroundings and homes
    mapper::Remembered<std::uint64_t> surroundings;  ///< of a chip: all that estimates read and kinds do not say

private:
    std::uint64_t last_number_ = 0;
};

}  // namespace dyad::models::chain
