// SPDX-License-Identifier: Apache-2.0
#include "models/device/trees.hpp"

#include <fmt/format.h>
#include <xgboost/c_api.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/error.hpp"

namespace dyad::models {
namespace {

constexpr int rounds = 350, deepest = 12;

void check(int code) {
    if (code != 0) throw std::logic_error(std::string("XGBoost: ") + XGBGetLastError());
}

struct FreeMatrix {
    void operator()(void* handle) const { (void)XGDMatrixFree(handle); }
};
struct FreeBooster {
    void operator()(void* handle) const { (void)XGBoosterFree(handle); }
};
using Matrix = std::unique_ptr<void, FreeMatrix>;
using Booster = std::unique_ptr<void, FreeBooster>;

Matrix make_matrix(const std::vector<std::vector<float>>& rows) {
    std::vector<float> flat;
    for (const auto& row : rows) flat.insert(flat.end(), row.begin(), row.end());
    DMatrixHandle handle = nullptr;
    check(XGDMatrixCreateFromMat(flat.data(), rows.size(), rows.front().size(), NAN, &handle));
    return Matrix(handle);
}

Booster make_booster(const Matrix& matrix) {
    const DMatrixHandle known[] = {matrix.get()};
    BoosterHandle handle = nullptr;
    check(XGBoosterCreate(known, 1, &handle));
    Booster booster(handle);
    constexpr const char* settings[][2] = {
        {"nthread", "1"}, {"tree_method", "hist"},    {"max_depth", "6"},
        {"eta", "0.05"},  {"subsample", "0.7"},       {"colsample_bytree", "0.3"},
        {"lambda", "10"}, {"min_child_weight", "30"}, {"base_score", "0"},
        {"seed", "1"},    {"verbosity", "0"},         {"objective", "reg:squarederror"}};
    for (const auto& [key, value] : settings) check(XGBoosterSetParam(booster.get(), key, value));
    return booster;
}

/// One round against the gradient of sqrt(u^2 + 0.05^2), u = exp(p - t) - 1; its curvature near u = 0 as the weight.
void boost(const Booster& booster, const Matrix& matrix, const std::vector<double>& targets) {
    constexpr double smooth = 0.05;
    bst_ulong size = 0;
    const float* now = nullptr;
    check(XGBoosterPredict(booster.get(), matrix.get(), 1, 0, 1, &size, &now));
    std::vector<float> gradient(targets.size()), weight(targets.size());
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const double ratio = std::exp(std::clamp(static_cast<double>(now[i]) - targets[i], -3., 3.)), u = ratio - 1;
        const double r = std::sqrt(u * u + smooth * smooth);
        gradient[i] = static_cast<float>(u / r * ratio);
        weight[i] = static_cast<float>(std::max(ratio * ratio / r, 0.05));
    }
    check(XGBoosterBoostOneIter(booster.get(), matrix.get(), gradient.data(), weight.data(), targets.size()));
}

std::vector<std::string> dump(const Booster& booster) {
    bst_ulong count = 0;
    const char** texts = nullptr;
    check(XGBoosterDumpModelEx(booster.get(), "", 0, "json", &count, &texts));
    return {texts, texts + count};
}

void append(const nlohmann::json& node, std::string& out) {
    const bool leaf = node.contains("leaf");
    const auto value = node.at(leaf ? "leaf" : "split_condition").get<float>();
    out += leaf ? '\xff' : static_cast<char>(std::stoi(node.at("split").get<std::string>().substr(1)));
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(bits >> shift & 0xff);
    if (leaf) return;
    const auto& children = node.at("children");
    const bool first_is_yes = children[0].at("nodeid") == node.at("yes");
    append(children[first_is_yes ? 0 : 1], out);
    append(children[first_is_yes ? 1 : 0], out);
}

}  // namespace

class TreeReader {
public:
    TreeReader(std::string_view bytes, const std::string& file) : bytes_(bytes), file_(file) {}

    Trees read() {
        if (bytes_.empty() || bytes_.size() % 5 != 1) refuse();
        trees_.features_ = static_cast<std::uint8_t>(bytes_[0]);
        at_ = 1;
        while (at_ < bytes_.size()) {
            const auto root = static_cast<std::uint32_t>(trees_.nodes_.size());
            trees_.roots_.push_back({root, node(0)});
        }
        return std::move(trees_);
    }

private:
    [[noreturn]] void refuse() const { throw core::Error(fmt::format("{}: these are no trees of a device", file_)); }
    float number() {
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 4; ++i)
            bits |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes_[at_ + i])) << (8 * i);
        at_ += 4;
        const auto value = std::bit_cast<float>(bits);
        if (!std::isfinite(value)) refuse();
        return value;
    }
    /// Depth of the tree below.
    int node(int depth) {
        if (at_ + 5 > bytes_.size() || depth > deepest) refuse();
        const auto feature = static_cast<std::uint8_t>(bytes_[at_++]);
        const auto index = trees_.nodes_.size();
        trees_.nodes_.emplace_back();
        if (feature == Trees::leaf) {
            trees_.nodes_[index].number = number();
            return 0;
        }
        if (feature >= trees_.features_) refuse();
        trees_.nodes_[index] = {number(), feature, {0, 1}};
        const int left = this->node(depth + 1);
        trees_.nodes_[index].steps[0] = static_cast<std::uint16_t>(trees_.nodes_.size() - index);
        return 1 + std::max(left, this->node(depth + 1));
    }

    std::string_view bytes_;
    const std::string& file_;
    std::size_t at_ = 0;
    Trees trees_;
};

Trees Trees::fit(const std::vector<std::vector<float>>& rows, const std::vector<double>& targets) {
    if (rows.empty() || rows.front().size() >= leaf)
        throw std::logic_error("trees need rows of fewer than 255 features");
    const auto matrix = make_matrix(rows);
    const auto booster = make_booster(matrix);
    for (int round = 0; round < rounds; ++round) boost(booster, matrix, targets);
    std::string text(1, static_cast<char>(rows.front().size()));
    for (const auto& tree : dump(booster)) append(nlohmann::json::parse(tree), text);
    return read(text, "boosted trees");
}

double Trees::predict(std::span<const float> features) const {
    if (features.size() != features_) throw std::logic_error("trees are asked with other features than they learned");
    double sum = 0;
    constexpr std::size_t together = 10;  // walks that do not wait for one another
    for (std::size_t first = 0; first < roots_.size(); first += together) {
        const auto count = std::min(together, roots_.size() - first);
        std::array<const Node*, together> at{};
        int depth = 0;
        for (std::size_t i = 0; i < together; ++i) {
            const auto& root = roots_[first + std::min(i, count - 1)];
            at[i] = &nodes_[root.node];
            depth = std::max(depth, root.depth);
        }
        for (; depth > 0; --depth)
            for (auto& node : at) node += node->steps[features[node->feature] < node->number ? 1 : 0];  // no branch
        for (std::size_t i = 0; i < count; ++i) sum += static_cast<double>(at[i]->number);
    }
    return sum;
}

std::string Trees::bytes() const {
    std::string text(1, static_cast<char>(features_));
    for (const auto& node : nodes_) {
        text += static_cast<char>(node.is_leaf() ? leaf : node.feature);
        const auto bits = std::bit_cast<std::uint32_t>(node.number);
        for (int shift = 0; shift < 32; shift += 8) text += static_cast<char>(bits >> shift & 0xff);
    }
    return text;
}

Trees Trees::read(std::string_view bytes, const std::string& file) { return TreeReader(bytes, file).read(); }

}  // namespace dyad::models
