// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "arch_space/accuracy/fitted_parts.hpp"
#include "core/error.hpp"
#include "core/value.hpp"

namespace dyad::arch_space {
namespace {

constexpr const char* group_names[] = {"paths", "extents", "sizes"};

/// JSON's way to quote is one of YAML's.
std::string quoted(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<std::string> texts(const core::Value& list) {
    std::vector<std::string> all;
    for (const auto& item : list.list()) all.push_back(item.text());
    return all;
}

HeldOut read_held_out(const core::Value& value) {
    auto map = value.map();
    HeldOut errors;
    errors.model = map.require("model", "the kind of model").text();
    errors.spearman = map.require("spearman", "a correlation").number(-1, 1);
    errors.kendall = map.require("kendall", "a correlation").number(-1, 1);
    errors.new_spearman = map.require("new_spearman", "a correlation").number(-1, 1);
    errors.mean_absolute = map.require("mean_absolute", "an error").number(0, 1e12);
    errors.covered = map.require("covered", "a share").number(0, 1);
    return errors;
}

Columns::Column read_column(const core::Value& value, const std::string& name) {
    auto map = value.map();
    Columns::Column column;
    column.name = name;
    using Group = NetworkFeatures::Group;
    column.group = map.require("group", "paths, extents or sizes")
                       .one_of<Group>({{"paths", Group::paths}, {"extents", Group::extents}, {"sizes", Group::sizes}});
    column.scale = map.require("scale", "a number").number(0, 1e12);
    const auto range = map.require("range", "the least and greatest of the table").list();
    if (range.size() != 2) return value.fail("expected a range of two numbers"), column;
    column.low = range[0].number(-1e12, 1e12);
    column.high = range[1].number(-1e12, 1e12);
    return column;
}

Columns read_columns(core::Object& file) {
    std::vector<Columns::Column> columns;
    auto features = file.require("features", "the features by name").map();
    for (const auto& [name, value] : features.entries()) columns.push_back(read_column(value, name));
    std::stable_sort(columns.begin(), columns.end(), [](const auto& a, const auto& b) { return a.group < b.group; });
    const auto idle = texts(file.require("idle", "names of features that do not vary"));
    return Columns(std::move(columns), {idle.begin(), idle.end()});
}

std::unique_ptr<Predictor> read_predictor(core::Object& file, const std::string& kind, const Columns& columns) {
    const auto model = file.require("model", "the model's lines");
    const auto lines = texts(model);
    if (static_cast<std::size_t>(file.require("lines", "how many the model has").integer(1, 1'000'000)) != lines.size())
        model.fail("the model has another number of lines than `lines` says: the file is cut");
    for (const auto& known : predictor_kinds())
        if (known.name == kind) {
            auto predictor = known.read(columns, lines);
            if (!predictor) model.fail("these are no lines of a " + kind);
            return predictor;
        }
    model.fail("the model's kind '" + kind + "' is none of ours");
    return nullptr;
}

NormalScores read_scores(core::Object& file) {
    const auto list = file.require("quantiles", "the table's quantiles, ascending");
    std::vector<double> knots;
    for (const auto& item : list.list()) knots.push_back(item.number(-1e12, 1e12));
    if (knots.size() < 2 || !std::is_sorted(knots.begin(), knots.end())) {
        list.fail("expected at least two quantiles, ascending");
        knots = {0, 1};
    }
    return NormalScores::of_knots(std::move(knots));
}

}  // namespace

std::string FittedSurrogate::yaml() const {
    const auto& i = *impl_;
    std::string text = fmt::format(
        "# Written by `dyad fit accuracy`.\naccuracy: {}\nunit: {}\nspace: {}\nsource: {}\nrows: {}\nnetworks: {}\n",
        i.name, quoted(i.unit), i.space, quoted(i.source), i.rows, i.networks);
    text +=
        "held_out:  # rows, a fifth at a time; new_spearman: of those whose network is new; the first model answers\n";
    for (const auto& e : i.held_out)
        text += fmt::format(
            "  - {{model: {}, spearman: {:.4f}, kendall: {:.4f}, new_spearman: {:.4f}, mean_absolute: {:.4g}, covered: "
            "{:.3f}}}\n",
            e.model, e.spearman, e.kendall, e.new_spearman, e.mean_absolute, e.covered);
    text += fmt::format("widening: {:.6g}\nquantiles: [{:.6g}]\nfeatures:\n", i.widening,
                        fmt::join(i.scores.knots(), ", "));
    for (const auto& c : i.columns.all())
        text += fmt::format("  {}: {{group: {}, scale: {:.9g}, range: [{:.9g}, {:.9g}]}}\n", quoted(c.name),
                            group_names[c.group], c.scale, c.low, c.high);
    text += i.columns.idle().empty() ? "idle: []\n" : "idle:\n";
    for (const auto& name : i.columns.idle()) text += fmt::format("  - {}\n", quoted(name));
    const auto lines = i.predictor->lines();
    text += fmt::format("lines: {}\nmodel:\n", lines.size());
    for (const auto& line : lines) text += fmt::format("  - \"{}\"\n", line);
    return text;
}

FittedSurrogate FittedSurrogate::read(const core::Document& document) {
    core::Errors errors;
    std::unique_ptr<Impl> impl;
    {
        auto file = core::Value(document, nullptr, errors).map();
        const auto text = [&](const char* key, const char* expected) { return file.require(key, expected).text(); };
        const auto count = [&](const char* key) {
            return static_cast<std::size_t>(file.require(key, "a number").integer(1, 1'000'000'000));
        };
        std::vector<HeldOut> held_out;
        const auto judged = file.require("held_out", "the errors by model, the chosen one first");
        for (const auto& item : judged.list()) held_out.push_back(read_held_out(item));
        if (judged.is_list() && held_out.empty()) judged.fail("expected at least one model");
        auto columns = read_columns(file);
        const double widening = file.require("widening", "a factor").number(1e-9, 1e9);
        auto predictor = read_predictor(file, held_out.empty() ? "" : held_out.front().model, columns);
        impl = std::make_unique<Impl>(Impl{text("accuracy", "a name"), text("space", "the space's name"),
                                           text("unit", "such as \"%\""), text("source", "where the table is from"),
                                           count("rows"), count("networks"), std::move(held_out), widening,
                                           std::move(columns), read_scores(file), std::move(predictor)});
    }
    errors.throw_if_any();
    return FittedSurrogate(std::move(impl));
}

}  // namespace dyad::arch_space
