// SPDX-License-Identifier: Apache-2.0
#include "arch_space/accuracy/predictors.hpp"

#include <charconv>
#include <cmath>

namespace dyad::arch_space {

const std::vector<PredictorKind>& predictor_kinds() {
    static const std::vector<PredictorKind> kinds{{"ridge", fit_ridge, read_ridge},
                                                  {"gaussian_process", fit_process, read_process},
                                                  {"boosted_trees", fit_trees, read_trees}};
    return kinds;
}

std::optional<std::vector<double>> numbers(const std::string& line) {
    std::vector<double> values;
    const char* at = line.data();
    const char* const last = at + line.size();
    while (at != last) {
        if (*at == ' ') {
            ++at;
            continue;
        }
        double value = 0;
        const auto [end, error] = std::from_chars(at, last, value);
        if (error != std::errc{} || !std::isfinite(value) || (end != last && *end != ' ')) return std::nullopt;
        values.push_back(value);
        at = end;
    }
    return values;
}

}  // namespace dyad::arch_space
