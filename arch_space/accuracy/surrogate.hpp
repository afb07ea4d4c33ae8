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

/// A predictor of accuracy fitted to published figures (configs/accuracy/NAME.yaml holds the cited table; the fit is
/// made when it is loaded: milliseconds, deterministic).
class Surrogate {
public:
    /// Loads and fits. Throws core::Error on a bad table.
    [[nodiscard]] static Surrogate load(const std::filesystem::path& file);
    ~Surrogate();
    Surrogate(Surrogate&&) noexcept;
    [[nodiscard]] Estimate predict(const Network& network) const;

    struct Quality {
        std::size_t rows = 0;
        double leave_one_out_mae = 0, leave_one_out_rmse = 0, leave_one_out_spearman = 0, interval_coverage = 0;
        std::vector<std::string> sources;
    };
    [[nodiscard]] const Quality& quality() const;

private:
    struct Impl;
    explicit Surrogate(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace dyad::arch_space
