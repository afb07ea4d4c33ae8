// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "arch_space/operators.hpp"
#include "core/precision.hpp"

namespace dyad::arch_space::onnx {

/// A layer's output as a network file names it.
struct Source {
    std::string ref;
    Shape shape;  ///< without the batch
    core::Precision precision = core::Precision::fp32;
};

/// Where the batch is: in that axis, a step of it being as many of the axis' elements. An axis that is the batch alone
/// has a size of 1 and steps of 1; one of (batch x heads) has the size of heads, and that many elements a step.
struct Place {
    std::size_t axis = 0;
    std::uint64_t inside = 1;
};

/// Points that an operator on point sets has found among others.
struct Found {
    std::string index;                ///< the output that stands for their numbers
    Source among;                     ///< {3, points, 1}
    Source picked;                    ///< coordinates of samples {3, samples, 1}, or of groups {3, groups, samples}
    std::optional<Grouping> query{};  ///< of groups
    Source centroids{}, features{};   ///< of groups: {3, groups, 1}; what was gathered for them, {width, points, 1}
};

/// What is known of a value of the graph. Shapes have a batch of 1. An activation is some layer's output, whose
/// elements it has in the same order, perhaps in another shape.
struct Value {
    enum class Kind { unknown, constant, activation };
    Kind kind = Kind::unknown;
    Shape shape;
    Source source{};                                    ///< of an activation
    std::optional<Place> batch{};                       ///< of an activation that has one
    core::Precision precision = core::Precision::fp32;  ///< of a constant
    bool whole = false;                                 ///< of a constant: whole numbers
    std::optional<std::vector<double>> values{};        ///< of a constant that is small
    std::string origin{};                               ///< the stored tensor a constant comes from
    std::uint64_t entries = 0;                          ///< rows of the table that a constant was picked from
    std::uint64_t learned = 0;                          ///< stored numbers that a constant was made of
    std::optional<double> fill{};                       ///< of a constant: what all its elements are
    std::optional<Found> found{};  ///< of an activation: which points it numbers, or where they are
    Padding pad{};                 ///< of an activation: zeros that the window after it reads
    [[nodiscard]] bool constant() const { return kind == Kind::constant; }
    [[nodiscard]] bool activation() const { return kind == Kind::activation; }
};

/// One layer of the file that is written.
struct Line {
    std::string name, kind;
    std::vector<std::string> keys, from;
    core::Precision weights, activations;
};

}  // namespace dyad::arch_space::onnx
