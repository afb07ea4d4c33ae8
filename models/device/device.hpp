// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/document.hpp"
#include "models/device/correction.hpp"
#include "models/device/transfer.hpp"
#include "models/device/trees.hpp"
#include "models/report.hpp"

namespace dyad::models {

/// How far predictions lie from rows that the fit has not seen.
struct HeldOut {
    std::size_t rows = 0;
    double mean = 0, median = 0, p90 = 0, within_10 = 0, spearman = 0;
};
[[nodiscard]] HeldOut held_out_errors(const std::vector<double>& predicted, const std::vector<double>& measured);

/// How far rows of the same kernels, equally joined, lie from the mean of their group: nothing that predicts from the
/// kernels can do better. Of a group of n, each distance from its mean counts sqrt(n / (n - 1)) times.
struct NoiseFloor {
    std::size_t rows = 0, groups = 0;  ///< of two rows and more
    double mean = 0, within_10 = 0;
    double spearman = 0;  ///< of the rows with those means; not kept in device files
    /// Of networks: share within 10 % of a table with a time a kind of kernel, fitted to these very rows; and how many
    /// would be once each error is taken from the median of those of the ten rows around it (measured about then).
    double table_10 = 0, steady_10 = 0;
    [[nodiscard]] bool known() const { return groups > 0 || table_10 > 0; }
};

/// What was learned of a device from a profile.
struct Calibration {
    std::string model;  ///< "physical", "learned", "transfer" (few rows, other devices known) or "datasheet" (no rows)
    std::uint64_t rows = 0;
    double holdout = 0;
    PhysicsByClass physics;                       ///< of every class
    std::map<WorkClass, std::string> taken_from;  ///< classes without rows: from which sibling, or "priors"
    std::map<WorkClass, Trees> trees;
    Correction correction;
    Trees network;      ///< log of measured / sum of its kernels, by network_features()
    Trees spread;       ///< -log of the magnitude of what then remains
    Transfer transfer;  ///< of model "transfer"
    struct Band {
        double low = 0, high = 0;  ///< of log(measured / predicted), 90 %
    };
    /// Networks of one table, by their features at a time of 1 s.
    struct Kind {
        std::vector<double> middle, width;
        double reach = 0;  ///< the farthest of them
        /// Root mean square of the distances from the middle, over the widths.
        [[nodiscard]] double distance(const std::vector<float>& features) const;
    };
    std::map<std::string, Kind> kinds;
    std::map<std::string, Band> bands;        ///< by class or kind, over the spread; "network" holds those of all kinds
    std::map<std::string, HeldOut> errors;    ///< "group/predictor": learned, physical, macs, linear
    std::map<std::string, double> coverage;   ///< of the 90 % interval on held-out rows, by group
    std::map<std::string, NoiseFloor> noise;  ///< by group
};

struct Prediction {
    double seconds = 0, low = 0, high = 0;  ///< with the ends of the 90 % interval
};

/// A processor that is measured, not designed: its datasheet, and what its profile told. Immutable.
struct Device {
    std::string name, note, framework, provenance, caveats;
    Platform platform;
    std::vector<std::string> measured_as;          ///< its names in tables with one device a row
    std::map<std::string, std::uint64_t> columns;  ///< its columns in tables with one network a row, with their batch
    bool runs_dead_branches = false;  ///< the framework runs what no output needs, and fuses nothing (eager PyTorch)
    std::vector<std::string> siblings;
    std::optional<Calibration> calibration;
    core::Node head;  ///< the file without its calibration

    [[nodiscard]] Prediction predict(const WorkList& works) const;
    /// Which classes of these kernels have no rows of their own, and whose physics they have: "depthwise: priors"; ""
    /// when all were measured.
    [[nodiscard]] std::string taken_from(const WorkList& works) const;
    /// The same where it is known what its kernels take, part_seconds() each, together.
    [[nodiscard]] Prediction predict(const WorkList& works, double parts) const;
    [[nodiscard]] double learned_seconds(const WorkList& works) const;
    [[nodiscard]] double learned_seconds(const WorkList& works, double parts) const;
    /// What a kernel takes within a network, before the network as a whole is looked at.
    [[nodiscard]] double part_seconds(const Work& work) const;
    /// The magnitude that errors on such a network have, of log(measured / predicted); 1 where it was not learned.
    [[nodiscard]] double spread(const WorkList& works, double parts) const;
    /// The kind of measured networks that these kernels are most like, or "network" when they are like none.
    [[nodiscard]] std::string kind_of(const WorkList& works) const;
};

/// Reads a device file and the trees beside it. Throws core::Error with all errors.
[[nodiscard]] Device read_device(const core::Document& document);
/// Writes `file` and, beside it, one file of trees for each class that has them.
void write_device(const Device& device, const std::filesystem::path& file);

/// A network on a calibrated device (fidelity `calibrated`): its kernels one after another. Energy, power and area are
/// not known. Throws core::Error when the device has no calibration.
[[nodiscard]] Report calibrated(const Dataflow& dataflow, const Device& device);

}  // namespace dyad::models
