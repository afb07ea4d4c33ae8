// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <map>

#include "models/import/timeloop_reader.hpp"
#include "models/kernel_file.hpp"

namespace dyad::models::timeloop {

namespace {

using Coefficients = std::map<std::string, std::uint64_t>;

bool is_name(const std::string& text) {
    return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) || c == '_'; }) &&
           !std::isdigit(static_cast<unsigned char>(text[0]));
}

void read_dimensions(const Foreign& shape, const Foreign& sizes, LoopNest& nest) {
    const auto dims = shape.find("dimensions");
    if (!dims) return shape.fail("missing key 'dimensions'");
    for (const auto& item : dims->items()) {
        if (!is_name(item.text()))
            item.fail("expected the name of a dimension, got '" + core::shortened(item.text()) + "'");
        if (nest.dim(item.text())) item.fail("dimension " + item.text() + " occurs twice");
        std::uint64_t size = 1;
        bool found = false;
        for (const auto& [name, value] : sizes.entries())
            if (name == item.text()) size = value.count(1), found = true;
        if (!found) sizes.fail("dimension " + item.text() + " has no size");
        nest.dims.push_back({item.text(), size});
    }
}

Coefficients read_coefficients(const Foreign& shape, const Foreign& sizes) {
    Coefficients all;
    if (const auto list = shape.find("coefficients"))
        for (const auto& item : list->items()) {
            const auto name = item.find("name");
            if (!name) {
                item.fail("missing key 'name'");
                continue;
            }
            const auto standard = item.find("default");
            all[name->text()] = standard ? standard->count(0) : 1;
            for (const auto& [key, value] : sizes.entries())
                if (key == name->text()) all[key] = value.count(0);
        }
    return all;
}

void read_term(const Foreign& value, const Coefficients& coefficients, const LoopNest& nest, Axis& axis) {
    const auto parts = value.items();
    const auto dim = parts.empty() ? std::nullopt : nest.dim(parts[0].text());
    if (!dim) return value.fail("expected a dimension, or a dimension and its coefficient");
    if (parts.size() > 2) {
        std::string all;
        for (const auto& part : parts) all += (all.empty() ? "" : ", ") + part.text();
        return value.fail("expected a dimension, or a dimension and its coefficient, got [" + core::shortened(all) +
                          "]");
    }
    Term term{*dim, 1};
    if (parts.size() > 1) {
        const auto known = coefficients.find(parts[1].text());
        term.coefficient = known != coefficients.end() ? known->second : parts[1].count(0);
    }
    for (const auto& other : axis)
        if (other.dim == *dim) value.fail("dimension " + nest.dims[*dim].name + " occurs twice");
    if (term.coefficient != 0) axis.push_back(term);
}

std::vector<Axis> read_projection(const Foreign& space, const Coefficients& coefficients, const LoopNest& nest) {
    std::vector<Axis> axes;
    const auto projection = space.find("projection");
    if (!projection || !projection->is_list()) {
        space.fail("expected a projection: a list of axes, each a list of terms such as [R, Wdilation]");
        return axes;
    }
    for (const auto& item : projection->items()) {
        Axis axis;
        for (const auto& term : item.items()) read_term(term, coefficients, nest, axis);
        if (!axis.empty()) axes.push_back(std::move(axis));
    }
    return axes;
}

bool written(const Foreign& space) {
    const auto flag = space.find("read_write");
    return flag && lower(flag->text()) == "true";
}

/// Outputs are what is written; of the two others weights are what is called so, or the first.
void name_operands(const Foreign& shape, const std::vector<Foreign>& spaces, Problem& problem) {
    std::vector<std::string> read;
    std::string output;
    for (const auto& space : spaces) {
        const auto name = space.find("name");
        if (!name) return space.fail("missing key 'name'");
        if (!written(space))
            read.push_back(name->text());
        else if (output.empty())
            output = name->text();
        else
            space.fail("expected one data space that is written");
    }
    if (read.size() != 2 || output.empty())
        return shape.fail("expected two data spaces that are read and one that is written (read-write: true), got " +
                          std::to_string(read.size()) + " and " + (output.empty() ? "none" : "one"));
    const auto called = [](const std::string& name, std::initializer_list<const char*> words) {
        return std::ranges::any_of(words, [&](const char* w) { return lower(name).find(w) != std::string::npos; });
    };
    if (called(read[1], {"weight", "filter", "kernel"}) ||
        (called(read[0], {"input", "ifmap"}) && !called(read[1], {"input", "ifmap"})))
        std::swap(read[0], read[1]);
    problem.tensors = {{read[0], Operand::weights}, {read[1], Operand::inputs}, {output, Operand::outputs}};
}

/// The shape that the tool knows by the name cnn-layer.
Problem cnn_layer(const Foreign& sizes) {
    const auto size = [&](const char* name, bool optional) -> std::uint64_t {
        const auto value = sizes.find(lower(name));
        if (!value && !optional) sizes.fail(std::string("dimension ") + name + " has no size");
        return value ? value->count(1) : 1;
    };
    Problem problem;
    problem.name = "cnn-layer";
    for (const auto* name : {"R", "S", "P", "Q", "C", "K", "N"}) problem.nest.dims.push_back({name, size(name, false)});
    enum : std::size_t { R, S, P, Q, C, K, N };
    const auto one = [](std::size_t dim) { return Axis{{dim, 1}}; };
    const Axis across{{R, size("Wdilation", true)}, {P, size("Wstride", true)}};
    const Axis down{{S, size("Hdilation", true)}, {Q, size("Hstride", true)}};
    problem.nest.projections = {
        {{one(C), one(K), one(R), one(S)}, {one(N), one(C), across, down}, {one(N), one(K), one(Q), one(P)}}};
    problem.tensors = {{"Weights", Operand::weights}, {"Inputs", Operand::inputs}, {"Outputs", Operand::outputs}};
    return problem;
}

}  // namespace

Problem read_problem(const Foreign& value) {
    Problem problem;
    const auto shape = value.find("shape");
    auto sizes = value.find("instance");
    if (shape && !shape->is_map() && !shape->is_list()) {
        if (const auto known = lower(shape->text()); known != "cnn-layer" && known != "cnn_layer")
            return shape->fail("the only shape known by name is cnn-layer, got '" + core::shortened(shape->text()) +
                               "' (give its dimensions and data-spaces)"),
                   problem;
        problem = cnn_layer(sizes ? *sizes : value);
        if (const auto why = why_too_large(problem.nest); !why.empty()) value.fail(why);
        return problem;
    }
    if (!shape || !shape->is_map()) return value.fail("expected a shape with dimensions and data-spaces"), problem;
    if (!sizes) sizes = value;  // older files give the sizes beside the shape
    if (!sizes->is_map()) return value.fail("expected an instance with the size of each dimension"), problem;
    const auto name = shape->find("name");
    problem.name = name && !name->text().empty() ? name->text() : "imported";
    read_dimensions(*shape, *sizes, problem.nest);
    const auto coefficients = read_coefficients(*shape, *sizes);
    const auto list = shape->find_any({"data_spaces", "dataspaces"});
    if (!list) return shape->fail("missing key 'data-spaces'"), problem;
    const auto spaces = list->items();
    name_operands(*shape, spaces, problem);
    for (const auto& space : spaces)
        for (const auto& [tensor, operand] : problem.tensors)
            if (const auto own = space.find("name"); own && own->text() == tensor)
                problem.nest.projections[static_cast<std::size_t>(operand)] =
                    read_projection(space, coefficients, problem.nest);
    if (const auto why = why_too_large(problem.nest); !why.empty()) sizes->fail(why);
    return problem;
}

}  // namespace dyad::models::timeloop
