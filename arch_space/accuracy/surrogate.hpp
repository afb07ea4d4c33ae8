// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "arch_space/network.hpp"

namespace dyad::arch_space {

/// An estimate with the half-width of its 90 % interval.
struct Estimate {
    double value = 0;
    double spread = 0;
    std::string unit;           ///< "%" for ImageNet top-1
    bool extrapolated = false;  ///< outside the range the model was fitted on; the interval is widened
};

struct Features;

/// How far a model's predictions lie from rows it has not seen.
struct HeldOut {
    std::string model;  ///< "ridge", "gaussian_process", "boosted_trees"
    double spearman = 0, kendall = 0, mean_absolute = 0;
    double new_spearman = 0;  ///< of the rows whose network was not among those fitted to, under other choices
    double covered = 0;       ///< share of rows inside their 90 % interval
};

/// A predictor of accuracy, of one of two kinds. One is a fit to the members of a single space (fitted.hpp), made by
/// `dyad fit accuracy`. The other is fitted to published figures of many families (configs/accuracy/NAME.yaml holds the
/// cited table; the fit is made when it is loaded: milliseconds, deterministic):
///
/// ln(-ln top1) is a ridge regression on (MACs)^-exponent, shortcuts, refinement (squeeze-and-excite and swish), large
/// kernels and dense convolutions (features.hpp): accuracy lies between 0 and 100 % by construction and rises with MACs
/// with falling returns. Families weigh by the root of their size. The interval is conformal over whole families left
/// out, each row's residual divided by its distance from the data, so it holds for a network of no known family; it
/// widens with that distance and by one more width per factor of e that MACs, parameters, resolution or depth lie
/// outside the table. Recipes differ between families: what they do is part of the interval, not of the prediction.
class Surrogate {
public:
    /// Loads and fits. Throws core::Error on a bad table.
    [[nodiscard]] static Surrogate load(const std::filesystem::path& file);
    ~Surrogate();
    Surrogate(Surrogate&&) noexcept;
    /// Throws core::Error when the network is no convolutional image classifier (published figures only). Weights and
    /// activations of 8 bits cost the table's mean drop, those of 4 bits the drop of its int4 entry; a network mixes
    /// them by its MACs.
    [[nodiscard]] Estimate predict(const Network& network) const;
    [[nodiscard]] Estimate predict(const Features& features) const;

    struct Quality {
        std::size_t rows = 0, families = 0;
        double leave_one_out_mae = 0, leave_one_out_rmse = 0, leave_one_out_spearman = 0;  ///< in %
        double leave_family_out_mae = 0;      ///< in %: mean over families, each left out whole
        double interval_coverage = 0;         ///< share of rows inside their interval when left out alone
        double family_interval_coverage = 0;  ///< the same when their family is left out, mean over families
        double int8_drop = 0;                 ///< in %: mean of the pairs in the table
        std::size_t int8_pairs = 0;
        std::vector<std::string> sources;
        std::string method = "leave-one-out";  ///< "cross-validation" of a fit to one space
        std::vector<HeldOut> held_out;         ///< of a fit to one space, by model, the one that answers first
    };
    [[nodiscard]] const Quality& quality() const;

    struct Impl;

private:
    explicit Surrogate(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace dyad::arch_space
