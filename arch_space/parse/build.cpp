// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "arch_space/parse/layers.hpp"

namespace dyad::arch_space {
namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);

/// `parts.1` is the second output of `parts`.
std::pair<std::string, std::size_t> split_slot(const std::string& name) {
    const auto dot = name.rfind('.');
    std::size_t slot = 0;
    if (dot == std::string::npos) return {name, 0};
    const char* last = name.data() + name.size();
    const auto [end, error] = std::from_chars(name.data() + dot + 1, last, slot);
    if (error != std::errc{} || end != last) return {name, 0};
    return {name.substr(0, dot), slot};
}

/// The order in which items can be built.
class Order {
public:
    explicit Order(const std::vector<Item>& items) : items_(items), after_(items.size()) {
        for (std::size_t i = 0; i < items.size(); ++i) index_.emplace(items[i].name, i);
        for (std::size_t i = 0; i < items.size(); ++i) depend(i);
    }

    /// File order where that works; else every item as soon as its inputs are there. Records a cycle, and leaves its
    /// items out.
    std::vector<std::size_t> sorted() {
        std::vector<std::size_t> order;
        std::vector<bool> done(items_.size());
        for (bool moved = true; moved && order.size() < items_.size();) {
            moved = false;
            for (std::size_t i = 0; i < items_.size(); ++i) {
                if (done[i] || !ready(i, done)) continue;
                done[i] = moved = true;
                order.push_back(i);
            }
        }
        if (order.size() < items_.size()) report_cycle(done);
        return order;
    }

private:
    void depend(std::size_t i) {
        if (!items_[i].from) {
            if (i > 0) after_[i].push_back(i - 1);
            return;
        }
        for (const auto& [name, at] : *items_[i].from) {
            if (name == "previous" && i > 0) after_[i].push_back(i - 1);
            const auto found = index_.find(split_slot(name).first);
            if (found != index_.end()) after_[i].push_back(found->second);
        }
    }
    [[nodiscard]] bool ready(std::size_t i, const std::vector<bool>& done) const {
        for (const auto before : after_[i])
            if (!done[before]) return false;
        return true;
    }
    void report_cycle(const std::vector<bool>& done) const {
        std::vector<std::size_t> path;
        std::vector<bool> seen(items_.size());
        auto at = static_cast<std::size_t>(std::find(done.begin(), done.end(), false) - done.begin());
        for (; !seen[at]; at = waits_for(at, done)) {
            seen[at] = true;
            path.push_back(at);
        }
        path.erase(path.begin(), std::find(path.begin(), path.end(), at));
        std::rotate(path.begin(), std::min_element(path.begin(), path.end()), path.end());
        auto text = items_[path.front()].name;
        for (auto i = path.rbegin(); i != path.rend(); ++i) text += " -> " + items_[*i].name;
        items_[path.front()].at.fail("the layers form a cycle: " + text);
    }
    [[nodiscard]] std::size_t waits_for(std::size_t i, const std::vector<bool>& done) const {
        for (const auto before : after_[i])
            if (!done[before]) return before;
        return none;
    }

    const std::vector<Item>& items_;
    std::map<std::string, std::size_t, std::less<>> index_;
    std::vector<std::vector<std::size_t>> after_;
};

class ListBuilder {
public:
    ListBuilder(Builder& builder, const std::vector<Item>& items, Names names, Ref first, const std::string& prefix)
        : builder_(builder),
          items_(items),
          names_(std::move(names)),
          first_(first),
          prefix_(prefix),
          built_(items.size()) {}

    Ref build() {
        for (const auto i : Order(items_).sorted()) {
            built_[i] = build(i);
            names_.insert_or_assign(items_[i].name, built_[i]);
        }
        return built_.empty() ? first_ : built_.back();
    }

private:
    Ref build(std::size_t i) {
        const auto& item = items_[i];
        auto inputs = inputs_of(i);
        Ref out;
        for (std::uint64_t copy = 0; copy < item.repeat && item.expansion; ++copy) {
            const Builder::Scope scope(builder_, entry(item, copy));
            out = item.expansion(builder_, inputs, copy == 0);
            if (!inputs.empty()) inputs[0] = out;
            if (!out.valid()) break;
        }
        return out;
    }

    Builder::Entry entry(const Item& item, std::uint64_t copy) const {
        auto name = prefix_ + item.name;
        if (item.repeat > 1) name += fmt::format("[{}]", copy);
        auto block = item.is_block ? name : builder_.entry().block;
        return {&item.at, std::move(name), std::move(block), item.precision};
    }

    Refs inputs_of(std::size_t i) {
        const auto previous = i == 0 ? first_ : built_[i - 1];
        if (!items_[i].from) return {previous};
        Refs inputs;
        for (const auto& [name, at] : *items_[i].from)
            inputs.push_back(name == "previous" ? previous : look_up(name, at));
        return inputs;
    }

    Ref look_up(const std::string& name, const core::Value& at) const {
        const auto [base, slot] = split_slot(name);
        const auto found = names_.find(base);
        if (found == names_.end()) {
            std::vector<std::string> known;
            for (const auto& [key, ref] : names_) known.push_back(key);
            at.fail(fmt::format("unknown layer '{}'{}", base, core::did_you_mean(base, known)));
            return {};
        }
        const auto ref = found->second;
        if (!ref.valid() || ref.slot + slot < builder_.outputs(ref)) return {ref.layer, ref.slot + slot};
        at.fail(fmt::format("'{}' has {} output{}, there is no number {}", base, builder_.outputs(ref),
                            builder_.outputs(ref) == 1 ? "" : "s", slot));
        return {};
    }

    Builder& builder_;
    const std::vector<Item>& items_;
    Names names_;
    Ref first_;
    const std::string& prefix_;
    std::vector<Ref> built_;
};

}  // namespace

Ref build_items(Builder& builder, const std::vector<Item>& items, Names names, Ref first, const std::string& prefix) {
    return ListBuilder(builder, items, std::move(names), first, prefix).build();
}

}  // namespace dyad::arch_space
