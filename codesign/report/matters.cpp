// SPDX-License-Identifier: Apache-2.0
#include "codesign/report/matters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "codesign/report/forest.hpp"
#include "codesign/report/levels.hpp"
#include "codesign/report/words.hpp"
#include "core/random.hpp"
#include "core/statistics.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;
using Row = std::vector<std::uint8_t>;

constexpr std::size_t least_pairs = 30, most_samples = 1500, trees = 32, drawn = 512, shown_effects = 12;

/// An objective as the forest learns it.
struct Learned {
    bool logarithm = false;
    [[nodiscard]] double of(double value) const { return logarithm ? std::log(value) : value; }
    [[nodiscard]] double back(double target) const { return logarithm ? std::exp(target) : target; }
};

std::vector<std::size_t> known_pairs(const Run& run) {
    std::vector<std::size_t> known;
    const auto finite = [&](Metric m, const Pair& pair) { return std::isfinite(value(pair.evaluation, m)); };
    for (std::size_t i = 0; i < run.pairs.size(); ++i)
        if (!run.pairs[i].evaluation.failed() &&
            std::ranges::all_of(run.experiment->objectives, [&](Metric m) { return finite(m, run.pairs[i]); }))
            known.push_back(i);
    const std::size_t step = (known.size() + most_samples - 1) / most_samples;
    std::vector<std::size_t> kept;
    for (std::size_t i = 0; i < known.size(); i += std::max<std::size_t>(step, 1)) kept.push_back(known[i]);
    return kept;
}

/// All settings of a small space, else as many drawn from it.
std::vector<Row> whole_space(const core::ChoiceSpace& space, const Levels& levels, std::uint64_t seed) {
    std::vector<Row> rows;
    const auto size = space.size();
    if (size > 0 && size <= drawn)
        for (std::uint64_t i = 0; i < size; ++i) rows.push_back(levels.row(space.at(i)));
    else
        for (std::uint64_t i = 0; i < drawn; ++i) {
            core::Stream random(seed, "what matters", i);
            rows.push_back(levels.row(space.sample(random)));
        }
    return rows;
}

/// By gene, rows in which the gene's setting, and all that depends on it, is taken from another row in which it is
/// active too. Few rows are changed several times each.
class Donors {
public:
    Donors(const core::ChoiceSpace& space, const std::vector<Row>& rows, std::uint64_t seed) {
        for (std::size_t g = 0; g < space.genes().size(); ++g) {
            core::Stream random(seed, "donors", g);
            std::vector<std::size_t> active;
            for (std::size_t r = 0; r < rows.size(); ++r)
                if (rows[r][g] != 0) active.push_back(r);
            changed_.emplace_back();
            for (std::size_t n = 0; n < repeats(rows) * active.size(); ++n) {
                const auto from = active[n % active.size()];
                auto row = rows[from];
                const auto& donor = rows[active[random.below(active.size())]];
                for (const auto member : family(space, g)) row[member] = donor[member];
                changed_.back().emplace_back(from, std::move(row));
            }
        }
    }
    using Changed = std::pair<std::size_t, Row>;  ///< which row, and what it becomes
    [[nodiscard]] const std::vector<Changed>& changed(std::size_t gene) const { return changed_[gene]; }
    [[nodiscard]] static std::size_t repeats(const std::vector<Row>& rows) {
        return std::max<std::size_t>(1, drawn / rows.size());
    }

private:
    /// A gene and all that stand below it; parents stand before their children.
    static std::vector<std::size_t> family(const core::ChoiceSpace& space, std::size_t gene) {
        std::vector<std::size_t> all{gene};
        for (std::size_t g = gene + 1; g < space.genes().size(); ++g) {
            const int parent = space.genes()[g].parent;
            if (parent >= 0 && std::ranges::find(all, static_cast<std::size_t>(parent)) != all.end()) all.push_back(g);
        }
        return all;
    }

    std::vector<std::vector<Changed>> changed_;
};

Banded banded(const std::vector<double>& values) {
    return {core::mean(values), core::quantile(values, 0.05), core::quantile(values, 0.95)};
}

/// One tree over the whole space.
class Surface {
public:
    Surface(const Forest& forest, std::size_t tree, const std::vector<Row>& rows)
        : forest_(forest), tree_(tree), rows_(rows) {
        for (const auto& row : rows) values_.push_back(forest.predict(tree, row));
        mean_ = core::mean(values_);
        for (const double v : values_) squares_ += (v - mean_) * (v - mean_);
    }

    /// Variance between the levels of a gene, less what the variance within them leads to by chance.
    [[nodiscard]] double alone(std::size_t gene) const {
        const auto levels = level_means(gene);
        double between = 0, groups = 0;
        for (const auto& [mean, count] : levels) {
            between += count * (mean - mean_) * (mean - mean_);
            groups += count > 0;
        }
        const auto n = static_cast<double>(rows_.size());
        if (squares_ == 0 || n <= groups) return 0;
        const double within = (squares_ - between) / (n - groups);
        return std::max(0.0, between - (groups - 1) * within) / squares_;
    }

    /// Half the mean square of what changes when the gene alone is drawn again: an estimate from draws, at most all.
    [[nodiscard]] double all(std::size_t gene, const Donors& donors) const {
        double sum = 0;
        for (const auto& [row, other] : donors.changed(gene)) {
            const double change = forest_.predict(tree_, other) - values_[row];
            sum += change * change;
        }
        const double share = sum / 2 / static_cast<double>(Donors::repeats(rows_));
        return squares_ == 0 ? 0 : std::min(1.0, share / squares_);  // drawn rows may come out above the whole
    }

    /// Mean and number of rows by level.
    [[nodiscard]] std::vector<std::pair<double, double>> level_means(std::size_t gene) const {
        std::vector<std::pair<double, double>> levels(Samples::most_levels);
        for (std::size_t r = 0; r < rows_.size(); ++r) {
            auto& [sum, count] = levels[rows_[r][gene]];
            sum += values_[r];
            ++count;
        }
        for (auto& [sum, count] : levels)
            if (count > 0) sum /= count;
        return levels;
    }

private:
    const Forest& forest_;
    std::size_t tree_;
    const std::vector<Row>& rows_;
    std::vector<double> values_;
    double mean_ = 0, squares_ = 0;
};

std::vector<Surface> surfaces(const Forest& forest, const std::vector<Row>& rows) {
    std::vector<Surface> all;
    for (std::size_t t = 0; t < forest.trees(); ++t) all.emplace_back(forest, t, rows);
    return all;
}

template <class Get>
Banded over_trees(const std::vector<Surface>& all, const Get& get) {
    std::vector<double> values;
    for (const auto& surface : all) values.push_back(get(surface));
    return banded(values);
}

std::vector<Share> shares_of(const std::vector<Surface>& all, std::size_t genes, const Donors& donors) {
    std::vector<Share> shares;
    for (std::size_t g = 0; g < genes; ++g)
        shares.push_back({g, over_trees(all, [&](const Surface& s) { return s.alone(g); }),
                          over_trees(all, [&](const Surface& s) { return s.all(g, donors); })});
    std::ranges::stable_sort(shares, std::ranges::greater{}, [](const Share& share) { return share.all.mean; });
    std::erase_if(shares, [](const Share& share) { return share.all.mean == 0; });
    return shares;
}

/// Adds what a gene does to one objective, by the levels that occur in the space.
void add_effect(Effect& effect, const std::vector<Surface>& all, const Learned& target, const Levels& levels) {
    std::vector<std::vector<std::pair<double, double>>> means;  // by tree, then level
    for (const auto& surface : all) means.push_back(surface.level_means(effect.gene));
    effect.values.emplace_back();
    effect.labels.clear();
    for (std::size_t level = 0; level < means.front().size(); ++level) {
        if (means.front()[level].second == 0) continue;
        std::vector<double> values;
        for (const auto& tree : means) values.push_back(tree[level].first);
        const auto band = banded(values);
        effect.values.back().push_back({target.back(band.mean), target.back(band.low), target.back(band.high)});
        effect.labels.push_back(level == 0 ? "not present"
                                           : levels.label(effect.gene, static_cast<std::uint8_t>(level)));
    }
}

std::vector<std::size_t> order_of(const std::vector<std::vector<Share>>& shares, std::size_t genes) {
    std::vector<double> sums(genes);
    for (const auto& of_objective : shares)
        for (const auto& share : of_objective) sums[share.gene] += share.all.mean;
    std::vector<std::size_t> order;
    for (std::size_t g = 0; g < genes; ++g)
        if (sums[g] > 0) order.push_back(g);
    std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t g) { return sums[g]; });
    return order;
}

Learned learned_as(const Run& run, const std::vector<std::size_t>& known, Metric metric) {
    double low = INFINITY, high = -INFINITY;
    for (const auto i : known) {
        low = std::min(low, value(run.pairs[i].evaluation, metric));
        high = std::max(high, value(run.pairs[i].evaluation, metric));
    }
    return {low > 0 && high > 10 * low};
}

}  // namespace

Matters what_matters(const Run& run) {
    const auto& space = run.experiment->space;
    const auto known = known_pairs(run);
    Matters matters;
    if (known.size() < least_pairs) return matters;
    const Levels levels(space);
    const std::size_t genes = space.genes().size();
    Samples samples;
    for (const auto i : known) samples.rows.push_back(levels.row(run.pairs[i].genome));
    for (std::size_t g = 0; g < genes; ++g) samples.ordered.push_back(levels.ordered(g));
    const auto rows = whole_space(space, levels, run.seed);
    const Donors donors(space, rows, run.seed);
    std::vector<Forest> forests;
    std::vector<Learned> targets;
    for (const auto metric : run.experiment->objectives) {
        targets.push_back(learned_as(run, known, metric));
        samples.targets.clear();
        for (const auto i : known) samples.targets.push_back(targets.back().of(value(run.pairs[i].evaluation, metric)));
        forests.emplace_back(samples, trees, run.seed);
        matters.explained.push_back(forests.back().explained());
        matters.shares.push_back(shares_of(surfaces(forests.back(), rows), genes, donors));
    }
    matters.order = order_of(matters.shares, genes);
    for (std::size_t e = 0; e < std::min(shown_effects, matters.order.size()); ++e)
        matters.effects.push_back({matters.order[e], {}, {}});
    for (std::size_t k = 0; k < forests.size(); ++k) {
        const auto all = surfaces(forests[k], rows);
        for (auto& effect : matters.effects) add_effect(effect, all, targets[k], levels);
    }
    return matters;
}

namespace {

Json band_json(const Banded& band) { return {shortened(band.mean), shortened(band.low), shortened(band.high)}; }

Json share_json(const Share& share) {
    Json row = Json::array({share.gene});
    for (const auto& band : {share.alone, share.all})
        for (const double figure : {band.mean, band.low, band.high}) row.push_back(shortened(figure));
    return row;
}

Json effect_json(const Effect& effect) {
    Json values = Json::array();
    for (const auto& of_objective : effect.values) {
        Json levels = Json::array();
        for (const auto& band : of_objective) levels.push_back(band_json(band));
        values.push_back(std::move(levels));
    }
    return {{"gene", effect.gene}, {"labels", effect.labels}, {"values", std::move(values)}};
}

/// The exact means of a full factorial.
Json main_effects_json(const Run& run) {
    Json list = Json::array();
    for (const auto& effect : main_effects(*run.experiment, run.pairs)) {
        Effect exact{effect.gene, {}, std::vector<std::vector<Banded>>(run.experiment->objectives.size())};
        for (const auto& level : effect.levels) {
            exact.labels.push_back(level.label);
            for (std::size_t k = 0; k < exact.values.size(); ++k)
                exact.values[k].push_back({level.means[k], level.means[k], level.means[k]});
        }
        list.push_back(effect_json(exact));
    }
    return list;
}

}  // namespace

Json matters_json(const Run& run, const Matters& matters) {
    if (matters.order.empty()) return nullptr;
    const bool exact = run.command == "sweep";
    Json shares = Json::array(), effects = Json::array();
    for (const auto& of_objective : matters.shares) {
        Json list = Json::array();
        for (const auto& share : of_objective) list.push_back(share_json(share));
        shares.push_back(std::move(list));
    }
    for (const auto& effect : matters.effects) effects.push_back(effect_json(effect));
    Json explained = Json::array();
    for (const double share : matters.explained) explained.push_back(shortened(share));
    const std::string means =
        exact ? "Below: means over all feasible pairs with a setting, the other choices averaged out."
              : "Below: means by setting, the other choices averaged out (geometric means where an objective varies "
                "tenfold), with the 5th to 95th percentile of the trees.";
    return {{"note",
             "Share of the variance over the whole space that a choice makes: dark by itself, light with all its "
             "interactions, whiskers from the 5th to the 95th percentile of the trees (functional analysis of "
             "variance by a random forest grown on the evaluated pairs). Shares are estimated from draws, and cut off "
             "where the draws make one more than the whole. " +
                 means},
            {"order", matters.order},
            {"quality", std::move(explained)},
            {"shares", std::move(shares)},
            {"effects", exact ? main_effects_json(run) : std::move(effects)}};
}

}  // namespace dyad::codesign
