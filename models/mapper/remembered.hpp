// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <utility>
#include <vector>

namespace dyad::models::mapper {

/// Flat numbers, equal exactly when what they stand for is.
using Key = std::vector<std::uint64_t>;

struct KeyHash {
    std::size_t operator()(const Key& key) const;
};

/// Values by full key: what a value depends on is compared, never its hash alone. Forgets the oldest when it is full.
template <class Value>
class Remembered {
public:
    explicit Remembered(std::size_t most) : most_(most) {}

    /// What is known under the key, or else what `make` returns.
    template <class Make>
    Value get(Key key, const Make& make) {
        if (const auto found = values_.find(key); found != values_.end()) return found->second;
        Value value = make();
        if (most_ == 0) return value;
        if (values_.size() >= most_) {
            values_.erase(*order_.front());
            order_.pop_front();
        }
        order_.push_back(&values_.emplace(std::move(key), value).first->first);
        return value;
    }

private:
    std::size_t most_;
    std::unordered_map<Key, Value, KeyHash> values_;
    std::deque<const Key*> order_;  ///< oldest first; the map does not move its keys
};

}  // namespace dyad::models::mapper
