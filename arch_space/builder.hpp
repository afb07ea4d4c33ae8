// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arch_space/network.hpp"
#include "core/value.hpp"

namespace dyad::arch_space {

/// One output of a layer. Invalid where an error stands in its place; what reads it stays silent.
struct Ref {
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    std::size_t layer = none, slot = 0;
    [[nodiscard]] bool valid() const { return layer != none; }
};
using Refs = std::vector<Ref>;

/// Formats of a layer and how much of it is not zero; `weights` and `activations` apart.
struct Precisions {
    core::Precision weights = core::Precision::int8, activations = core::Precision::int8;
    Densities density{};
};

/// Grows a network operator by operator, with all shapes worked out. What does not fit is recorded as an error of the
/// file entry it came from.
class Builder {
public:
    static constexpr std::size_t max_layers = 20'000;

    /// The file entry that the operators to come belong to: where errors point, the name they get, their block ("" at
    /// top level) and formats. A Scope gives the former entry back when it ends.
    struct Entry {
        const core::Value* at = nullptr;
        std::string name, block;
        Precisions precision;
    };
    class Scope {
    public:
        Scope(Builder& builder, Entry entry)
            : builder_(builder), outer_(std::exchange(builder.entry_, std::move(entry))) {}
        ~Scope() { builder_.entry_ = std::move(outer_); }
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

    private:
        Builder& builder_;
        Entry outer_;
    };

    [[nodiscard]] const Entry& entry() const { return entry_; }
    /// The current entry with `.part` behind its name, for a block within a block.
    [[nodiscard]] Entry part(const std::string& part) const;

    /// Adds an operator named after the entry, with `.part` behind it unless that is empty; gives its first output.
    /// `tied`: the layer whose weights it uses.
    Ref add(Operator op, const Refs& inputs, std::string_view part = "", const std::string& tied = "");
    /// Shape of a valid reference.
    [[nodiscard]] const Shape& shape(Ref ref) const { return network_.layers[ref.layer].outputs[ref.slot]; }
    [[nodiscard]] std::size_t outputs(Ref ref) const {
        return ref.valid() ? network_.layers[ref.layer].outputs.size() : 0;
    }
    /// Records an error at the current entry; gives an invalid reference.
    Ref fail(const std::string& what) const;
    [[nodiscard]] bool full() const { return network_.layers.size() >= max_layers; }
    [[nodiscard]] Network finish(std::string name, std::string source) &&;

private:
    /// Names the layer too where it is not the file's entry itself.
    void fail(const std::string& layer, const std::string& what) const;
    [[nodiscard]] bool count(Layer& layer, const Shapes& in);
    [[nodiscard]] bool tie(Layer& layer, const std::string& tied) const;

    Network network_;
    Entry entry_;
    std::uint64_t parameters_ = 0, macs_ = 0;
};

/// Adds the operators of one layer of a file, given its inputs. `first` is false for the copies of a repeated layer
/// after the first: those do not stride.
using Expansion = std::function<Ref(Builder&, const Refs& inputs, bool first)>;

}  // namespace dyad::arch_space
