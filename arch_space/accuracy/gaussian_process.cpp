// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "arch_space/accuracy/predictors.hpp"
#include "core/random.hpp"

namespace dyad::arch_space {
namespace {

constexpr std::size_t groups = NetworkFeatures::groups, most_examples = 4000, judged_examples = 600, neighbours = 24;

/// Share and length of each group's squared exponential, and the noise's variance.
struct Kernel {
    std::array<double, groups> share{}, length{};
    double noise = 0.1;
};

/// Where the groups end in a row.
using Ends = std::array<std::size_t, groups>;
Ends ends_of(const Columns& columns) {
    Ends ends{};
    for (const auto& column : columns.all())
        for (std::size_t g = column.group; g < groups; ++g) ++ends[g];
    return ends;
}

double covariance(const Kernel& shape, const Ends& ends, const Row& a, const Row& b) {
    double sum = 0;
    std::size_t i = 0;
    for (std::size_t g = 0; g < groups; ++g) {
        double square = 0;
        for (; i < ends[g]; ++i) square += (a[i] - b[i]) * (a[i] - b[i]);
        sum += shape.share[g] * std::exp(-square / (2 * shape.length[g] * shape.length[g]));
    }
    return sum;
}

/// Covariance of the examples with each other, noise included.
Eigen::MatrixXd covariances(const Kernel& shape, const Ends& ends, const Examples& examples) {
    const auto n = static_cast<Eigen::Index>(examples.x.size());
    Eigen::MatrixXd k(n, n);
    for (Eigen::Index j = 0; j < n; ++j) {
        const auto b = static_cast<std::size_t>(j);
        for (Eigen::Index i = j; i < n; ++i)
            k(i, j) = k(j, i) = covariance(shape, ends, examples.x[static_cast<std::size_t>(i)], examples.x[b]);
        k(j, j) += shape.noise / examples.count[b];
    }
    return k;
}

Eigen::VectorXd targets(const Examples& examples) {
    return Eigen::VectorXd::Map(examples.y.data(), static_cast<Eigen::Index>(examples.y.size()));
}

/// Rasmussen and Williams 2006, equation 5.8, without its constant.
double likelihood(const Kernel& shape, const Ends& ends, const Examples& examples) {
    const Eigen::LLT<Eigen::MatrixXd> factor(covariances(shape, ends, examples));
    const auto y = targets(examples);
    return -0.5 * y.dot(factor.solve(y)) - factor.matrixL().toDenseMatrix().diagonal().array().log().sum();
}

/// At most `most` examples, chosen by chance.
Examples some(const Examples& examples, std::size_t most) {
    if (examples.x.size() <= most) return examples;
    std::vector<std::size_t> order(examples.x.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    core::Stream random(1, "examples of a Gaussian process");
    Examples chosen;
    for (std::size_t i = 0; i < most; ++i) {
        std::swap(order[i], order[i + random.below(order.size() - i)]);
        chosen.x.push_back(examples.x[order[i]]);
        chosen.y.push_back(examples.y[order[i]]);
        chosen.count.push_back(examples.count[order[i]]);
    }
    return chosen;
}

Kernel best_shape(const Ends& ends, const Examples& all) {
    const auto examples = some(all, judged_examples);
    Kernel best;
    double highest = -1e300;
    for (const double length : {0.5, 1.0, 2.0})
        for (const std::array<double, groups> share : {std::array{0.4, 0.3, 0.3}, std::array{0.8, 0.1, 0.1}})
            for (const double noise : {0.003, 0.03, 0.1}) {
                const Kernel shape{share, {length, 0.7 * length, length}, noise};
                const double here = likelihood(shape, ends, examples);
                if (here > highest) highest = here, best = shape;
            }
    return best;
}

class Process final : public Predictor {
public:
    Process(const Kernel& shape, const Ends& ends, Examples examples)
        : shape_(shape), ends_(ends), examples_(std::move(examples)) {}
    void solve() {
        const Eigen::LLT<Eigen::MatrixXd> factor(covariances(shape_, ends_, examples_));
        const Eigen::VectorXd weights = factor.solve(targets(examples_));
        examples_.y.assign(weights.data(), weights.data() + weights.size());
    }

    [[nodiscard]] Score predict(const Row& x) const override {
        double mean = 0;
        std::vector<std::pair<double, std::size_t>> near;
        for (std::size_t i = 0; i < examples_.x.size(); ++i) {
            const double k = covariance(shape_, ends_, x, examples_.x[i]);
            mean += k * examples_.y[i];
            near.emplace_back(-k, i);
        }
        const auto count = std::min(neighbours, near.size());
        std::partial_sort(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(count), near.end());
        near.resize(count);
        return {mean, std::sqrt(variance(near))};
    }

    [[nodiscard]] std::vector<std::string> lines() const override {
        std::vector<std::string> lines(1);
        for (const double v : shape_.share) lines[0] += fmt::format("{} ", v);
        for (const double v : shape_.length) lines[0] += fmt::format("{} ", v);
        lines[0] += fmt::format("{}", shape_.noise);
        for (std::size_t i = 0; i < examples_.x.size(); ++i) {
            lines.push_back(fmt::format("{:.7g} {}", examples_.y[i], examples_.count[i]));
            for (std::size_t c = 0; c < examples_.x[i].size(); ++c)
                if (examples_.x[i][c] != 0) lines.back() += fmt::format(" {} {:.7g}", c, examples_.x[i][c]);
        }
        return lines;
    }

private:
    /// Given the nearest examples (algorithm 2.1, line 6), noise included.
    [[nodiscard]] double variance(const std::vector<std::pair<double, std::size_t>>& near) const {
        Examples few;
        Eigen::VectorXd k(static_cast<Eigen::Index>(near.size()));
        for (const auto& [minus, i] : near) {
            k(static_cast<Eigen::Index>(few.x.size())) = -minus;
            few.x.push_back(examples_.x[i]);
            few.count.push_back(examples_.count[i]);
        }
        double prior = 0;
        for (const double share : shape_.share) prior += share;
        const Eigen::LLT<Eigen::MatrixXd> factor(covariances(shape_, ends_, few));
        return std::max(0.0, prior - k.dot(factor.solve(k))) + shape_.noise;
    }

    Kernel shape_;
    Ends ends_;
    Examples examples_;  ///< y: the weights
};

}  // namespace

std::unique_ptr<Predictor> fit_process(const Columns& columns, const Examples& all) {
    const auto ends = ends_of(columns);
    auto process = std::make_unique<Process>(best_shape(ends, all), ends, some(all, most_examples));
    process->solve();
    return process;
}

std::unique_ptr<Predictor> read_process(const Columns& columns, const std::vector<std::string>& lines) {
    const auto head = lines.empty() ? std::nullopt : numbers(lines.front());
    if (!head || head->size() != 2 * groups + 1) return nullptr;
    Kernel shape;
    std::copy_n(head->begin(), groups, shape.share.begin());
    std::copy_n(head->begin() + groups, groups, shape.length.begin());
    shape.noise = head->back();
    if (shape.noise <= 0 || *std::min_element(shape.length.begin(), shape.length.end()) <= 0) return nullptr;
    Examples examples;
    for (std::size_t l = 1; l < lines.size(); ++l) {
        const auto line = numbers(lines[l]);
        if (!line || line->size() < 2 || line->size() % 2 != 0 || line->at(1) < 1) return nullptr;
        examples.y.push_back(line->at(0));
        examples.count.push_back(line->at(1));
        Row row(columns.all().size());
        for (std::size_t i = 2; i < line->size(); i += 2) {
            const double column = line->at(i);
            if (column < 0 || column >= static_cast<double>(row.size())) return nullptr;
            row[static_cast<std::size_t>(column)] = line->at(i + 1);
        }
        examples.x.push_back(std::move(row));
    }
    if (examples.x.empty()) return nullptr;
    return std::make_unique<Process>(shape, ends_of(columns), std::move(examples));
}

}  // namespace dyad::arch_space
