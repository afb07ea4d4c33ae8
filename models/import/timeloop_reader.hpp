// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/document.hpp"
#include "core/error.hpp"
#include "hw_space/hierarchy.hpp"
#include "models/mapping.hpp"

namespace dyad::models::timeloop {

/// A node of a foreign file: keys we do not know are none of our business, unlike in our own files.
class Foreign {
public:
    Foreign(const core::Document& document, core::Errors& errors) : Foreign(document, errors, document.root, "") {}
    /// The value of `key` (lower case, `_` for `-`), if the node is a map that has it.
    [[nodiscard]] std::optional<Foreign> find(const std::string& key) const;
    /// The first of several spellings.
    [[nodiscard]] std::optional<Foreign> find_any(std::initializer_list<const char*> keys) const;
    [[nodiscard]] std::vector<std::pair<std::string, Foreign>> entries() const;
    /// Items of a list, or the node alone when it is none.
    [[nodiscard]] std::vector<Foreign> items() const;
    [[nodiscard]] bool is_map() const { return node_->kind == core::Node::Kind::map; }
    [[nodiscard]] bool is_list() const { return node_->kind == core::Node::Kind::list; }
    [[nodiscard]] bool is_scalar() const { return node_->kind == core::Node::Kind::scalar; }
    [[nodiscard]] const std::string& text() const { return node_->text; }
    /// A whole number from `least` up; records an error and returns `least` otherwise.
    [[nodiscard]] std::uint64_t count(std::uint64_t least) const;
    [[nodiscard]] double number() const;
    void fail(const std::string& what) const;

private:
    Foreign(const core::Document& document, core::Errors& errors, const core::Node& node, std::string path)
        : document_(&document), errors_(&errors), node_(&node), path_(std::move(path)) {}
    const core::Document* document_;
    core::Errors* errors_;
    const core::Node* node_;
    std::string path_;
};

/// `R=3 S=3 P=4,2` (the second number is the short last tile, which follows from the sizes), `R3 S3` or a map.
using Factors = std::vector<std::pair<std::string, std::uint64_t>>;
[[nodiscard]] Factors read_factors(const Foreign& value);
/// `RSPQ`, `R,S,P,Q`, `R S P Q` or a list; innermost first.
[[nodiscard]] std::vector<std::string> read_permutation(const Foreign& value);
/// `name[0..3]` is 4 of `name`.
[[nodiscard]] std::pair<std::string, std::uint64_t> read_name(const Foreign& value);
[[nodiscard]] std::string lower(std::string text);
/// A key in lower case, `_` for `-`.
[[nodiscard]] std::string spelt(const std::string& key);

struct Architecture {
    std::string name;
    hw_space::ExplicitHierarchy hierarchy;
    std::set<std::string> unread;  ///< attributes of memories and multipliers
};
[[nodiscard]] Architecture read_architecture(const Foreign& value);

struct Problem {
    std::string name;
    LoopNest nest;
    std::vector<std::pair<std::string, Operand>> tensors;  ///< names of the data spaces
};
[[nodiscard]] Problem read_problem(const Foreign& value);

/// Entries of a mapping or of constraints, in the words of our files.
[[nodiscard]] std::vector<hw_space::MappingConstraint> read_targets(const Foreign& value,
                                                                    const Architecture& architecture,
                                                                    const Problem& problem);
[[nodiscard]] Mapping to_mapping(const Foreign& value, std::vector<hw_space::MappingConstraint> targets,
                                 const Architecture& architecture, const Problem& problem);

[[nodiscard]] std::string accelerator_yaml(const Architecture& architecture);

}  // namespace dyad::models::timeloop
