// SPDX-License-Identifier: Apache-2.0
#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "models/device/physical.hpp"

namespace dyad::models {
namespace {

constexpr double soft = 0.1;          // errors beyond 10 % lose weight (soft L1)
constexpr double prior_weight = 0.1;  // a prior counts like one row at its spread
constexpr std::size_t most_rows = 1500;

/// Parameters as logarithms, class after class.
class Fit {
public:
    Fit(const Platform& platform, const std::vector<const Sample*>& samples, PhysicsByClass classes)
        : platform_(platform), classes_(std::move(classes)) {
        const std::size_t step = samples.size() / most_rows + 1;
        for (std::size_t i = 0; i < samples.size(); i += step) samples_.push_back(samples[i]);
        std::set<WorkClass> kinds;
        for (const auto* sample : samples_)
            for (const auto& entry : sample->works) kinds.insert(entry.work.kind);
        kinds_.assign(kinds.begin(), kinds.end());
        for (const auto kind : kinds_) parts_[kind] = parts_of(kind);
    }

    PhysicsByClass run() {
        Eigen::VectorXd at(static_cast<Eigen::Index>(kinds_.size() * Physics::count));
        for (std::size_t i = 0; i < kinds_.size(); ++i)
            for (std::size_t p = 0; p < Physics::count; ++p)
                at[index(i, p)] = std::log(classes_.at(kinds_[i]).value[p]);
        descend(at);
        apply(at, classes_);
        set_spread(at);
        return std::move(classes_);
    }

private:
    static Eigen::Index index(std::size_t kind, std::size_t p) {
        return static_cast<Eigen::Index>(kind * Physics::count + p);
    }
    void apply(const Eigen::VectorXd& at, PhysicsByClass& classes) const {
        for (std::size_t i = 0; i < kinds_.size(); ++i)
            for (std::size_t p = 0; p < Physics::count; ++p)
                classes.at(kinds_[i]).value[p] =
                    std::clamp(std::exp(at[index(i, p)]), priors()[p].low, priors()[p].high);
    }
    /// The kernels of one class: each different one once, and how often which sample runs it.
    struct Parts {
        struct Use {
            Eigen::Index sample;
            std::size_t kernel;
            double count;
        };
        std::vector<std::pair<const Platform*, Work>> kernels;
        std::vector<Use> uses;
    };
    Parts parts_of(WorkClass kind) const {
        Parts parts;
        std::map<std::pair<const Platform*, Work>, std::size_t> known;
        for (std::size_t s = 0; s < samples_.size(); ++s)
            for (const auto& [work, count] : samples_[s]->works) {
                if (work.kind != kind) continue;
                const auto kernel = std::pair(&platform_of(*samples_[s], platform_), work);
                const auto [found, added] = known.emplace(kernel, parts.kernels.size());
                if (added) parts.kernels.push_back(kernel);
                parts.uses.push_back({static_cast<Eigen::Index>(s), found->second, count});
            }
        return parts;
    }
    /// Time that one class takes in every sample.
    Eigen::VectorXd times(WorkClass kind, const Physics& physics) const {
        const auto& parts = parts_.at(kind);
        std::vector<double> seconds;
        for (const auto& [platform, work] : parts.kernels)
            seconds.push_back(physical_seconds(*platform, physics, work));
        Eigen::VectorXd sum = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(samples_.size()));
        for (const auto& use : parts.uses) sum[use.sample] += use.count * seconds[use.kernel];
        return sum;
    }
    std::vector<Eigen::VectorXd> all_times(const Eigen::VectorXd& at) const {
        auto classes = classes_;
        apply(at, classes);
        std::vector<Eigen::VectorXd> parts;
        for (const auto kind : kinds_) parts.push_back(times(kind, classes.at(kind)));
        return parts;
    }
    Eigen::VectorXd residuals(const std::vector<Eigen::VectorXd>& parts) const {
        Eigen::VectorXd r(static_cast<Eigen::Index>(samples_.size()));
        for (Eigen::Index s = 0; s < r.size(); ++s) {
            double sum = 0;
            for (const auto& part : parts) sum += part[s];
            r[s] = std::log(std::max(sum, 1e-15) / samples_[static_cast<std::size_t>(s)]->seconds);
        }
        return r;
    }
    double pull(const Eigen::VectorXd& at, Eigen::Index i) const {
        const auto& prior = priors()[static_cast<std::size_t>(i) % Physics::count];
        return (at[i] - std::log(prior.middle)) / prior.spread * prior_weight;
    }
    double cost(const Eigen::VectorXd& r, const Eigen::VectorXd& at) const {
        double sum = 0;
        for (Eigen::Index s = 0; s < r.size(); ++s)
            sum += 2 * soft * soft * (std::sqrt(1 + r[s] * r[s] / (soft * soft)) - 1);
        for (Eigen::Index i = 0; i < at.size(); ++i) sum += pull(at, i) * pull(at, i);
        return sum;
    }
    Eigen::MatrixXd jacobian(const Eigen::VectorXd& at, const std::vector<Eigen::VectorXd>& parts) const {
        constexpr double h = 1e-4;
        Eigen::MatrixXd j(static_cast<Eigen::Index>(samples_.size()), at.size());
        Eigen::VectorXd sum = Eigen::VectorXd::Zero(j.rows());
        for (const auto& part : parts) sum += part;
        auto classes = classes_;
        for (std::size_t i = 0; i < kinds_.size(); ++i)
            for (std::size_t p = 0; p < Physics::count; ++p) {
                auto moved = at;
                moved[index(i, p)] += h;
                apply(moved, classes);
                j.col(index(i, p)) = (times(kinds_[i], classes.at(kinds_[i])) - parts[i]).cwiseQuotient(sum) / h;
            }
        return j;
    }
    struct Normal {
        Eigen::MatrixXd a;
        Eigen::VectorXd b;
    };
    Normal normal(const Eigen::VectorXd& at, const std::vector<Eigen::VectorXd>& parts,
                  const Eigen::VectorXd& r) const {
        const auto j = jacobian(at, parts);
        const Eigen::VectorXd w = (1 + r.array().square() / (soft * soft)).rsqrt();
        Normal n{j.transpose() * w.asDiagonal() * j, j.transpose() * w.cwiseProduct(r)};
        for (Eigen::Index i = 0; i < at.size(); ++i) {
            const double slope = prior_weight / priors()[static_cast<std::size_t>(i) % Physics::count].spread;
            n.a(i, i) += slope * slope;
            n.b[i] += slope * pull(at, i);
        }
        return n;
    }
    void descend(Eigen::VectorXd& at) {
        double damping = 1e-2;
        auto parts = all_times(at);
        auto r = residuals(parts);
        double best = cost(r, at);
        for (int round = 0; round < 40; ++round) {
            const auto n = normal(at, parts, r);
            bool better = false;
            double gain = 0;
            for (int attempt = 0; attempt < 8 && !better; ++attempt, damping *= 4) {
                Eigen::MatrixXd a = n.a;
                a.diagonal() *= 1 + damping;
                const Eigen::VectorXd next = at - a.ldlt().solve(n.b).cwiseMax(-1).cwiseMin(1);
                auto next_parts = all_times(next);
                auto next_r = residuals(next_parts);
                const double found = cost(next_r, next);
                if (!(found < best)) continue;
                gain = (best - found) / best;
                at = next, parts = std::move(next_parts), r = std::move(next_r), best = found;
                better = true;
                damping /= 16;
            }
            if (!better || gain < 1e-5) break;
        }
        sigma_ = r.size() > 0 ? std::sqrt(best / static_cast<double>(r.size())) : 0;
        final_ = normal(at, parts, r).a;
    }
    /// Whether every sample is a network with as many kernels of the class: their launches cannot be told from what a
    /// network costs by itself.
    bool always_as_many(WorkClass kind) const {
        std::vector<double> counts(samples_.size(), 0);
        for (const auto& use : parts_.at(kind).uses) counts[static_cast<std::size_t>(use.sample)] += use.count;
        return std::ranges::none_of(samples_, [](const auto* s) { return single(s->works); }) &&
               std::ranges::all_of(counts, [&](double count) { return count == counts.front(); });
    }
    static void doubt_launch(Physics& physics) {
        const auto& prior = priors()[Physics::launch];
        physics.spread[Physics::launch] =
            std::max(prior.spread, std::abs(std::log(physics.value[Physics::launch] / prior.middle)));
    }
    /// Standard errors of the logarithms, from the curvature at the optimum.
    void set_spread(const Eigen::VectorXd& at) {
        const Eigen::MatrixXd covariance = final_.ldlt().solve(Eigen::MatrixXd::Identity(at.size(), at.size()));
        for (std::size_t i = 0; i < kinds_.size(); ++i)
            for (std::size_t p = 0; p < Physics::count; ++p) {
                const double fitted = sigma_ * std::sqrt(std::max(0., covariance(index(i, p), index(i, p))));
                classes_.at(kinds_[i]).spread[p] = std::clamp(fitted, 1e-6, priors()[p].spread);
            }
        for (const auto kind : kinds_)
            if (always_as_many(kind)) doubt_launch(classes_.at(kind));
    }

    const Platform& platform_;
    PhysicsByClass classes_;
    std::vector<const Sample*> samples_;
    std::vector<WorkClass> kinds_;
    std::map<WorkClass, Parts> parts_;
    double sigma_ = 0;
    Eigen::MatrixXd final_;
};

}  // namespace

PhysicsByClass fit_physics(const Platform& platform, const std::vector<const Sample*>& samples,
                           PhysicsByClass classes) {
    return Fit(platform, samples, std::move(classes)).run();
}

}  // namespace dyad::models
