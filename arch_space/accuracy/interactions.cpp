// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "arch_space/accuracy/predictors.hpp"

namespace dyad::arch_space {
namespace {

constexpr std::size_t most_paired = 40;
constexpr std::size_t alone = static_cast<std::size_t>(-1);

/// A column, or the product of two.
struct Term {
    std::size_t a = 0, b = alone;
    double centre = 0, scale = 1, coefficient = 0;
    [[nodiscard]] double value(const Row& x) const { return b == alone ? x[a] : x[a] * x[b]; }
};

double mean_of(const Examples& examples, const Term& term) {
    double mean = 0;
    for (const auto& x : examples.x) mean += term.value(x) / static_cast<double>(examples.x.size());
    return mean;
}
double deviation_of(const Examples& examples, const Term& term) {
    double square = 0;
    for (const auto& x : examples.x) square += std::pow(term.value(x) - term.centre, 2);
    return std::sqrt(square / static_cast<double>(examples.x.size()));
}

std::vector<Term> terms_of(const Columns& columns, const Examples& examples) {
    std::vector<Term> terms;
    std::vector<std::pair<double, std::size_t>> paired;
    for (std::size_t c = 0; c < columns.all().size(); ++c) {
        terms.push_back({.a = c});
        terms.back().centre = mean_of(examples, terms.back());
        if (columns.all()[c].group == NetworkFeatures::paths)
            paired.emplace_back(-deviation_of(examples, terms.back()), c);
    }
    std::sort(paired.begin(), paired.end());
    paired.resize(std::min(paired.size(), most_paired));
    for (std::size_t i = 0; i < paired.size(); ++i)
        for (std::size_t j = 0; j <= i; ++j) terms.push_back({.a = paired[j].second, .b = paired[i].second});
    for (auto& term : terms) {
        term.centre = mean_of(examples, term);
        term.scale = deviation_of(examples, term);
    }
    std::erase_if(terms, [](const Term& term) { return term.scale < 1e-9; });
    return terms;
}

class RidgePredictor final : public Predictor {
public:
    RidgePredictor(double intercept, double deviation, std::vector<Term> terms)
        : intercept_(intercept), deviation_(deviation), terms_(std::move(terms)) {}
    [[nodiscard]] Score predict(const Row& x) const override {
        double sum = intercept_;
        for (const auto& term : terms_) sum += term.coefficient * (term.value(x) - term.centre) / term.scale;
        return {sum, deviation_};
    }
    [[nodiscard]] std::vector<std::string> lines() const override {
        std::vector<std::string> lines{fmt::format("{:.9g} {:.6g}", intercept_, deviation_)};
        for (const auto& t : terms_) {
            const auto which = t.b == alone ? fmt::format("{}", t.a) : fmt::format("{} {}", t.a, t.b);
            lines.push_back(fmt::format("{:.9g} {:.9g} {:.9g} {}", t.coefficient, t.centre, t.scale, which));
        }
        return lines;
    }

private:
    double intercept_, deviation_;
    std::vector<Term> terms_;
};

/// The normal equations of some of the examples.
struct Equations {
    Eigen::MatrixXd gram;
    Eigen::VectorXd moment;
    double mean = 0;

    template <class Keep>
    Equations(const Eigen::MatrixXd& z, const Examples& examples, const Keep& keep) {
        std::vector<Eigen::Index> rows;
        double total = 0;
        for (Eigen::Index i = 0; i < z.rows(); ++i)
            if (keep(i)) rows.push_back(i);
        for (const auto i : rows) {
            const auto e = static_cast<std::size_t>(i);
            mean += examples.count[e] * examples.y[e];
            total += examples.count[e];
        }
        mean /= total;
        Eigen::MatrixXd weighted(static_cast<Eigen::Index>(rows.size()), z.cols());
        Eigen::VectorXd y(weighted.rows());
        for (Eigen::Index r = 0; r < weighted.rows(); ++r) {
            const auto e = static_cast<std::size_t>(rows[static_cast<std::size_t>(r)]);
            const double root = std::sqrt(examples.count[e]);
            weighted.row(r) = root * z.row(static_cast<Eigen::Index>(e));
            y(r) = root * (examples.y[e] - mean);
        }
        gram = Eigen::MatrixXd::Zero(z.cols(), z.cols());
        gram.selfadjointView<Eigen::Lower>().rankUpdate(weighted.transpose());
        moment = weighted.transpose() * y;
    }
    [[nodiscard]] Eigen::VectorXd solve(double penalty) const {
        Eigen::MatrixXd a = gram;
        a.diagonal().array() += penalty;
        return Eigen::LLT<Eigen::MatrixXd, Eigen::Lower>(a).solve(moment);
    }
};

}  // namespace

std::unique_ptr<Predictor> fit_ridge(const Columns& columns, const Examples& examples) {
    auto terms = terms_of(columns, examples);
    const auto n = static_cast<Eigen::Index>(examples.x.size());
    Eigen::MatrixXd z(n, static_cast<Eigen::Index>(terms.size()));
    for (Eigen::Index i = 0; i < n; ++i)
        for (Eigen::Index t = 0; t < z.cols(); ++t) {
            const auto& term = terms[static_cast<std::size_t>(t)];
            z(i, t) = (term.value(examples.x[static_cast<std::size_t>(i)]) - term.centre) / term.scale;
        }
    const auto held = [](Eigen::Index i) { return i % 5 == 4; };
    const Equations part(z, examples, [&](Eigen::Index i) { return !held(i); });
    double least = 1e300, best = 1, deviation = 1;
    for (const double penalty : {1.0, 10.0, 100.0, 1000.0}) {
        const Eigen::VectorXd predicted = z * part.solve(penalty);
        double square = 0, count = 0;
        for (Eigen::Index i = 0; i < n; ++i)
            if (held(i))
                square += std::pow(predicted(i) + part.mean - examples.y[static_cast<std::size_t>(i)], 2), ++count;
        if (square < least) least = square, best = penalty, deviation = std::sqrt(square / std::max(1.0, count));
    }
    const Equations all(z, examples, [](Eigen::Index) { return true; });
    const auto coefficients = all.solve(best);
    for (std::size_t t = 0; t < terms.size(); ++t) terms[t].coefficient = coefficients(static_cast<Eigen::Index>(t));
    return std::make_unique<RidgePredictor>(all.mean, std::max(deviation, 1e-3), std::move(terms));
}

std::unique_ptr<Predictor> read_ridge(const Columns& columns, const std::vector<std::string>& lines) {
    const auto head = lines.empty() ? std::nullopt : numbers(lines.front());
    if (!head || head->size() != 2 || head->at(1) <= 0) return nullptr;
    std::vector<Term> terms;
    for (std::size_t l = 1; l < lines.size(); ++l) {
        const auto line = numbers(lines[l]);
        if (!line || line->size() < 4 || line->size() > 5 || line->at(2) <= 0) return nullptr;
        Term term{.centre = line->at(1), .scale = line->at(2), .coefficient = line->at(0)};
        for (std::size_t i = 3; i < line->size(); ++i) {
            if (line->at(i) < 0 || line->at(i) >= static_cast<double>(columns.all().size())) return nullptr;
            (i == 3 ? term.a : term.b) = static_cast<std::size_t>(line->at(i));
        }
        terms.push_back(term);
    }
    return std::make_unique<RidgePredictor>(head->at(0), head->at(1), std::move(terms));
}

}  // namespace dyad::arch_space
