// SPDX-License-Identifier: Apache-2.0
#include "codesign/devices/transformers.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace dyad::codesign {
namespace {

using models::CsvTable;
using models::Work;
using models::WorkClass;

constexpr std::uint64_t tokens = 30, attention = 512;

/// Averages over the layers, as the table has them.
double number(const CsvTable& table, std::size_t row, const std::string& column, double most) {
    const auto& cell = table.rows[row][table.column(column)];
    double value = 0;
    const auto [end, code] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (code != std::errc() || end != cell.data() + cell.size() || !(value >= 1 && value <= most))
        throw core::Error(fmt::format("{}:{}: {}: expected a number from 1 to {}, got '{}'", table.file,
                                      table.lines[row], column, most, core::shortened(cell)));
    return value;
}

/// Joint byte-pair vocabularies (HAT, section 4.1).
std::uint64_t vocabulary(const std::string& task) {
    if (task.starts_with("iwslt")) return 10'000;
    if (task == "wmt14enfr") return 40'000;
    return task == "wmt19ende" ? 49'600 : 32'768;
}

/// Kernels of transformer layers, collected.
class Layers {
public:
    void linear(std::uint64_t m, std::uint64_t in, std::uint64_t out, double count) {
        list_.push_back({models::product_work(WorkClass::linear, 1, m, out, in), count});
    }
    void vector(WorkClass kind, std::uint64_t rows, std::uint64_t width, std::uint64_t tensors, double count) {
        list_.push_back({models::vector_work(kind, rows, width, tensors), count});
    }
    /// `m` queries on `keys` keys, projections of the queries and of the result included.
    void attend(std::uint64_t m, std::uint64_t width, std::uint64_t keys, std::uint64_t heads, double count) {
        linear(m, width, attention, count);
        linear(m, attention, width, count);
        const auto part = attention / heads;
        list_.push_back({models::product_work(WorkClass::matmul, heads, m, keys, part), count});
        list_.push_back({models::product_work(WorkClass::matmul, heads, m, part, keys), count});
        vector(WorkClass::softmax, heads * m, keys, 1, count);
        finish(m, width, count);
    }
    void feed_forward(std::uint64_t m, std::uint64_t width, std::uint64_t middle, double count) {
        linear(m, width, middle, count);
        linear(m, middle, width, count);
        vector(WorkClass::elementwise, m, middle, 1, count);
        finish(m, width, count);
    }
    [[nodiscard]] models::WorkList take() { return std::move(list_); }

private:
    /// Residual and layer normalisation.
    void finish(std::uint64_t m, std::uint64_t width, double count) {
        vector(WorkClass::elementwise, m, width, 2, count);
        vector(WorkClass::normalisation, m, width, 1, count);
    }
    models::WorkList list_;
};

std::uint64_t whole(double value) { return static_cast<std::uint64_t>(std::llround(value)); }

}  // namespace

bool is_transformer_table(const CsvTable& table) {
    return table.has("task") && table.has("device") && table.has("encoder_embed_dim") &&
           table.has("decoder_arbitrary_ende_attn_avg") && table.has("latency_total_ms");
}

models::WorkList transformer_works(const CsvTable& table, std::size_t row) {
    const auto get = [&](const std::string& column, double most) { return number(table, row, column, most); };
    Layers layers;
    const auto width = whole(get("encoder_embed_dim", 1e5));
    const double encoders = get("encoder_layer_num", 1e3), decoders = get("decoder_layer_num", 1e3);
    layers.linear(tokens, width, attention, 2 * encoders);  // keys and values
    layers.attend(tokens, width, tokens, whole(get("encoder_self_attention_heads_avg", attention)), encoders);
    layers.feed_forward(tokens, width, whole(get("encoder_ffn_embed_dim_avg", 1e6)), encoders);
    // the decoder's layers see the last one to three of the encoder's, whose keys and values are made once
    const auto seen = whole(static_cast<double>(tokens) * get("decoder_arbitrary_ende_attn_avg", 1e2));
    const auto out = whole(get("decoder_embed_dim", 1e5));
    layers.linear(seen, width, attention, 2 * decoders);
    const double steps = static_cast<double>(tokens);
    layers.linear(1, out, attention, 2 * decoders * steps);
    layers.attend(1, out, tokens / 2, whole(get("decoder_self_attention_heads_avg", attention)), decoders * steps);
    layers.attend(1, out, seen, whole(get("decoder_ende_attention_heads_avg", attention)), decoders * steps);
    layers.feed_forward(1, out, whole(get("decoder_ffn_embed_dim_avg", 1e6)), decoders * steps);
    layers.linear(1, out, vocabulary(table.rows[row][table.column("task")]), steps);
    return layers.take();
}

}  // namespace dyad::codesign
