// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "arch_space/torch/robustness/perturbations.hpp"
#include "arch_space/torch/session.hpp"
#include "arch_space/torch/training/classifier.hpp"

namespace dyad::arch_space::torch {

/// Options of testing: `test_images` (all; fewer are drawn once), `calibration` (2048 training images), the strengths
/// of perturbations (`radii`, `pgd_steps`, `noise`, `blur`, `contrast`, `occlusion`), `groups` (a file).
struct TestOptions {
    std::uint64_t images, calibration;
    Strengths strengths;
    std::string groups;
};
[[nodiscard]] TestOptions test_options(const nlohmann::ordered_json& options);
/// Their keys.
[[nodiscard]] std::vector<std::string> test_option_keys();

/// The metrics that a request asks of a trained network, in % of the data set's test images: `accuracy`; by the name of
/// a perturbation, the mean accuracy at its strengths; `robustness`, the mean of all six; `fairness_gap`, accuracy of
/// the best group less that of the worst. Throws core::Error for one that there is not.
[[nodiscard]] Metrics test(Classifier& classifier, const DataSet& data, const TestOptions& options,
                           const Request& request);
/// Throws for a metric that `test` has not, before any work.
void expect_testable(const std::vector<std::string>& metrics);

}  // namespace dyad::arch_space::torch
