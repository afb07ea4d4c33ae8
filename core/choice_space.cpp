// SPDX-License-Identifier: Apache-2.0
#include "core/choice_space.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/random.hpp"

namespace dyad::core {
namespace {

constexpr std::uint64_t saturated = std::numeric_limits<std::uint64_t>::max();

/// Counts that stay at 2^64-1 once they reach it.
struct Count {
    std::uint64_t value = 0;
    friend Count operator+(Count a, Count b) { return {a.value > saturated - b.value ? saturated : a.value + b.value}; }
    friend Count operator*(Count a, Count b) {
        if (a.value == 0 || b.value == 0) return {0};
        return {a.value > saturated / b.value ? saturated : a.value * b.value};
    }
};

/// How many distinct settings each gene stands for together with the genes below it. Continuous genes count as one.
template <class Number>
class Tally {
public:
    explicit Tally(const std::vector<Gene>& genes)
        : genes_(genes), children_(genes.size()), totals_(genes.size()), weights_(genes.size()) {
        for (std::size_t g = 0; g < genes.size(); ++g)
            (genes[g].parent < 0 ? roots_ : children_[static_cast<std::size_t>(genes[g].parent)]).push_back(g);
        for (std::size_t g = genes.size(); g-- > 0;) count(g);
    }
    [[nodiscard]] const std::vector<std::size_t>& roots() const { return roots_; }
    [[nodiscard]] Number total(std::size_t gene) const { return totals_[gene]; }
    /// Settings below each option of a gene with children; empty for a gene without.
    [[nodiscard]] const std::vector<Number>& weights(std::size_t gene) const { return weights_[gene]; }
    [[nodiscard]] std::vector<std::size_t> children(std::size_t gene, std::size_t option) const {
        std::vector<std::size_t> active;
        for (const std::size_t child : children_[gene])
            if (std::binary_search(genes_[child].parent_options.begin(), genes_[child].parent_options.end(), option))
                active.push_back(child);
        return active;
    }
    [[nodiscard]] Number product(const std::vector<std::size_t>& genes) const {
        Number all{1};
        for (const std::size_t gene : genes) all = all * totals_[gene];
        return all;
    }

private:
    void count(std::size_t g) {
        const std::size_t options = std::max<std::size_t>(genes_[g].count(), 1);
        totals_[g] = Number{static_cast<decltype(totals_[g].value)>(options)};
        if (children_[g].empty()) return;
        weights_[g].assign(options, Number{1});
        for (const std::size_t child : children_[g])
            for (const std::size_t option : genes_[child].parent_options)
                weights_[g].at(option) = weights_[g][option] * totals_[child];
        totals_[g] = Number{0};
        for (const Number weight : weights_[g]) totals_[g] = totals_[g] + weight;
    }

    const std::vector<Gene>& genes_;
    std::vector<std::size_t> roots_;
    std::vector<std::vector<std::size_t>> children_;
    std::vector<Number> totals_;
    std::vector<std::vector<Number>> weights_;
};

struct Estimate {
    double value = 0;
    friend Estimate operator+(Estimate a, Estimate b) { return {a.value + b.value}; }
    friend Estimate operator*(Estimate a, Estimate b) { return {a.value * b.value}; }
};

bool is_continuous(const Gene& gene) { return gene.kind == Gene::Kind::continuous; }

Genome first_setting(const std::vector<Gene>& genes) {
    Genome genome;
    for (const Gene& gene : genes) genome.push_back(gene.from);
    return genome;
}

/// Writes setting `index` of the product of `genes` (the last varies fastest) and of the genes below them.
void write_setting(const Tally<Count>& tally, const std::vector<Gene>& all, const std::vector<std::size_t>& genes,
                   std::uint64_t index, Genome& genome) {
    for (auto it = genes.rbegin(); it != genes.rend(); ++it) {
        const std::size_t g = *it;
        std::uint64_t digit = index % tally.total(g).value;
        index /= tally.total(g).value;
        const auto& weights = tally.weights(g);
        std::size_t option = 0;
        if (weights.empty()) {
            option = digit;
        } else {
            for (; digit >= weights[option].value; ++option) digit -= weights[option].value;
            write_setting(tally, all, tally.children(g, option), digit, genome);
        }
        genome[g] = all[g].at(option);
    }
}

/// An option with a chance in proportion to the settings below it; all alike where that is beyond a double.
std::size_t draw_option(const std::vector<Estimate>& weights, double total, Stream& random) {
    if (!std::isfinite(total)) return random.below(weights.size());
    double rest = random.uniform() * total;
    std::size_t option = 0;
    while (option + 1 < weights.size() && rest >= weights[option].value) rest -= weights[option++].value;
    return option;
}

void draw_setting(const Tally<Estimate>& tally, const std::vector<Gene>& all, const std::vector<std::size_t>& genes,
                  Stream& random, Genome& genome) {
    for (const std::size_t g : genes) {
        if (is_continuous(all[g])) {
            genome[g] = all[g].from + random.uniform() * (all[g].to - all[g].from);
            continue;
        }
        const auto& weights = tally.weights(g);
        const std::size_t option =
            weights.empty() ? random.below(all[g].count()) : draw_option(weights, tally.total(g).value, random);
        genome[g] = all[g].at(option);
        if (!weights.empty()) draw_setting(tally, all, tally.children(g, option), random, genome);
    }
}

}  // namespace

std::size_t Gene::count() const {
    if (kind == Kind::continuous) return 0;
    if (kind != Kind::grid) return options.size();
    return static_cast<std::size_t>(std::floor((to - from) / step + 1e-9)) + 1;  // 0.1 steps must reach their end
}

double Gene::at(std::size_t index) const {
    if (index >= count()) throw std::logic_error("gene '" + name + "' has no setting " + std::to_string(index));
    return kind == Kind::grid ? std::min(from + static_cast<double>(index) * step, to) : static_cast<double>(index);
}

std::size_t Gene::index(double value) const {
    return static_cast<std::size_t>(std::llround(kind == Kind::grid ? (value - from) / step : value));
}

std::string Gene::label(double value) const {
    if (kind == Kind::grid || kind == Kind::continuous) return range_text(value, unit);
    return options.at(index(value));
}

std::string range_text(double value, const std::string& unit) {
    const bool whole = value == std::floor(value) && std::abs(value) < 0x1p53;
    const std::string number =
        whole ? fmt::format("{}", static_cast<std::int64_t>(value)) : fmt::format("{:.12g}", value);
    return unit.empty() ? number : number + " " + unit;
}

ChoiceSpace ChoiceSpace::join(const ChoiceSpace& first, const std::string& first_prefix, const ChoiceSpace& second,
                              const std::string& second_prefix) {
    std::vector<Gene> genes = first.genes_;
    for (Gene& gene : genes) gene.name = first_prefix + gene.name;
    for (Gene gene : second.genes_) {
        gene.name = second_prefix + gene.name;
        if (gene.parent >= 0) gene.parent += static_cast<int>(first.genes_.size());
        genes.push_back(std::move(gene));
    }
    return ChoiceSpace(std::move(genes));
}

bool ChoiceSpace::active(const Genome& genome, std::size_t gene) const {
    while (genes_.at(gene).parent >= 0) {
        const auto parent = static_cast<std::size_t>(genes_[gene].parent);
        const auto& options = genes_[gene].parent_options;
        if (!std::binary_search(options.begin(), options.end(), genes_.at(parent).index(genome.at(parent))))
            return false;
        gene = parent;
    }
    return true;
}

Genome ChoiceSpace::canonical(Genome genome) const {
    if (genome.size() != genes_.size()) throw std::logic_error("the genome is of another space");
    for (std::size_t g = 0; g < genes_.size(); ++g)
        if (!active(genome, g)) genome[g] = genes_[g].from;
    return genome;
}

std::uint64_t ChoiceSpace::size() const {
    if (std::any_of(genes_.begin(), genes_.end(), is_continuous)) return 0;
    const Tally<Count> tally(genes_);
    return tally.product(tally.roots()).value;
}

double ChoiceSpace::size_estimate() const {
    if (std::any_of(genes_.begin(), genes_.end(), is_continuous)) return std::numeric_limits<double>::infinity();
    const Tally<Estimate> tally(genes_);
    return tally.product(tally.roots()).value;
}

Genome ChoiceSpace::at(std::uint64_t index) const {
    if (index >= size()) throw std::logic_error("the space has no setting " + std::to_string(index));
    const Tally<Count> tally(genes_);
    Genome genome = first_setting(genes_);
    write_setting(tally, genes_, tally.roots(), index, genome);
    return genome;
}

Genome ChoiceSpace::sample(Stream& random) const {
    const Tally<Estimate> tally(genes_);
    Genome genome = first_setting(genes_);
    draw_setting(tally, genes_, tally.roots(), random, genome);
    return genome;
}

}  // namespace dyad::core
