// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>

#include "arch_space/torch/robustness/groups.hpp"
#include "arch_space/torch/robustness/perturbations.hpp"
#include "arch_space/torch/session.hpp"
#include "arch_space/torch/training/classifier.hpp"

namespace dyad::arch_space::torch {

/// Options of testing: `split` (`test` images, or those to learn from that were kept back for `validation`: the usual
/// where there are any and `validates`), `test_images` (all of them; fewer are drawn once), `calibration` (2048
/// training images), the strengths of perturbations (`radii`, `pgd_steps`, `noise`, `blur`, `contrast`, `occlusion`),
/// `groups` (a file).
struct TestOptions {
    std::uint64_t images, calibration;
    Strengths strengths;
    std::string groups;
    std::string split;  ///< empty: not said
};
[[nodiscard]] TestOptions test_options(const nlohmann::ordered_json& options);
/// Their keys.
[[nodiscard]] std::vector<std::string> test_option_keys();

/// The images that networks are tested on, and what is asked of them.
struct Examination {
    const Images& images;
    at::Tensor numbers;  ///< of those images that count
    std::optional<Groups> groups;
    TestOptions options;
};
/// What the options say of a data set of which `kept_back` images were not learned from, on which a `validates` request
/// is tested unless it says otherwise. Throws core::Error for a metric that there is not and for groups that cannot be
/// read, before any work.
[[nodiscard]] Examination prepare(const Request& request, const DataSet& data, std::uint64_t kept, bool validates);

/// The metrics that a request asks of a trained network, in % of the images: `accuracy`; by the name of a perturbation,
/// the mean accuracy at its strengths; `robustness`, the mean of all six; `fairness_gap`, accuracy of the best group
/// less that of the worst.
[[nodiscard]] Metrics test(Classifier& classifier, const Examination& examination, const Request& request);

}  // namespace dyad::arch_space::torch
