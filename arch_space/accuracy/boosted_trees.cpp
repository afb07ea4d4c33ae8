// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <charconv>

#include "arch_space/accuracy/predictors.hpp"
#include "core/error.hpp"
#include "models/device/trees.hpp"

namespace dyad::arch_space {
namespace {

constexpr std::size_t most_columns = 254, line_bytes = 1000;
/// models::Trees wants logarithms: small ones, whose exponential is nearly linear.
constexpr double small = 0.25;

std::vector<float> features(const Row& x) {
    std::vector<float> row;
    for (std::size_t i = 0; i < x.size() && i < most_columns; ++i) row.push_back(static_cast<float>(x[i]));
    return row;
}

class TreePredictor final : public Predictor {
public:
    explicit TreePredictor(models::Trees trees) : trees_(std::move(trees)) {}
    [[nodiscard]] Score predict(const Row& x) const override { return {trees_.predict(features(x)) / small, 0.3}; }
    [[nodiscard]] std::vector<std::string> lines() const override {
        std::vector<std::string> lines;
        const auto bytes = trees_.bytes();
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            if (i % line_bytes == 0) lines.emplace_back();
            lines.back() += fmt::format("{:02x}", static_cast<unsigned char>(bytes[i]));
        }
        return lines;
    }

private:
    models::Trees trees_;
};

}  // namespace

std::unique_ptr<Predictor> fit_trees(const Columns&, const Examples& examples) {
    std::vector<std::vector<float>> rows;
    std::vector<double> targets;
    for (std::size_t i = 0; i < examples.x.size(); ++i) {
        rows.push_back(features(examples.x[i]));
        targets.push_back(small * examples.y[i]);
    }
    return std::make_unique<TreePredictor>(models::Trees::fit(rows, targets));
}

std::unique_ptr<Predictor> read_trees(const Columns& columns, const std::vector<std::string>& lines) {
    std::string bytes;
    for (const auto& line : lines)
        for (std::size_t i = 0; i < line.size(); i += 2) {
            unsigned value = 0;
            const char* const end = line.data() + std::min(line.size(), i + 2);
            if (std::from_chars(line.data() + i, end, value, 16).ptr != end) return nullptr;
            bytes += static_cast<char>(value);
        }
    try {
        auto trees = models::Trees::read(bytes, "");
        if (trees.features() != std::min(most_columns, columns.all().size())) return nullptr;
        return std::make_unique<TreePredictor>(std::move(trees));
    } catch (const core::Error&) {
        return nullptr;
    }
}

}  // namespace dyad::arch_space
