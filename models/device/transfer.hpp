// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/device/physical.hpp"

namespace dyad::models {

struct Device;

/// A device told from few measured networks, because others are known: a kernel takes
///   sum over the known devices of (weight + share x kinds[its kind]) x its time there,
/// so a mixture of devices, and a factor for each kind of kernel (convolutions by the side of their window) on their
/// mean. No term is negative; what the rows leave open stays at the mean of the known devices (ridge).
struct Transfer {
    struct Source {
        std::string name;
        double weight = 0, share = 0;
        std::shared_ptr<const Device> device{};
    };
    std::vector<Source> sources;
    std::map<std::string, double> kinds;  ///< and "other"

    [[nodiscard]] bool empty() const { return sources.empty(); }
    [[nodiscard]] double seconds(const Work& work) const;

    /// Robust, non-negative least squares on relative errors; the ridge is the one of least error when each row is
    /// predicted from the others. `left_out`: those predictions.
    [[nodiscard]] static Transfer fit(const std::vector<std::shared_ptr<const Device>>& known,
                                      const std::vector<const Sample*>& samples, std::vector<double>& left_out);
    /// Which networks to measure on a device of which nothing is known yet: always the one of whose time the others,
    /// by the known devices, tell the least (D-optimal design; Wynn 1970). Indices, ascending.
    [[nodiscard]] static std::vector<std::size_t> choose(const std::vector<std::shared_ptr<const Device>>& known,
                                                         const std::vector<const Sample*>& candidates,
                                                         std::size_t count);
};

}  // namespace dyad::models
