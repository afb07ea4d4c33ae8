// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "codesign/validate/validation.hpp"

namespace dyad::codesign {

struct ProxyValidation {
    std::filesystem::path data;        ///< folder with nb201_accuracy.csv, or with data/nb201_accuracy.csv
    std::vector<std::string> proxies;  ///< of which to tell; none: those of the mean rank, and parameters
    std::filesystem::path images{};    ///< data set whose images the proxies look at; empty: normal noise
    std::size_t cells = 0;             ///< so many of its rows, drawn at random; 0 = all
    unsigned workers = 1;
    bool quiet = false;  ///< no progress
};

/// Spearman's coefficient between each zero-cost proxy and trained cells of NAS-Bench-201 (columns arch_str and
/// cifar10_test_acc_200ep, ...), beside the published ones, and of the mean rank by synflow, jacob_cov, naswot and
/// macs. Throws core::Error when the table is missing or dyad-accuracy is.
[[nodiscard]] std::vector<ValidationSet> validate_proxies(ProxyValidation options);

}  // namespace dyad::codesign
