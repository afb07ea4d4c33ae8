// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arch_space/builder.hpp"
#include "core/value.hpp"

namespace dyad::arch_space {

/// One entry of a `layers:` list, read but not built yet: that takes the shapes of its inputs.
struct Item {
    core::Value at;
    std::string name;
    bool is_block = false;
    std::optional<std::vector<std::pair<std::string, core::Value>>> from{};  ///< absent: the entry before it
    std::uint64_t repeat = 1;
    Precisions precision{};
    Expansion expansion{};  ///< empty where an error stands in its place
};

/// What names mean inside one `layers:` list.
using Names = std::map<std::string, Ref, std::less<>>;

/// Builds the items in the order their inputs ask for, each named `prefix` + its name. An item without `from` reads the
/// one before it, the first one `first`. Gives the output of the last one.
Ref build_items(Builder& builder, const std::vector<Item>& items, Names names, Ref first, const std::string& prefix);

struct UserBlock;
struct UserBlockCall;

/// Reads `layers:` lists, blocks that the file defines included. Must outlive the items it gives.
class LayerReader {
public:
    LayerReader();
    ~LayerReader();
    LayerReader(const LayerReader&) = delete;
    LayerReader& operator=(const LayerReader&) = delete;

    /// Reads the definitions of `blocks:`.
    void define(const core::Value& blocks);
    [[nodiscard]] std::vector<Item> read(const core::Value& layers, Precisions precision);

private:
    [[nodiscard]] std::optional<Item> read_item(const core::Value& entry, Precisions outer);
    void read_common(Item& item, core::Object& object) const;
    [[nodiscard]] Expansion read_kind(Item& item, const std::string& kind, core::Object& object);
    [[nodiscard]] Expansion read_call(const UserBlock& block, const Item& item, core::Object& object);
    [[nodiscard]] std::shared_ptr<const UserBlockCall> instantiate(const UserBlock& block, const Item& item,
                                                                   const std::map<std::string, core::Node>& arguments);
    [[nodiscard]] std::vector<std::string> known_kinds() const;

    std::map<std::string, UserBlock, std::less<>> blocks_;
    std::vector<std::unique_ptr<core::Node>> nodes_;  ///< bodies of user blocks with their arguments filled in
    std::vector<std::string> active_;                 ///< user blocks being read, outermost first
    std::size_t items_ = 0;
};

}  // namespace dyad::arch_space
