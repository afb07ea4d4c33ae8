// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arch_space/accuracy/columns.hpp"

namespace dyad::arch_space {

/// Different networks with their scores, of mean 0 and spread about 1.
struct Examples {
    std::vector<Row> x;
    std::vector<double> y;      ///< mean over the rows of the table that are this network
    std::vector<double> count;  ///< how many those are
};

struct Score {
    double mean = 0;
    double deviation = 1;  ///< of what is measured, before calibration
};

/// A fitted model. Immutable.
class Predictor {
public:
    virtual ~Predictor() = default;
    [[nodiscard]] virtual Score predict(const Row& x) const = 0;
    /// Text from which the reader of its kind makes the same model.
    [[nodiscard]] virtual std::vector<std::string> lines() const = 0;
};

/// One kind of model: how it is fitted, and read from its lines (nothing where they are no such model).
struct PredictorKind {
    const char* name;
    std::unique_ptr<Predictor> (*fit)(const Columns&, const Examples&);
    std::unique_ptr<Predictor> (*read)(const Columns&, const std::vector<std::string>& lines);
};
/// `ridge` (with interactions), `gaussian_process`, `boosted_trees`.
[[nodiscard]] const std::vector<PredictorKind>& predictor_kinds();

/// Ridge regression on all columns and on the products of two of `paths` (of the 40 that vary most). The penalty is the
/// best of four on every fifth example.
[[nodiscard]] std::unique_ptr<Predictor> fit_ridge(const Columns&, const Examples&);
[[nodiscard]] std::unique_ptr<Predictor> read_ridge(const Columns&, const std::vector<std::string>& lines);
/// Gaussian process whose covariance is a sum over the groups of squared exponentials (Rasmussen and Williams 2006,
/// algorithm 2.1). Lengths, shares and noise are those of highest likelihood (equation 5.8) on at most 600 examples.
/// The deviation is that given the 24 nearest examples.
[[nodiscard]] std::unique_ptr<Predictor> fit_process(const Columns&, const Examples&);
[[nodiscard]] std::unique_ptr<Predictor> read_process(const Columns&, const std::vector<std::string>& lines);
/// models::Trees on the scores, on the first 254 columns.
[[nodiscard]] std::unique_ptr<Predictor> fit_trees(const Columns&, const Examples&);
[[nodiscard]] std::unique_ptr<Predictor> read_trees(const Columns&, const std::vector<std::string>& lines);

/// The numbers of a line, separated by blanks; nothing where one is none, or not finite.
[[nodiscard]] std::optional<std::vector<double>> numbers(const std::string& line);

}  // namespace dyad::arch_space
