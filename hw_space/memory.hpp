// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "core/quantity.hpp"
#include "hw_space/technology.hpp"

namespace dyad::hw_space {

/// Which tensors a memory keeps; the others pass it by.
struct Keeps {
    bool weights = true, inputs = true, outputs = true;
    friend bool operator==(const Keeps&, const Keeps&) = default;
};

/// How a memory keeps tensors that are mostly zeros (models/compression.hpp has what each takes).
enum class Scheme : std::uint8_t { none, bitmap, rlc };
struct Compression {
    Scheme scheme = Scheme::none;
    Keeps tensors;  ///< those that are compressed
    friend bool operator==(const Compression&, const Compression&) = default;
};

/// What a part of a DRAM address selects; spelled as in YAML.
enum class DramField : std::uint8_t { row, rank, bank_group, bank, column, channel };
/// All of them, most significant first.
using DramMapping = std::array<DramField, 6>;
/// Sequential bytes change the channel after a request of the DMA, then the bank group after a burst (so that tCCD_S
/// paces them), then the column; a page that is done is followed by one in the next bank, open by then.
inline constexpr DramMapping default_dram_mapping{DramField::row,    DramField::rank,       DramField::bank,
                                                  DramField::column, DramField::bank_group, DramField::channel};

/// Off-chip memory, always the outermost level.
struct Dram {
    std::string name = "dram";
    std::shared_ptr<const DramStandard> standard;
    unsigned channels = 1;
    unsigned ranks = 1;  ///< of each channel, on the same data bus
    bool refresh = true;
    core::BytesPerSecond link;  ///< of the chip's port to it where that is narrower than the channels; 0 = it is not
    Compression compression{};  ///< of what crosses to and from it
    DramMapping mapping = default_dram_mapping;
    [[nodiscard]] core::BytesPerSecond peak() const;
    [[nodiscard]] core::Bytes capacity() const;
    /// How many values a field has (row: of one bank; column: bursts of one row).
    [[nodiscard]] std::uint64_t count(DramField field) const;
    /// Banks of one channel over which sequential bursts rotate: the product of the fields below `column`.
    [[nodiscard]] std::uint64_t interleaved_banks() const;
    /// Time of one burst of a sequential stream: the burst on the bus, or what tCCD and tRTRS ask for.
    [[nodiscard]] core::Seconds burst_pace() const;
};

/// Where consecutive bytes of a buffer lie; spelled as in YAML. `word`: in the next bank, so that every access uses all
/// banks. `block`: in the same bank until it is full, so that a tile has the bandwidth of the banks that it lies in and
/// disturbs only who uses the same ones.
enum class Interleave : std::uint8_t { word, block };

/// An on-chip memory shared by the engines.
struct Buffer {
    std::string name;
    core::Bytes size;
    unsigned banks = 1;
    unsigned ports = 1;  ///< accesses a bank serves in one cycle (each a read or a write)
    core::Bytes width;   ///< of one access to one bank
    Interleave interleave = Interleave::word;
    Keeps keeps;
    bool double_buffered = true;  ///< half of it is filled while the other half is used
    Compression compression{};    ///< of what is read and written; space is kept for the worst case
    /// Bytes the whole buffer moves in one cycle.
    [[nodiscard]] core::Bytes per_cycle() const { return core::Bytes(width.count() * banks * ports); }
};

}  // namespace dyad::hw_space
