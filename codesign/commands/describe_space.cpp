// SPDX-License-Identifier: Apache-2.0
#include "codesign/commands/describe_space.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "arch_space/network.hpp"
#include "core/error.hpp"
#include "core/random.hpp"
#include "core/value.hpp"

namespace dyad::codesign {
namespace {

constexpr std::size_t members = 200;

/// What members are like, one list a quantity.
struct Sample {
    std::array<std::vector<double>, 4> values;  ///< as in `quantities`
    std::size_t failed = 0;
    std::string problem;  ///< of the first that failed
};
constexpr std::array quantities{"macs", "parameters", "weight_bytes", "peak_activation_bytes"};

void add(const core::Document& document, const core::Genome& genome, Sample& sample) {
    core::Errors errors;
    const auto network = arch_space::parse_network(core::Value(document, &genome, errors));
    if (!network) throw core::Error(errors.messages().empty() ? "no network" : errors.messages().front());
    const auto flow = arch_space::lower(*network, {});
    const std::array values{static_cast<double>(network->macs()), static_cast<double>(network->parameters()),
                            static_cast<double>(flow.weight_bytes().count()),
                            static_cast<double>(flow.peak_activation_bytes().count())};
    for (std::size_t q = 0; q < values.size(); ++q) sample.values[q].push_back(values[q]);
}

Sample draw(const core::Document& document, const core::ChoiceSpace& space) {
    Sample sample;
    for (std::size_t i = 0; i < members; ++i) {
        core::Stream random(1, "members", i);
        try {
            add(document, space.sample(random), sample);
        } catch (const core::Error& error) {
            if (sample.failed++ == 0) sample.problem = error.what();
        }
    }
    return sample;
}

Description::Section ranges_section(Sample sample) {
    Description::Section section{"members", {"quantity", "least", "median", "greatest"}, {}};
    for (std::size_t q = 0; q < quantities.size(); ++q) {
        auto& values = sample.values[q];
        if (values.empty()) continue;
        std::sort(values.begin(), values.end());
        section.rows.push_back({quantities[q], values.front(), values[values.size() / 2], values.back()});
    }
    return section;
}

}  // namespace

Description::Section genes_section(const core::ChoiceSpace& space) {
    constexpr const char* kind_names[] = {"categorical", "ordered", "grid", "continuous"};
    Description::Section section{"genes", {"name", "kind", "settings", "values", "only_with"}, {}};
    for (const auto& gene : space.genes()) {
        std::string values = fmt::format("{}", fmt::join(gene.options, ", "));
        if (gene.options.empty()) {
            values = gene.label(gene.from) + " to " + gene.label(gene.to);
            if (gene.step > 0) values += fmt::format(" by {}", gene.step);
        }
        const auto settings = gene.count() > 0 ? Description::Json(gene.count()) : Description::Json("any");
        const auto parent = gene.parent >= 0
                                ? Description::Json(space.genes()[static_cast<std::size_t>(gene.parent)].name)
                                : Description::Json();
        section.rows.push_back({gene.name, kind_names[static_cast<std::size_t>(gene.kind)], settings, values, parent});
    }
    return section;
}

Description::Json size_of(const core::ChoiceSpace& space) {
    const double size = space.size_estimate();
    return std::isfinite(size) ? Description::Json(size) : Description::Json("infinite");
}

Description describe_space(const std::string& name, const core::Document& document, const core::ChoiceSpace& space) {
    Description d{"space", name, {}, {}};
    d.facts = {{"genes", space.genes().size()}, {"designs", size_of(space)}};
    if (document.root.entries.front().key == "network") {
        const auto sample = draw(document, space);
        d.facts["members_drawn"] = members;
        if (sample.failed > 0)
            d.facts["not_valid"] = fmt::format("{} of them, such as: {}", sample.failed, sample.problem);
        d.sections.push_back(ranges_section(sample));
    }
    d.sections.insert(d.sections.begin(), genes_section(space));
    return d;
}

}  // namespace dyad::codesign
