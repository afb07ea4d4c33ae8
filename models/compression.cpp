// SPDX-License-Identifier: Apache-2.0
#include "models/compression.hpp"

#include <algorithm>
#include <cmath>

namespace dyad::models {
namespace {

constexpr unsigned longest_run = (1U << rlc_run_bits) - 1, pack_bits = 64;

/// A pair ends at each non-zero, and after 31 zeros with whatever word comes next: it spans (1 - z^32) / (1 - z) words
/// on average, z the fraction of zeros.
double run_lengths(unsigned word_bits, double density) {
    const unsigned pairs = std::max(1U, (pack_bits - 1) / (rlc_run_bits + word_bits));
    const double words = density > 0 ? (1 - std::pow(1 - density, longest_run + 1)) / density : longest_run + 1;
    return static_cast<double>(pack_bits) / pairs / words / word_bits;
}

}  // namespace

double stored_fraction(hw_space::Scheme scheme, unsigned word_bits, double density) {
    if (scheme == hw_space::Scheme::none) return 1;
    const bool bitmap = scheme == hw_space::Scheme::bitmap;
    return std::min(1.0, bitmap ? density + 1.0 / word_bits : run_lengths(word_bits, density));
}

std::array<double, 3> stored_fractions(const hw_space::Compression& compression, const Kernel& kernel) {
    const std::array bits{core::bits(kernel.weight_precision), core::bits(kernel.input_precision),
                          core::bits(kernel.output_precision)};
    const std::array compressed{compression.tensors.weights, compression.tensors.inputs, compression.tensors.outputs};
    std::array<double, 3> result{1, 1, 1};
    for (std::size_t at = 0; at < result.size(); ++at)
        if (compressed[at]) result[at] = stored_fraction(compression.scheme, bits[at], kernel.density[at]);
    return result;
}

core::Bytes stored_bytes(const hw_space::Compression& compression, const TensorInfo& tensor) {
    if (!compression.tensors.inputs) return tensor.bytes();
    const double fraction = stored_fraction(compression.scheme, core::bits(tensor.precision), tensor.density);
    return fraction < 1 ? core::Bytes(static_cast<std::uint64_t>(
                              std::ceil(static_cast<double>(tensor.bytes().count()) * fraction)))
                        : tensor.bytes();
}

hw_space::Gating gating(const hw_space::Engine& engine) {
    if (const auto* array = std::get_if<hw_space::PeArray>(&engine)) return array->gating;
    if (const auto* unit = std::get_if<hw_space::DepthwiseUnit>(&engine)) return unit->gating;
    return {};
}

Activity activity(const hw_space::Engine& engine, const Kernel& kernel) { return activity(gating(engine), kernel); }

Activity activity(const hw_space::Gating& gate, const Kernel& kernel) {
    const double weights = gate.weights ? kernel.density[0] : 1, inputs = gate.inputs ? kernel.density[1] : 1;
    return {weights * inputs, {inputs, weights, weights * inputs}};
}

}  // namespace dyad::models
