// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>

#include "hw_space/accelerator.hpp"
#include "models/dataflow.hpp"

namespace dyad::models {

/// Bits of the length of a run of zeros.
inline constexpr unsigned rlc_run_bits = 5;

/// Bits that a compressed tensor takes, metadata included, per bit of the plain one; at most 1, since a tensor that
/// would grow is left as it is. Zeros lie anywhere with equal chance. Partial sums are never compressed.
/// - bitmap: a bit for each word, and the non-zeros (Parashar et al., SCNN, ISCA 2017, and others).
/// - rlc: pairs of a run of up to 31 zeros in 5 bits and the word behind it, as many as fit into 64 bits with one bit
/// to
///   spare (Chen et al., Eyeriss, JSSC 2017, section V-A: three pairs of 16-bit words).
[[nodiscard]] double stored_fraction(hw_space::Scheme scheme, unsigned word_bits, double density);

/// The same of each operand of `kernel` in a memory with `compression` (finished outputs, not sums).
[[nodiscard]] std::array<double, 3> stored_fractions(const hw_space::Compression& compression, const Kernel& kernel);

/// Bytes of a whole activation that a kernel reads, in a memory with `compression`.
[[nodiscard]] core::Bytes stored_bytes(const hw_space::Compression& compression, const TensorInfo& tensor);

/// Which zeros switch the multiply-accumulates of an engine off.
[[nodiscard]] hw_space::Gating gating(const hw_space::Engine& engine);

/// Fraction of the multiply-accumulates of `kernel` that an engine does not switch off, and of the accesses of each
/// operand's storage in its elements. Zeros of the two operands are taken to be independent.
struct Activity {
    double macs = 1;
    std::array<double, 3> registers{1, 1, 1};
};
[[nodiscard]] Activity activity(const hw_space::Gating& gating, const Kernel& kernel);
[[nodiscard]] Activity activity(const hw_space::Engine& engine, const Kernel& kernel);

}  // namespace dyad::models
