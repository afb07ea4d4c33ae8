// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codesign/evaluation/fusion.hpp"
#include "codesign/experiment/accuracy_evaluator.hpp"
#include "codesign/experiment/metric.hpp"
#include "codesign/search/algorithm.hpp"
#include "core/choice_space.hpp"
#include "core/document.hpp"
#include "models/report.hpp"

namespace dyad::models {
struct Device;
}  // namespace dyad::models

namespace dyad::codesign {

/// How the figures of several networks become one.
enum class Aggregate { geomean, sum, worst };

/// A file that takes part, as it was found.
struct ConfigText {
    std::string kind;  ///< "experiments", "networks", "accelerators", "accuracy"
    std::string name;  ///< as the experiment file mentions it
    std::string file;
    std::string sha256;
    std::string text;
};

/// A network or accelerator file with its part of the joint genome.
struct Part {
    std::shared_ptr<const core::Document> document;
    double weight = 1;  ///< of a network in a suite
    std::size_t first_gene = 0, genes = 0;
    [[nodiscard]] core::Genome slice(const core::Genome& joint) const;
};

/// Hardware that is given: one chip, or a device that was measured.
struct Target {
    std::string name;
    std::shared_ptr<const core::Document> document;
    std::shared_ptr<const models::Device> device;  ///< null for a chip
};

/// What others measured of one network.
struct Measurement {
    core::Genome genome;                 ///< on the first target
    std::vector<double> target_seconds;  ///< by target; NaN = not measured
};

/// An experiment file with the files it names, all of them read. Immutable, and valid once parsed.
struct Experiment {
    std::string name;
    std::vector<Part> networks;  ///< one, or a suite
    Aggregate aggregate = Aggregate::geomean;
    Part accelerator;  ///< without a document where `targets` stand for it
    /// The device that is the hardware, or what `targets` lists; several are chosen among by the last gene.
    std::vector<Target> targets;
    core::ChoiceSpace space;  ///< genes of the networks, then those of the accelerator
    std::vector<Metric> objectives;
    std::vector<Constraint> constraints;
    std::optional<std::string> surrogate;  ///< name of the accuracy model
    std::filesystem::path surrogate_file;
    std::optional<AccuracyEvaluator> evaluator;  ///< instead of a surrogate: a program
    SearchOptions search;
    std::vector<std::optional<double>> reference;  ///< of the hypervolume, by objective, in the metric's unit
    std::vector<Measurement> measured;             ///< of networks on `targets`
    core::Genome baseline;                         ///< the pair that `compare` starts from; empty = not given
    models::Fidelity fidelity = models::Fidelity::systemc;
    Fusion fusion = Fusion::chains;
    std::uint64_t batch = 1;
    std::vector<ConfigText> configs;  ///< the experiment file first
};

/// Finds and reads the text of a file that is mentioned by `name` in the file `beside`.
using ConfigReader =
    std::function<ConfigText(const std::string& kind, const std::string& name, const std::filesystem::path& beside)>;
/// From disk, by core::find_config.
[[nodiscard]] ConfigText read_config(const std::string& kind, const std::string& name,
                                     const std::filesystem::path& beside);

/// Throws core::Error with every error of the file, and with those of the files it names.
[[nodiscard]] Experiment read_experiment(const std::string& name, const ConfigReader& reader = read_config);

/// The objectives of `metrics`, each to be minimised.
[[nodiscard]] Point minimised(const Experiment& experiment, const Metrics& metrics);
/// The unit of a metric in this experiment: what an evaluator tells may be a score.
[[nodiscard]] std::string unit_of(const Experiment& experiment, Metric metric);
/// A value as users read it: in that unit.
[[nodiscard]] std::string text_of(const Experiment& experiment, Metric metric, double value);
/// The value that a minimised objective stands for, and back.
[[nodiscard]] double signed_objective(Metric metric, double value);

}  // namespace dyad::codesign
