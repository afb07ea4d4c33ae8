// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "models/chain/geometry.hpp"
#include "models/mapper.hpp"

namespace dyad::models::chain {

/// A kernel as a member of a chain, on the engine that runs it.
struct Member {
    std::size_t node = 0, engine = 0;
    const Kernel* kernel = nullptr;
    AxisShape rows, cols;
    std::uint64_t images = 1;  ///< each cut into tiles of its own; the rows of a matrix product are one
    core::Words output_words;  ///< of all images
    [[nodiscard]] std::uint64_t outputs_per_channel() const { return images * rows.size * cols.size; }
    /// Bytes of so many rows and columns of one image's outputs, all channels.
    [[nodiscard]] core::Bytes bytes(std::uint64_t row_count, std::uint64_t col_count) const;
};

/// `node` as the first member of a chain; nothing for kernels that cannot be cut into rows.
[[nodiscard]] std::optional<Member> first_member(const Dataflow& dataflow, std::size_t node, std::size_t engine);
/// `node` as the one after `before`; nothing when it does not read its rows one after another.
[[nodiscard]] std::optional<Member> next_member(const Dataflow& dataflow, const Member& before, std::size_t node,
                                                std::size_t engine);

/// What a member does for one tile of the chain: `rows` x `cols` outputs of one image.
struct Slice {
    std::shared_ptr<const KernelPlan> plan;  ///< null when its engine cannot
    std::vector<TileRun> runs;
    TileTotals totals;
};

/// Slices already mapped. The residence buffer is no limit to them: the chain says what fits into it.
class Slices {
public:
    Slices(const hw_space::Accelerator& accelerator, const MapOptions& options, const EnergyTable& energy,
           MapperMemo& memo);
    [[nodiscard]] const Slice& get(const Member& member, std::uint64_t rows, std::uint64_t cols);
    /// Equal for members whose parts map alike: same work of the same sizes on the same engine and memories. The place
    /// in the network and the size of the residence buffer do not count.
    [[nodiscard]] std::uint64_t kind(const Member& member);
    [[nodiscard]] const hw_space::Accelerator& chip() const { return chip_; }
    [[nodiscard]] const EnergyTable& energy() const { return energy_; }

private:
    [[nodiscard]] std::vector<std::uint64_t> key(const Member& member) const;
    [[nodiscard]] Slice map(const Member& member, std::uint64_t rows, std::uint64_t cols) const;

    const hw_space::Accelerator& chip_;
    hw_space::Accelerator roomy_;
    const MapOptions& options_;
    const EnergyTable& energy_;
    MapperMemo& memo_;
    std::map<std::array<std::uint64_t, 3>, Slice> known_;  ///< by kind, rows and columns
    std::map<std::size_t, std::uint64_t> kind_of_;         ///< by node
};

}  // namespace dyad::models::chain
