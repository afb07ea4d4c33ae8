// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <vector>

#include "models/mapper/options.hpp"
#include "models/mapper/problem.hpp"

namespace dyad::models::mapper {

struct WalkTotals;

/// A mapping of a nest: how each role is cut into tiles, and the role whose loops run innermost. Groups are outermost.
/// Of the other orders only the innermost role matters: the operand that it does not index stays where it is.
struct Candidate {
    ByRole<const RoleOption*> options{};
    Role inner = Role::pixels;
    [[nodiscard]] double tiles() const;
};

/// What a mapping costs when the kernel has the chip to itself and all operands come from DRAM.
struct Cost {
    /// Where buffers are double, loads and stores overlap with compute, but for the first load and the last store.
    double cycles = 0;
    double energy = 0;  ///< joules, dynamic
    [[nodiscard]] double value(Objective objective) const;
};

/// Costs mappings of one problem in closed form. Nothing in it falls when any field of any option rises, so that the
/// cost of ideal() options bounds that of all others.
class CostModel {
public:
    CostModel(const Problem& problem, const NestByRole& nest);
    [[nodiscard]] bool fits(const Candidate& candidate) const;
    [[nodiscard]] Cost operator()(const Candidate& candidate) const;

    /// Bytes that move, by Operand.
    struct Moved {
        std::array<double, 3> load{}, read{};  ///< from DRAM; from the innermost buffer by the engine
        double store = 0, write = 0;           ///< outputs to DRAM; by the engine to the innermost buffer
        double finished = 0;                   ///< of `store` and of `write`: outputs, not sums
    };
    [[nodiscard]] Moved moved(const Candidate& candidate) const;
    /// What tiles that have been walked through have moved, in whatever order of their loops.
    [[nodiscard]] Moved moved(const WalkTotals& walked) const;
    /// The cost of a candidate's tiles when so much moves.
    [[nodiscard]] Cost operator()(const Candidate& candidate, const Moved& moved) const;

private:
    /// Weighs what moves into one number: joules, or bytes that occupy a buffer or cross to DRAM.
    struct Weights {
        std::array<double, 3> load{}, read{};
        double store = 0, write = 0, finished = 0;
        [[nodiscard]] double of(const Moved& moved) const;
    };
    /// The bits that a buffer has for a tile, and those that a word of each operand takes in three cases: the window
    /// whole, passed several times, split among tiles.
    struct Room {
        double bits = 0;
        std::array<std::array<double, 3>, 3> word{};
    };
    [[nodiscard]] Weights energy_weights() const;
    [[nodiscard]] Weights occupancy_weights(std::size_t buffer) const;
    [[nodiscard]] Weights dram_weights() const;
    [[nodiscard]] double register_energy() const;
    [[nodiscard]] Room room(std::size_t buffer) const;
    [[nodiscard]] std::array<double, 3> tile_words(const Candidate& candidate) const;
    [[nodiscard]] double compute_cycles(double array_cycles, const Moved& moved) const;

    const Problem& problem_;
    std::array<double, 3> words_{};
    double input_reads_ = 0;  ///< words that one pass over all tiles reads, where it reads windows
    double fixed_energy_ = 0;
    std::array<double, 3> bytes_{};  ///< of a word
    double sum_bytes_ = 0;           ///< of a partial sum
    std::array<bool, 3> kept_{};     ///< by some buffer
    std::vector<Room> rooms_;        ///< by buffer
    Weights energy_, dram_;
    std::vector<Weights> occupancy_;
};

}  // namespace dyad::models::mapper
