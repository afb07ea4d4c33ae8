// SPDX-License-Identifier: Apache-2.0
#include "arch_space/onnx/points.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "arch_space/onnx/arguments.hpp"
#include "arch_space/onnx/handlers.hpp"
#include "arch_space/onnx/shapes.hpp"

namespace dyad::arch_space::onnx {
namespace {

using Names = std::initializer_list<const char*>;

Source flipped(Importer& importer, const Node& node, const Source& matrix) {
    return importer.flipped({node.name + "_turned", "Transpose", {}, {}}, matrix);
}

/// The first of these attributes that is there.
double attribute(const Node& node, Names names) {
    for (const auto* name : names) {
        const auto found = node.attributes.find(name);
        if (found == node.attributes.end()) continue;
        return found->second.kind == Attribute::Kind::number ? node.number(name, 0)
                                                             : static_cast<double>(node.integer(name, 0));
    }
    throw Fault(fmt::format("no attribute '{}'", *names.begin()));
}

std::uint64_t count(const Node& node, Names names) {
    const auto number = attribute(node, names);
    if (!(number >= 1 && number <= static_cast<double>(max_dimension)))
        throw Fault(fmt::format("{} {}", *names.begin(), number));
    return static_cast<std::uint64_t>(number);
}

/// Points {1, 3, N} or {1, N, 3} as {3, N, 1}.
Source coordinates(Importer& importer, const Node& node, const Value& value) {
    const auto& shape = value.shape;
    const bool first = shape.size() == 3 && shape[1] == 3, last = shape.size() == 3 && shape[2] == 3;
    if (shape.size() != 3 || shape[0] != 1 || (!first && !last))
        throw Fault(fmt::format("expected points 1 x N x 3, found {}", to_text(shape)));
    const auto points = last ? shape[1] : shape[2];
    if (!last) return importer.view(value, {3, points, 1});
    return importer.view(flipped(importer, node, importer.view(value, {points, 3})), {3, points, 1});
}

/// Layers only have shapes: the first row of what was found stands for its numbers.
Source numbers_of(Importer& importer, const Node& node, const Source& found) {
    const Node part{node.name + "_index", "Split", {}, {}};
    return importer.emit(part, Split{.axis = 0, .parts = 0, .sizes = {1, 2}}, {found}).at(0);
}

void set_found(Importer& importer, const Node& node, const Shape& shape, const Source& source, Found found) {
    Value value{.kind = Value::Kind::activation, .shape = shape, .source = source};
    value.found = std::move(found);
    importer.set(node, 0, std::move(value));
}

void sample(Importer& importer, const Node& node) {
    const auto points = coordinates(importer, node, importer.activation(node, 0));
    const auto samples = count(node, {"points", "num_points", "npoint", "npoints", "sample_num"});
    const auto picked = importer.emit(node, FarthestPointSampling{samples}, {points}).at(0);
    const auto index = numbers_of(importer, node, picked);
    set_found(importer, node, {1, samples}, index, {index.ref, points, picked});
}

Grouping ball(const Node& node) {
    const auto radius = attribute(node, {"radius", "max_radius"});
    if (!(radius > 0 && radius <= 1e9)) throw Fault(fmt::format("radius {}", radius));
    return {Grouping::Kind::ball, count(node, {"samples", "nsample", "sample_num"}), radius};
}

/// A ball where the operator is one, or has a radius; else so many neighbours.
Grouping grouping_of(const Node& node) {
    if (node.op == "BallQuery" || node.has("radius") || node.has("max_radius")) return ball(node);
    return {Grouping::Kind::nearest, count(node, {"neighbours", "k", "nsample", "sample_num"}), 0};
}

/// Numbers of the neighbours of each centroid.
void query(Importer& importer, const Node& node) {
    const auto points = coordinates(importer, node, importer.activation(node, 0));
    const auto centroids = coordinates(importer, node, importer.activation(node, 1));
    const auto op = grouping_of(node);
    const auto groups = importer.emit(node, op, {points, centroids}).at(0);
    const auto index = numbers_of(importer, node, groups);
    set_found(importer, node, {1, groups.shape[1], groups.shape[2]}, index,
              {index.ref, points, groups, op, centroids, {}});
}

/// What `value` numbers, if it is numbers that an operator has found and nothing has been picked from.
const Found* numbered(const Value& value) {
    return value.found && value.found->index == value.source.ref ? &*value.found : nullptr;
}

/// Whether `data` are the points that numbers are of.
bool same_points(Importer& importer, const Node& node, const Value& data, const Source& points) {
    const auto& shape = data.shape;
    const bool is_set = shape.size() == 3 && shape[0] == 1 && (shape[1] == 3 || shape[2] == 3);
    if (!is_set || elements(shape) != elements(points.shape)) return false;
    return coordinates(importer, node, data).ref == points.ref;
}

/// Columns of {1, width, points}, picked by numbers {1, ...}: {1, width, ...}.
void pick_points(Importer& importer, const Node& node) {
    const auto &data = importer.activation(node, 0), &index = importer.activation(node, 1);
    if (data.shape.size() != 3 || data.shape[0] != 1 || index.shape.empty() || index.shape[0] != 1)
        throw Fault(fmt::format("expected features 1 x width x N, found {}", to_text(data.shape)));
    const auto width = data.shape[1], points = data.shape[2], picks = elements(index.shape);
    auto shape = index.shape;
    shape.insert(shape.begin() + 1, width);
    const auto* found = numbered(index);
    if (found != nullptr && same_points(importer, node, data, found->among))
        return set_found(importer, node, shape, found->picked,
                         {"", found->among, found->picked, found->query, found->centroids, {}});
    const auto rows = flipped(importer, node, importer.view(data, {width, points}));
    const auto picked = importer.emit(node, Gather{}, {rows, importer.view(index, {picks})}).at(0);
    auto made = flipped(importer, node, picked);
    Found features;
    if (found != nullptr && found->query)
        features = {"", found->among, {}, found->query, found->centroids, importer.view(data, {width, points, 1})};
    set_found(importer, node, shape, made, std::move(features));
}

/// All in one: groups {1, 3 + width, centroids, samples} of points, centroids and perhaps features {1, width, N}.
void query_and_group(Importer& importer, const Node& node) {
    std::vector<Source> in{coordinates(importer, node, importer.activation(node, 0)),
                           coordinates(importer, node, importer.activation(node, 1))};
    if (importer.has(node, 2)) {
        const auto& features = importer.activation(node, 2);
        in.push_back(importer.view(features, image(features.shape)));
    }
    const auto made = importer.emit(node, grouping_of(node), in).at(0);
    const Shape shape{1, made.shape[0], made.shape[1], made.shape[2]};
    importer.set(node, 0, {.kind = Value::Kind::activation, .shape = shape, .source = made});
}

struct Alias {
    const char *name, *meaning;
};
/// Spellings without case and '_', of PointNet++'s operators in PyTorch's packages.
constexpr Alias aliases[] = {{"farthestpointsampling", "FarthestPointSampling"},
                             {"furthestpointsampling", "FarthestPointSampling"},
                             {"farthestpointsample", "FarthestPointSampling"},
                             {"furthestpointsample", "FarthestPointSampling"},
                             {"fps", "FarthestPointSampling"},
                             {"ballquery", "BallQuery"},
                             {"queryballpoint", "BallQuery"},
                             {"knn", "NearestPoints"},
                             {"knnpoint", "NearestPoints"},
                             {"knnquery", "NearestPoints"},
                             {"nearestpoints", "NearestPoints"},
                             {"gatherpoints", "GatherPoints"},
                             {"gatheroperation", "GatherPoints"},
                             {"grouppoints", "GroupPoints"},
                             {"groupingoperation", "GroupPoints"},
                             {"queryandgroup", "QueryAndGroup"}};

constexpr HandlerEntry table[] = {{"FarthestPointSampling", sample}, {"BallQuery", query},
                                  {"NearestPoints", query},          {"GatherPoints", pick_points},
                                  {"GroupPoints", pick_points},      {"QueryAndGroup", query_and_group}};

}  // namespace

std::string operator_name(const std::string& domain, const std::string& type) {
    std::string plain;
    for (const auto c : type)
        if (c != '_') plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    for (const auto& [name, meaning] : aliases)
        if (plain == name) return meaning;
    const bool standard = domain.empty() || domain == "ai.onnx" || domain == "com.microsoft";
    return standard ? type : domain + "::" + type;
}

bool pick_sampled(Importer& importer, const Node& node, const Shape& shape) {
    const auto &data = importer.activation(node, 0), &index = importer.activation(node, 1);
    const auto* found = numbered(index);
    if (found == nullptr || found->query || !same_points(importer, node, data, found->among)) return false;
    if (data.shape[2] != 3 || elements(shape) != elements(found->picked.shape)) return false;
    const auto samples = found->picked.shape[1];
    auto rows = flipped(importer, node, importer.view(found->picked, {3, samples}));
    importer.set(node, 0, {.kind = Value::Kind::activation, .shape = shape, .source = std::move(rows)});
    return true;
}

bool subtract_centroids(Importer& importer, const Node& node) {
    const auto &groups = importer.in(node, 0), &centroids = importer.in(node, 1);
    if (!groups.found || !groups.found->query || groups.source.ref != groups.found->picked.ref) return false;
    if (!centroids.activation() || elements(centroids.shape) != elements(groups.found->centroids.shape)) return false;
    auto points = centroids;
    if (points.shape.size() == 4 && points.shape.back() == 1) points.shape.pop_back();
    if (!same_points(importer, node, points, groups.found->centroids)) return false;
    auto value = groups;
    value.found->index = "relative";
    importer.set(node, 0, std::move(value));
    return true;
}

bool join_groups(Importer& importer, const Node& node, std::size_t axis) {
    if (axis != 1 || node.inputs.size() != 2) return false;
    const auto &offsets = importer.in(node, 0), &features = importer.in(node, 1);
    if (!offsets.found || offsets.found->index != "relative" || !features.found || !features.found->query) return false;
    const auto &of = *offsets.found, &with = *features.found;
    const bool same = of.among.ref == with.among.ref && of.centroids.ref == with.centroids.ref &&
                      of.query->kind == with.query->kind && of.query->samples == with.query->samples;
    const bool untouched = offsets.source.ref == of.picked.ref && !with.features.ref.empty() &&
                           features.shape.size() == 4 && features.shape[1] == with.features.shape[0];
    if (!same || !untouched) return false;
    auto shape = offsets.shape;
    shape[1] += features.shape[1];
    importer.emit_to(node, shape, *of.query, {of.among, of.centroids, with.features});
    return true;
}

std::span<const HandlerEntry> point_handlers() { return table; }

}  // namespace dyad::arch_space::onnx
