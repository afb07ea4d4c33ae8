// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>
#include <utility>
#include <vector>

namespace dyad::models::mapper {

/// Flat numbers, equal exactly when what they stand for is.
using Key = std::vector<std::uint64_t>;

struct KeyHash {
    std::size_t operator()(const Key& key) const;
};

/// Values by full key: what a value depends on is compared, never its hash alone. Forgets what was not asked for
/// longest when it is full: a search comes back to the kernels and chips of its front.
template <class Value>
class Remembered {
public:
    explicit Remembered(std::size_t most) : most_(most) {}

    /// What is known under the key, or else what `make` returns.
    template <class Make>
    Value get(Key key, const Make& make) {
        if (const auto found = values_.find(key); found != values_.end()) {
            order_.splice(order_.end(), order_, found->second.place);
            return found->second.value;
        }
        Value value = make();
        if (most_ == 0) return value;
        if (values_.size() >= most_) {
            values_.erase(*order_.front());
            order_.pop_front();
        }
        key.shrink_to_fit();
        const auto entry = values_.emplace(std::move(key), Entry{value, order_.end()}).first;
        entry->second.place = order_.insert(order_.end(), &entry->first);
        return value;
    }

private:
    struct Entry {
        Value value;
        std::list<const Key*>::iterator place;
    };
    std::size_t most_;
    std::unordered_map<Key, Entry, KeyHash> values_;
    std::list<const Key*> order_;  ///< the longest unused first; the map does not move its keys
};

}  // namespace dyad::models::mapper
