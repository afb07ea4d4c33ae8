// SPDX-License-Identifier: Apache-2.0
#include "codesign/validate/loop_levels.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

namespace dyad::codesign {
namespace {

using models::LoopDim, models::TiledConvolution;

constexpr std::uint64_t largest = 1 << 20;
constexpr int outermost = 3;

std::vector<std::string> words(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> result;
    for (std::string word; stream >> word;) result.push_back(word);
    return result;
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value == 0 || value > largest) return std::nullopt;
    return value;
}

class Reader {
public:
    explicit Reader(const core::Place& place) : place_(place) {}

    TiledConvolution read(const std::string& layer, const std::string& mapping) {
        for (const auto& word : words(layer)) read_size(word);
        for (const auto& word : words(mapping)) read_mapping_word(word);
        if (level_ != 0) fail("mapping", fmt::format("ends at {}, expected levels L3 to L0", level_name()));
        for (std::size_t d = 0; d < models::loop_dims; ++d) check_product(d);
        errors_.throw_if_any();
        return result_;
    }

private:
    void fail(const char* where, const std::string& what) { errors_.add(place_, where, what); }
    [[nodiscard]] std::string level_name() const { return level_ > outermost ? "nothing" : fmt::format("L{}", level_); }

    void read_size(const std::string& word) {
        const auto stride = word.starts_with("stride") ? number(std::string_view(word).substr(6)) : std::nullopt;
        const auto factor = loop(word);
        if (stride)
            result_.stride = *stride;
        else if (factor && word.back() != 'X')
            result_.size[static_cast<std::size_t>(factor->dim)] = factor->count;
        else
            fail("layer", fmt::format("'{}', expected a size such as C64 or stride2", core::shortened(word)));
    }

    void read_mapping_word(const std::string& word) {
        if (word == "-") return;
        if (word.starts_with('L')) return read_level(word);
        const auto factor = loop(word);
        if (!factor)
            fail("mapping", fmt::format("'{}', expected a loop such as P7 or K16X", core::shortened(word)));
        else if (level_ > outermost)
            fail("mapping", fmt::format("'{}' stands before the first level", word));
        else
            add(*factor);
    }

    void read_level(const std::string& word) {
        const auto wanted = level_ - 1;
        const bool tensors = word.size() > 4 && word[2] == '[' && word.back() == ']' &&
                             word.find_first_not_of("WIO", 3) == word.size() - 1;
        if (!tensors || word[1] != static_cast<char>('0' + wanted) || wanted < 0)
            fail("mapping",
                 fmt::format("level '{}', expected {} and its tensors, such as L2[WI]", core::shortened(word),
                             wanted < 0 ? "no more levels" : fmt::format("L{}", wanted)));
        level_ = std::max(wanted, 0);
    }

    static std::optional<TiledConvolution::Loop> loop(std::string_view word) {
        const auto letter =
            word.empty() ? std::string_view::npos : std::string_view(models::loop_letters).find(word[0]);
        if (letter == std::string_view::npos) return std::nullopt;
        if (word.back() == 'X') word.remove_suffix(1);
        const auto count = number(word.substr(std::min<std::size_t>(1, word.size())));
        if (!count) return std::nullopt;
        return TiledConvolution::Loop{static_cast<LoopDim>(letter), *count};
    }

    void add(const TiledConvolution::Loop& loop) {
        const auto dim = static_cast<std::size_t>(loop.dim);
        product_[dim] *= loop.count;
        if (level_ == outermost)
            result_.loops.push_back(loop);
        else
            result_.tile[dim] *= loop.count;
    }

    void check_product(std::size_t dim) {
        if (product_[dim] == result_.size[dim]) return;
        fail("mapping", fmt::format("the loops of {} make {}, the layer has {}", models::loop_letters[dim],
                                    product_[dim], result_.size[dim]));
    }

    const core::Place& place_;
    core::Errors errors_;
    TiledConvolution result_;
    std::array<std::uint64_t, models::loop_dims> product_{1, 1, 1, 1, 1, 1, 1};
    int level_ = outermost + 1;
};

}  // namespace

models::TiledConvolution read_loop_levels(const std::string& layer, const std::string& mapping,
                                          const core::Place& place) {
    return Reader(place).read(layer, mapping);
}

}  // namespace dyad::codesign
