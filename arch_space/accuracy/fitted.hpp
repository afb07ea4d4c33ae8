// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "arch_space/accuracy/network_features.hpp"
#include "arch_space/accuracy/surrogate.hpp"

namespace dyad::core {
struct Document;
}

namespace dyad::arch_space {

/// A table of measured networks of one space.
struct MeasuredTable {
    std::string name, space, unit, source;
    std::vector<NetworkFeatures> networks;
    std::vector<double> values;
};

/// A predictor fitted to a table of one space's members: the model of `predictor_kinds` with the highest rank
/// correlation in cross-validation (5 parts of the rows), refitted to all rows. Its
/// interval holds 90 % of the held-out rows.
class FittedSurrogate {
public:
    /// Throws core::Error with fewer than 50 different networks, or values that do not vary.
    [[nodiscard]] static FittedSurrogate fit(MeasuredTable table);
    /// Throws core::Error with all errors of the file.
    [[nodiscard]] static FittedSurrogate read(const core::Document& document);
    [[nodiscard]] std::string yaml() const;
    ~FittedSurrogate();
    FittedSurrogate(FittedSurrogate&&) noexcept;

    /// Extrapolated where a feature lies outside of the table; the interval then spans half of the table's range at
    /// least.
    [[nodiscard]] Estimate predict(const NetworkFeatures& features) const;
    /// By model, the chosen one first.
    [[nodiscard]] const std::vector<HeldOut>& held_out() const;
    [[nodiscard]] std::size_t rows() const;
    [[nodiscard]] std::size_t networks() const;  ///< different ones
    [[nodiscard]] const std::string& source() const;
    [[nodiscard]] const std::string& space() const;

private:
    struct Impl;
    explicit FittedSurrogate(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace dyad::arch_space
