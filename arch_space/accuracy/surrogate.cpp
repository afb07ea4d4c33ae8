// SPDX-License-Identifier: Apache-2.0
#include "arch_space/accuracy/surrogate.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>

#include "arch_space/accuracy/fitted.hpp"
#include "arch_space/accuracy/ridge.hpp"
#include "arch_space/accuracy/table.hpp"
#include "core/document.hpp"
#include "core/statistics.hpp"

namespace dyad::arch_space {
namespace {

constexpr double confidence = 0.9;

double to_loss(double top1) { return std::log(-std::log(top1 / 100)); }
double to_top1(double loss) { return 100 * std::exp(-std::exp(loss)); }

Ridge::Row columns_of(const Features& f, double exponent) {
    return {std::pow(f.macs / 100e6, -exponent), f.shortcuts, f.refinement, f.large, f.dense};
}

/// What tells an extrapolation besides the columns' own distance.
std::array<double, 4> extents(const Features& f) {
    return {std::log(f.macs), std::log(std::max(1.0, f.parameters)), std::log(f.resolution),
            std::log(std::max(1.0, f.depth))};
}

using Subset = std::vector<std::size_t>;

/// The table in the form that is fitted.
struct Data {
    std::vector<Ridge::Row> x;
    std::vector<double> y;
    std::vector<std::string> family;
    Ridge::Row scale{};
    double ridge = 0;

    explicit Data(const AccuracyTable& table) : ridge(table.ridge) {
        for (const Published& row : table.rows) {
            x.push_back(columns_of(row.features, table.exponent));
            y.push_back(to_loss(row.top1));
            family.push_back(row.family);
        }
        for (std::size_t c = 0; c < Ridge::columns; ++c) scale[c] = deviation(c);
    }

    [[nodiscard]] double deviation(std::size_t column) const {
        double mean = 0, square = 0;
        for (const auto& row : x) mean += row[column] / static_cast<double>(x.size());
        for (const auto& row : x) square += (row[column] - mean) * (row[column] - mean);
        return std::max(1e-9, std::sqrt(square / static_cast<double>(x.size())));
    }

    [[nodiscard]] Subset where(const std::function<bool(std::size_t)>& keep) const {
        Subset rows;
        for (std::size_t i = 0; i < x.size(); ++i)
            if (keep(i)) rows.push_back(i);
        return rows;
    }

    /// A family weighs by the root of its rows, so that width and resolution sweeps do not drown single networks.
    [[nodiscard]] Ridge fit(const Subset& rows) const {
        std::map<std::string, double> sizes;
        for (const auto i : rows) sizes[family[i]] += 1;
        std::vector<Ridge::Row> xs;
        std::vector<double> ys, weights;
        double total = 0;
        for (const auto i : rows) {
            xs.push_back(x[i]);
            ys.push_back(y[i]);
            weights.push_back(1 / std::sqrt(sizes[family[i]]));
            total += weights.back();
        }
        for (double& weight : weights) weight *= static_cast<double>(rows.size()) / total;
        return {xs, ys, weights, scale, ridge};
    }
};

/// A row predicted by a fit that did not see it.
struct LeftOut {
    double residual = 0;  ///< of the loss
    double stretch = 1;   ///< by which its interval widens
    double predicted = 0;
};

double stretch(const Ridge& fit, const Ridge::Row& x) { return std::sqrt(1 + fit.leverage(x)); }

LeftOut leave_out(const Data& data, const Ridge& fit, std::size_t i) {
    const double predicted = fit.predict(data.x[i]);
    return {.residual = predicted - data.y[i], .stretch = stretch(fit, data.x[i]), .predicted = predicted};
}

std::vector<LeftOut> leave_one_out(const Data& data) {
    std::vector<LeftOut> all;
    for (std::size_t i = 0; i < data.x.size(); ++i)
        all.push_back(leave_out(data, data.fit(data.where([i](std::size_t j) { return j != i; })), i));
    return all;
}

std::vector<LeftOut> leave_family_out(const Data& data) {
    std::map<std::string, Ridge> fits;
    for (const auto& name : data.family)
        if (!fits.contains(name))
            fits.emplace(name, data.fit(data.where([&](std::size_t j) { return data.family[j] != name; })));
    std::vector<LeftOut> all;
    for (std::size_t i = 0; i < data.x.size(); ++i) all.push_back(leave_out(data, fits.at(data.family[i]), i));
    return all;
}

/// Weights under which each family counts alike.
std::vector<double> family_weights(const Data& data) {
    std::map<std::string, double> sizes;
    for (const auto& name : data.family) sizes[name] += 1;
    std::vector<double> weights;
    for (const auto& name : data.family) weights.push_back(1 / (sizes[name] * static_cast<double>(sizes.size())));
    return weights;
}

/// The least width that covers `confidence` of the families' weight.
double conformal_width(const std::vector<LeftOut>& rows, const std::vector<double>& weights) {
    std::vector<std::pair<double, double>> scores;
    for (std::size_t i = 0; i < rows.size(); ++i)
        scores.emplace_back(std::abs(rows[i].residual) / rows[i].stretch, weights[i]);
    std::sort(scores.begin(), scores.end());
    double covered = 0;
    for (const auto& [score, weight] : scores)
        if ((covered += weight) >= confidence - 1e-12) return score;
    return scores.back().first;
}

double coverage(const std::vector<LeftOut>& rows, const std::vector<double>& weights, double width) {
    double inside = 0, all = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        all += weights[i];
        if (std::abs(rows[i].residual) <= width * rows[i].stretch + 1e-12) inside += weights[i];
    }
    return inside / all;
}

struct Drop {
    double mean = 0, deviation = 0;
    std::size_t pairs = 0;
};

Drop int8_drop(const AccuracyTable& table) {
    std::vector<double> drops;
    for (const auto& row : table.rows)
        if (row.int8) drops.push_back(row.top1 - *row.int8);
    Drop drop{.pairs = drops.size()};
    const double n = std::max<double>(1, static_cast<double>(drops.size()));
    for (const double d : drops) drop.mean += d / n;
    for (const double d : drops) drop.deviation += (d - drop.mean) * (d - drop.mean) / n;
    drop.deviation = std::sqrt(drop.deviation);
    return drop;
}

}  // namespace

/// One way to predict.
struct Surrogate::Impl {
    Impl() = default;
    virtual ~Impl() = default;
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    [[nodiscard]] virtual Estimate predict(const Network& network) const = 0;
    [[nodiscard]] virtual Estimate predict(const Features& features) const = 0;
    Quality quality;
};

namespace {

/// By a table of published networks of many families.
class PublishedModel final : public Surrogate::Impl {
public:
    explicit PublishedModel(AccuracyTable read)
        : table(std::move(read)), data(table), fit(data.fit(data.where([](std::size_t) { return true; }))) {
        drop = int8_drop(table);
        bounds();
        judge();
    }

    [[nodiscard]] Estimate predict(const Network& network) const override { return predict(features_of(network)); }
    [[nodiscard]] Estimate predict(const Features& features) const override {
        const auto x = columns_of(features, table.exponent);
        const double away = outside(features);
        const double loss = fit.predict(x), half = width * stretch(fit, x) * (1 + away);
        const double top1 = to_top1(loss);
        const double model = std::max(top1 - to_top1(loss + half), to_top1(loss - half) - top1);
        const double int8 = features.int8, int4 = features.int4;
        const double rounding = core::normal_90 * drop.deviation * int8 + table.int4_spread * int4;
        return {.value = std::max(0.0, top1 - drop.mean * int8 - table.int4_drop * int4),
                .spread = std::hypot(model, rounding),
                .unit = table.unit,
                .extrapolated = away > 0 || int4 > 0 || features.classes != table.classes};
    }

private:
    void bounds() {
        low = high = extents(table.rows.front().features);
        for (const auto& row : table.rows) {
            const auto at = extents(row.features);
            for (std::size_t i = 0; i < at.size(); ++i) {
                low[i] = std::min(low[i], at[i]);
                high[i] = std::max(high[i], at[i]);
            }
        }
    }

    void judge() {
        const auto alone = leave_one_out(data), families = leave_family_out(data);
        const auto by_family = family_weights(data);
        const std::vector<double> each(alone.size(), 1.0);
        width = conformal_width(families, by_family);
        quality.rows = table.rows.size();
        quality.families = std::set<std::string>(data.family.begin(), data.family.end()).size();
        quality.interval_coverage = coverage(alone, each, width);
        quality.family_interval_coverage = coverage(families, by_family, width);
        quality.int8_drop = drop.mean;
        quality.int8_pairs = drop.pairs;
        judge_errors(alone, families, by_family);
        std::set<std::string> seen;
        for (const auto& row : table.rows)
            if (seen.insert(row.source).second) quality.sources.push_back(row.source);
    }

    void judge_errors(const std::vector<LeftOut>& alone, const std::vector<LeftOut>& families,
                      const std::vector<double>& by_family) {
        std::vector<double> predicted, known;
        double square = 0;
        const double n = static_cast<double>(alone.size());
        for (std::size_t i = 0; i < alone.size(); ++i) {
            predicted.push_back(to_top1(alone[i].predicted));
            known.push_back(table.rows[i].top1);
            const double error = predicted[i] - known[i];
            quality.leave_one_out_mae += std::abs(error) / n;
            square += error * error / n;
            quality.leave_family_out_mae += by_family[i] * std::abs(to_top1(families[i].predicted) - known[i]);
        }
        quality.leave_one_out_rmse = std::sqrt(square);
        quality.leave_one_out_spearman = core::spearman(predicted, known);
    }

    /// In factors of e, summed over what lies outside.
    [[nodiscard]] double outside(const Features& features) const {
        const auto at = extents(features);
        double sum = 0;
        for (std::size_t i = 0; i < at.size(); ++i) sum += std::max({0.0, low[i] - at[i], at[i] - high[i]});
        return sum;
    }

    AccuracyTable table;
    Data data;
    Ridge fit;
    Drop drop;
    std::array<double, 4> low{}, high{};
    double width = 0;
};

/// By a fit to a table of one space's members.
class FittedModel final : public Surrogate::Impl {
public:
    explicit FittedModel(FittedSurrogate read) : fitted(std::move(read)) {
        const auto& best = fitted.held_out().front();
        quality.rows = fitted.rows();
        quality.families = 1;
        quality.method = "cross-validation";
        quality.leave_one_out_mae = best.mean_absolute;
        quality.leave_one_out_spearman = best.spearman;
        quality.interval_coverage = best.covered;
        quality.sources = {fitted.source()};
        for (const auto& errors : fitted.held_out()) quality.held_out.push_back(errors);
    }
    [[nodiscard]] Estimate predict(const Network& network) const override {
        return fitted.predict(network_features(network));
    }
    [[nodiscard]] Estimate predict(const Features&) const override {
        throw std::logic_error("a surrogate of one space predicts from networks");
    }

private:
    FittedSurrogate fitted;
};

bool is_fitted(const core::Document& document) {
    return std::any_of(document.root.entries.begin(), document.root.entries.end(), [](const auto& entry) {
        return entry.key == "model" && entry.value.kind == core::Node::Kind::list;
    });
}

}  // namespace

Surrogate::Surrogate(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Surrogate::~Surrogate() = default;
Surrogate::Surrogate(Surrogate&&) noexcept = default;

Surrogate Surrogate::load(const std::filesystem::path& file) {
    const auto document = core::read_document(file);
    if (is_fitted(*document)) return Surrogate(std::make_unique<FittedModel>(FittedSurrogate::read(*document)));
    return Surrogate(std::make_unique<PublishedModel>(read_accuracy_table(*document)));
}

Estimate Surrogate::predict(const Network& network) const { return impl_->predict(network); }
Estimate Surrogate::predict(const Features& features) const { return impl_->predict(features); }
const Surrogate::Quality& Surrogate::quality() const { return impl_->quality; }

}  // namespace dyad::arch_space
