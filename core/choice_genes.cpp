// SPDX-License-Identifier: Apache-2.0
// From the choices of a document to genes: names, kinds, labels and what is active under what.
#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

#include "core/choice_space.hpp"
#include "core/error.hpp"
#include "core/quantity.hpp"

namespace dyad::core {
namespace {

constexpr std::size_t longest_label = 60;

void append(const Node& node, std::string& text);

void append_items(const Node& node, std::string& text) {
    const char* separator = "";
    for (const Node& item : node.items) {
        if (text.size() > longest_label) return;
        text += std::exchange(separator, ", ");
        append(item, text);
    }
}

void append_entries(const Node& node, std::string& text) {
    const char* separator = "";
    for (const auto& entry : node.entries) {
        if (text.size() > longest_label) return;
        text += std::exchange(separator, ", ") + entry.key + ": ";
        append(entry.value, text);
    }
}

/// Appends the node on one line, as in YAML's flow style; stops soon after the longest label.
void append(const Node& node, std::string& text) {
    switch (node.kind) {
        case Node::Kind::null:
            text += "null";
            return;
        case Node::Kind::scalar:
            text += shortened(node.text, longest_label);
            return;
        case Node::Kind::range:
            text += range_text(node.from, node.text) + ".." + range_text(node.to, node.text);
            return;
        case Node::Kind::map:
            text += "{", append_entries(node, text), text += "}";
            return;
        case Node::Kind::choice:
            text += "!choice ";
            break;
        case Node::Kind::optional:
            text += "!optional ";
            break;
        case Node::Kind::repeat:
            text += "!repeat ";
            break;
        case Node::Kind::list:
            break;
    }
    text += "[", append_items(node, text), text += "]";
}

std::string summary(const Node& option) {
    std::string text;
    append(option, text);
    return shortened(text, longest_label);
}

std::string short_label(const Node& option) {
    const bool named = option.kind == Node::Kind::map && option.entries.size() == 1;
    return named ? shortened(option.entries.front().key, longest_label) : summary(option);
}

/// One label an option; where short ones coincide, a longer text, and where that does too, a number.
std::vector<std::string> labels(const std::vector<Node>& options) {
    std::vector<std::string> all;
    for (const Node& option : options) all.push_back(short_label(option));
    if (std::set<std::string>(all.begin(), all.end()).size() == all.size()) return all;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i] = summary(options[i]);
        if (!seen.insert(all[i]).second) all[i] += fmt::format(" #{}", i);
    }
    return all;
}

/// A plain number or a known quantity in base units, with the kind of its unit.
std::optional<std::pair<std::string_view, double>> magnitude(const Node& option) {
    if (option.kind != Node::Kind::scalar || option.quoted) return std::nullopt;
    double value = 0;
    const char* last = option.text.data() + option.text.size();
    if (const auto [end, error] = std::from_chars(option.text.data(), last, value); error == std::errc{} && end == last)
        return std::pair{std::string_view(), value};
    const auto measure = try_measure(option.text);
    const auto unit = measure ? find_unit(measure->unit) : std::nullopt;
    if (!unit) return std::nullopt;
    return std::pair{unit->kind, measure->value * unit->factor};
}

bool is_ascending(const std::vector<Node>& options) {
    for (std::size_t i = 0; i < options.size(); ++i) {
        const auto here = magnitude(options[i]);
        if (!here) return false;
        if (i == 0) continue;
        const auto before = magnitude(options[i - 1]);
        if (before->first != here->first || !(before->second < here->second)) return false;
    }
    return true;
}

class Collector {
public:
    std::vector<Gene> genes;

    /// `parent` and `options`: what the node's genes depend on.
    void visit(const Node& node, const std::string& path, int parent, const std::vector<std::size_t>& options) {
        switch (node.kind) {
            case Node::Kind::null:
            case Node::Kind::scalar:
                return;
            case Node::Kind::list:
                for (std::size_t i = 0; i < node.items.size(); ++i)
                    visit(node.items[i], fmt::format("{}[{}]", path, i), parent, options);
                return;
            case Node::Kind::map:
                for (const auto& entry : node.entries)
                    visit(entry.value, path.empty() ? entry.key : path + "." + entry.key, parent, options);
                return;
            case Node::Kind::range:
                add(node, range_gene(node), path, parent, options);
                return;
            case Node::Kind::choice:
                return visit_choice(node, path, parent, options);
            case Node::Kind::optional:
                return visit_optional(node, path, parent, options);
            case Node::Kind::repeat:
                return visit_repeat(node, path, parent, options);
        }
    }

private:
    static Gene range_gene(const Node& node) {
        Gene gene;
        gene.kind = node.step > 0 ? Gene::Kind::grid : Gene::Kind::continuous;
        gene.from = node.from;
        gene.to = node.to;
        gene.step = node.step;
        gene.unit = node.text;
        return gene;
    }
    static Gene choice_gene(const Node& node) {
        Gene gene;
        gene.kind = is_ascending(node.items) ? Gene::Kind::ordered : Gene::Kind::categorical;
        gene.options = labels(node.items);
        return gene;
    }
    void add(const Node& node, Gene gene, const std::string& path, int parent,
             const std::vector<std::size_t>& options) {
        if (node.gene != static_cast<int>(genes.size()))
            throw std::logic_error("genes of the document are out of order");
        gene.name = path;
        gene.parent = parent;
        if (parent >= 0) gene.parent_options = options;
        genes.push_back(std::move(gene));
    }

    void visit_choice(const Node& node, const std::string& path, int parent, const std::vector<std::size_t>& options) {
        add(node, choice_gene(node), path, parent, options);
        for (std::size_t i = 0; i < node.items.size(); ++i)
            visit(node.items[i], fmt::format("{}.choice[{}]", path, i), node.gene, {i});
    }
    void visit_optional(const Node& node, const std::string& path, int parent,
                        const std::vector<std::size_t>& options) {
        const Node& inner = node.items.front();
        Gene gene;
        gene.options = {"absent", "present"};
        const bool named = path.ends_with(']') && inner.kind == Node::Kind::map && inner.entries.size() == 1;
        add(node, std::move(gene), named ? path + "." + inner.entries.front().key : path, parent, options);
        visit(inner, path, node.gene, {1});
    }
    void visit_repeat(const Node& node, const std::string& path, int parent, const std::vector<std::size_t>& options) {
        if (node.gene < 0) {
            for (std::size_t i = 0; i < node.items.size(); ++i)
                visit(node.items[i], fmt::format("{}.repeat[{}]", path, i), parent, options);
            return;
        }
        const Node& times = node.entries.front().value;
        add(node, times.kind == Node::Kind::range ? range_gene(times) : choice_gene(times), path + ".repeat", parent,
            options);
        for (std::size_t i = 0; i < node.items.size(); ++i)
            visit(node.items[i], fmt::format("{}.repeat[{}]", path, i), node.gene,
                  reaching(genes[static_cast<std::size_t>(node.gene)], i));
    }

    /// The settings of a repeat count under which copy `copy` is there.
    static std::vector<std::size_t> reaching(const Gene& times, std::size_t copy) {
        std::vector<std::size_t> settings;
        for (std::size_t s = 0; s < times.count(); ++s)
            if (std::stod(times.label(times.at(s))) > static_cast<double>(copy)) settings.push_back(s);
        return settings;
    }
};

}  // namespace

ChoiceSpace::ChoiceSpace(const Document& document) {
    Collector collector;
    collector.visit(document.root, "", -1, {});
    genes_ = std::move(collector.genes);
}

}  // namespace dyad::core
