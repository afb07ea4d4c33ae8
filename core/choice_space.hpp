// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/document.hpp"

namespace dyad::core {

class Stream;

/// The value of each gene: for a categorical, ordered or optional gene the option's index, for a range the value
/// itself.
using Genome = std::vector<double>;

/// One choice of a file.
struct Gene {
    enum class Kind { categorical, ordered, grid, continuous };
    std::string name;                   ///< path in the file, e.g. `engines[0].pe_array.rows`
    Kind kind = Kind::categorical;      ///< ordered: all options are numbers or quantities, ascending
    std::vector<std::string> options;   ///< labels, of categorical and ordered genes ("absent", "present" for optional)
    double from = 0, to = 0, step = 0;  ///< of grid (from, from+step, ... <= to) and continuous genes
    std::string unit;                   ///< of a range of quantities, e.g. "MHz"
    int parent = -1;  ///< active only while gene `parent` is active and its value index is in parent_options
    std::vector<std::size_t> parent_options;

    /// Number of settings; 0 for a continuous gene.
    [[nodiscard]] std::size_t count() const;
    /// The label that reports show for `value`.
    [[nodiscard]] std::string label(double value) const;
    /// The value of setting `index` < count().
    [[nodiscard]] double at(std::size_t index) const;
    /// The setting's index of a (non-continuous) value.
    [[nodiscard]] std::size_t index(double value) const;
};

/// The text of a range's value, as it stands for the choice in a resolved file.
[[nodiscard]] std::string range_text(double value, const std::string& unit);

/// The choices of one document (or of several, joined).
class ChoiceSpace {
public:
    ChoiceSpace() = default;
    /// The genes of `document`, in file order; a parent stands before its children. Node::gene holds the index.
    explicit ChoiceSpace(const Document& document);
    explicit ChoiceSpace(std::vector<Gene> genes) : genes_(std::move(genes)) {}
    /// The genes of `first` followed by those of `second`, names prefixed ("network.", "accelerator.").
    [[nodiscard]] static ChoiceSpace join(const ChoiceSpace& first, const std::string& first_prefix,
                                          const ChoiceSpace& second, const std::string& second_prefix);

    [[nodiscard]] const std::vector<Gene>& genes() const { return genes_; }
    [[nodiscard]] bool active(const Genome& genome, std::size_t gene) const;
    /// Inactive genes set to their first value: two genomes that decode alike are equal afterwards.
    [[nodiscard]] Genome canonical(Genome genome) const;
    /// Distinct settings of the active genes, saturating at 2^64-1; 0 when a continuous gene can be active.
    [[nodiscard]] std::uint64_t size() const;
    /// Distinct settings as a double (spaces beyond 2^64); infinity with continuous genes.
    [[nodiscard]] double size_estimate() const;
    /// Setting number `index` < size(), in a fixed order; canonical.
    [[nodiscard]] Genome at(std::uint64_t index) const;
    /// Uniform over distinct settings of the active genes (continuous genes uniform in their range); canonical.
    [[nodiscard]] Genome sample(Stream& random) const;

private:
    std::vector<Gene> genes_;
};

}  // namespace dyad::core
