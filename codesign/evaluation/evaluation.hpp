// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "codesign/experiment/metric.hpp"
#include "core/choice_space.hpp"

namespace dyad::codesign {

/// What a candidate is worth, or why it cannot be told.
struct Evaluation {
    Metrics metrics{};                         ///< all NaN when it could not be evaluated
    Metrics spreads{};                         ///< half-widths of 90 % intervals; 0 where a metric is exact
    double latency_low = 0, latency_high = 0;  ///< ends of a calibrated latency's 90 % interval; 0 = not known
    std::string reason;                        ///< why it could not be evaluated; "" = it was
    bool ends_run = false;                     ///< the reason is no fault of the candidate: none can be evaluated
    [[nodiscard]] bool failed() const { return !reason.empty(); }
    [[nodiscard]] static Evaluation failure(std::string reason);
};
/// Exact: numbers come back to the last bit. A value that is not known is left out.
[[nodiscard]] nlohmann::ordered_json to_json(const Evaluation& evaluation);
[[nodiscard]] Evaluation evaluation_from_json(const nlohmann::ordered_json& json);

/// Judges candidates. The answer depends on the genome alone.
class Evaluator {
public:
    virtual ~Evaluator() = default;
    /// May throw: core::Error is the candidate's fault, anything else ours; both become the candidate's reason.
    [[nodiscard]] virtual Evaluation evaluate(const core::Genome& genome) = 0;
};
/// evaluate(), with whatever it throws as the reason.
[[nodiscard]] Evaluation evaluate_safely(Evaluator& evaluator, const core::Genome& genome);

}  // namespace dyad::codesign
