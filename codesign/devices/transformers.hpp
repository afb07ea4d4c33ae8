// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "models/device/profile.hpp"

namespace dyad::codesign {

/// Whether the table has an encoder-decoder transformer a row (HAT; Wang et al., ACL 2020).
[[nodiscard]] bool is_transformer_table(const models::CsvTable& table);

/// Kernels of one translation: the encoder over a sentence of 30 tokens, then 30 steps of the decoder, each followed by
/// the projection onto the vocabulary; attention is 512 wide throughout (section 4.1 there). Throws core::Error for a
/// row that is none.
[[nodiscard]] models::WorkList transformer_works(const models::CsvTable& table, std::size_t row);

}  // namespace dyad::codesign
