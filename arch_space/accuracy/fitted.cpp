// SPDX-License-Identifier: Apache-2.0
#include "arch_space/accuracy/fitted.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "arch_space/accuracy/fitted_parts.hpp"
#include "core/error.hpp"
#include "core/random.hpp"
#include "core/statistics.hpp"

namespace dyad::arch_space {
namespace {

constexpr std::size_t parts = 5, fewest_networks = 50;
constexpr double confidence = 0.9;

/// The table's rows by network.
struct Groups {
    std::vector<std::size_t> of_row;  ///< which network a row is
    std::vector<std::size_t> first;   ///< a row of each network
    std::vector<std::size_t> part;    ///< of cross-validation, by row

    explicit Groups(const std::vector<NetworkFeatures>& networks) {
        std::map<decltype(NetworkFeatures::values), std::size_t> index;
        for (std::size_t row = 0; row < networks.size(); ++row) {
            const auto [at, fresh] = index.emplace(networks[row].values, first.size());
            if (fresh) first.push_back(row);
            of_row.push_back(at->second);
        }
        core::Stream random(1, "parts of a cross-validation");
        for (std::size_t row = 0; row < networks.size(); ++row) part.push_back(row % parts);
        for (std::size_t row = 0; row < part.size(); ++row)
            std::swap(part[row], part[row + random.below(part.size() - row)]);
    }
};

/// What a part of the cross-validation is fitted to.
struct Training {
    Examples examples;
    NormalScores scores;
    std::vector<double> seen;  ///< rows of each network among them
};

/// Rows as they are fitted and held out.
struct Data {
    const MeasuredTable& table;
    Groups groups;
    Columns columns;
    std::vector<Row> x;  ///< by network

    explicit Data(const MeasuredTable& measured) : table(measured), groups(measured.networks) {
        std::vector<NetworkFeatures> different;
        for (const auto row : groups.first) different.push_back(table.networks[row]);
        columns = Columns(different);
        for (const auto& features : different) x.push_back(columns.row(features));
    }

    /// The rows of all parts but `left_out`, by network, with scores among themselves.
    [[nodiscard]] Training training(std::size_t left_out) const {
        const auto in = [&](std::size_t row) { return groups.part[row] != left_out; };
        std::vector<double> values;
        for (std::size_t row = 0; row < table.values.size(); ++row)
            if (in(row)) values.push_back(table.values[row]);
        const NormalScores scores(values);
        Examples all;
        all.x = x;
        all.y.assign(x.size(), 0);
        all.count.assign(x.size(), 0);
        for (std::size_t row = 0; row < table.values.size(); ++row) {
            if (!in(row)) continue;
            all.y[groups.of_row[row]] += scores.score(table.values[row]);
            ++all.count[groups.of_row[row]];
        }
        Examples kept;
        for (std::size_t g = 0; g < x.size(); ++g) {
            if (all.count[g] == 0) continue;
            kept.x.push_back(all.x[g]);
            kept.y.push_back(all.y[g] / all.count[g]);
            kept.count.push_back(all.count[g]);
        }
        return {std::move(kept), scores, std::move(all.count)};
    }
};

/// A kind of model, judged by rows it has not seen.
struct Judged {
    HeldOut errors;
    double widening = 1;
};

double kendall(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0, pairs = 0;
    const auto step = std::max<std::size_t>(1, a.size() / 2000);  // of long lists, every so many rows
    for (std::size_t i = 0; i < a.size(); i += step)
        for (std::size_t j = i + step; j < a.size(); j += step) {
            const double product = (a[i] - a[j]) * (b[i] - b[j]);
            sum += product > 0 ? 1 : product < 0 ? -1 : 0;
            ++pairs;
        }
    return pairs > 0 ? sum / pairs : 0;
}

Judged judge(const Data& data, const PredictorKind& kind) {
    const auto& values = data.table.values;
    std::vector<double> predicted(values.size()), ratios, of_new, known_of_new;
    for (std::size_t part = 0; part < parts; ++part) {
        const auto [examples, scores, seen] = data.training(part);
        const auto predictor = kind.fit(data.columns, examples);
        for (std::size_t row = 0; row < values.size(); ++row) {
            if (data.groups.part[row] != part) continue;
            const auto network = data.groups.of_row[row];
            const auto score = predictor->predict(data.x[network]);
            predicted[row] = scores.value(score.mean);
            ratios.push_back(std::abs(scores.score(values[row]) - score.mean) / score.deviation);
            if (seen[network] > 0) continue;
            of_new.push_back(predicted[row]);
            known_of_new.push_back(values[row]);
        }
    }
    Judged judged{{.model = kind.name}};
    judged.errors.spearman = core::spearman(predicted, values);
    judged.errors.kendall = kendall(predicted, values);
    judged.errors.new_spearman = core::spearman(of_new, known_of_new);
    for (std::size_t row = 0; row < values.size(); ++row)
        judged.errors.mean_absolute += std::abs(predicted[row] - values[row]) / static_cast<double>(values.size());
    std::sort(ratios.begin(), ratios.end());
    const auto at = static_cast<std::size_t>(std::ceil(confidence * static_cast<double>(ratios.size()))) - 1;
    judged.widening = std::max(1e-6, ratios[at]);
    const auto inside = std::upper_bound(ratios.begin(), ratios.end(), judged.widening) - ratios.begin();
    judged.errors.covered = static_cast<double>(inside) / static_cast<double>(ratios.size());
    return judged;
}

void require_enough(const MeasuredTable& table, std::size_t networks) {
    if (networks < fewest_networks)
        throw core::Error(fmt::format("{}: {} different networks, expected at least {} to fit", table.name, networks,
                                      fewest_networks));
    const auto [low, high] = std::minmax_element(table.values.begin(), table.values.end());
    if (*low == *high) throw core::Error(fmt::format("{}: all values are {}, nothing to fit", table.name, *low));
}

}  // namespace

FittedSurrogate FittedSurrogate::fit(MeasuredTable table) {
    const Data data(table);
    require_enough(table, data.x.size());
    std::vector<std::pair<Judged, const PredictorKind*>> judged;
    for (const auto& kind : predictor_kinds()) judged.emplace_back(judge(data, kind), &kind);
    std::stable_sort(judged.begin(), judged.end(),
                     [](const auto& a, const auto& b) { return a.first.errors.spearman > b.first.errors.spearman; });
    auto [examples, scores, seen] = data.training(parts);  // none left out
    auto impl = std::make_unique<Impl>(Impl{table.name,
                                            table.space,
                                            table.unit,
                                            table.source,
                                            table.values.size(),
                                            data.x.size(),
                                            {},
                                            judged.front().first.widening,
                                            data.columns,
                                            scores,
                                            judged.front().second->fit(data.columns, examples)});
    for (const auto& [kind, ignored] : judged) impl->held_out.push_back(kind.errors);
    return FittedSurrogate(std::move(impl));
}

Estimate FittedSurrogate::predict(const NetworkFeatures& features) const {
    const auto score = impl_->predictor->predict(impl_->columns.row(features));
    const double half = impl_->widening * score.deviation;
    const auto& scores = impl_->scores;
    const double value = scores.value(score.mean);
    const bool outside = impl_->columns.strange(features) > 0;
    const double floor = outside ? (scores.knots().back() - scores.knots().front()) / 2 : 0;
    const double spread =
        std::max({floor, value - scores.value(score.mean - half), scores.value(score.mean + half) - value});
    return {.value = value, .spread = spread, .unit = impl_->unit, .extrapolated = outside};
}

FittedSurrogate::FittedSurrogate(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FittedSurrogate::~FittedSurrogate() = default;
FittedSurrogate::FittedSurrogate(FittedSurrogate&&) noexcept = default;
const std::vector<HeldOut>& FittedSurrogate::held_out() const { return impl_->held_out; }
std::size_t FittedSurrogate::rows() const { return impl_->rows; }
std::size_t FittedSurrogate::networks() const { return impl_->networks; }
const std::string& FittedSurrogate::source() const { return impl_->source; }
const std::string& FittedSurrogate::space() const { return impl_->space; }

}  // namespace dyad::arch_space
