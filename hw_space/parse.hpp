// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "core/value.hpp"
#include "hw_space/accelerator.hpp"

namespace dyad::hw_space {

/// The parts of an accelerator file; each records its errors in the value it reads.
struct Memories {
    Dram dram;
    std::vector<Buffer> buffers;
};
[[nodiscard]] Memories parse_memories(const core::Value& list);
[[nodiscard]] std::vector<Buffer> parse_buffers(const core::Value& list);
[[nodiscard]] Dma parse_dma(const core::Value& value);
[[nodiscard]] Network parse_network(const core::Value& value);
/// Reads the buffers and engines of each core into `chip`, whose shared buffers are there already.
void parse_cores(const core::Value& value, Accelerator& chip);
/// `compression` of a memory: a scheme, or `{scheme: rlc, tensors: [inputs, outputs]}`.
[[nodiscard]] Compression parse_compression(core::Object& object);
/// `gating` of multipliers: `true` for both operands, or a list of them.
[[nodiscard]] Gating parse_gating(core::Object& object);
[[nodiscard]] std::vector<Engine> parse_engines(const core::Value& list);
/// An engine of one kind ("pe_array", "custom_unit", ...). Records the known kinds for any other and returns nothing.
[[nodiscard]] std::optional<Engine> parse_engine(const std::string& kind, const core::Value& body,
                                                 const core::Value& item);
[[nodiscard]] Engine parse_custom_unit(const core::Value& value);
/// Body of an engine that names a unit file by `use`: that file's engine with the body's other keys laid over it.
[[nodiscard]] std::optional<Engine> parse_used_unit(const core::Value& body);
[[nodiscard]] core::Precision parse_precision(const core::Value& value);
/// int32 sums for integers, fp32 for floating point, unless the file says otherwise.
[[nodiscard]] core::Precision parse_accumulate(core::Object& object, core::Precision operands);
/// Ascending sizes; empty when the key is not there.
[[nodiscard]] std::vector<std::uint64_t> parse_sizes(core::Object& object, const std::string& key, std::int64_t max);
[[nodiscard]] core::Cycles parse_launch(core::Object& object, const std::string& key = "launch");

/// Memories and engine of a chip whose hierarchy is given: the outermost level is its DRAM, other levels of one
/// instance its buffers, what every multiplier has of its own its registers.
void build_from(const ExplicitHierarchy& hierarchy, Accelerator& chip);

/// A name for an engine or memory: letters, digits, `_`, `-` and `.`.
[[nodiscard]] std::string parse_name(core::Object& object, const std::string& fallback);

/// A whole number; `fallback` when the key is not there.
[[nodiscard]] std::uint64_t optional_count(core::Object& object, const std::string& key, std::uint64_t fallback,
                                           std::int64_t min, std::int64_t max);
[[nodiscard]] std::uint64_t required_count(core::Object& object, const std::string& key, std::int64_t min,
                                           std::int64_t max);

/// The quantity of `key`; `fallback` when the key is not there.
template <class Q>
[[nodiscard]] Q optional_quantity(core::Object& object, const std::string& key, Q fallback, Q min, Q max) {
    const auto value = object.find(key);
    return value ? value->quantity(min, max) : fallback;
}
template <class Q>
[[nodiscard]] Q required_quantity(core::Object& object, const std::string& key, Q min, Q max) {
    return object.require(key, std::string(core::expected_quantity<Q>())).quantity(min, max);
}

}  // namespace dyad::hw_space
