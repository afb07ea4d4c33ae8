// SPDX-License-Identifier: Apache-2.0
#include "models/import/scalesim.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "core/error.hpp"
#include "core/files.hpp"

namespace dyad::models {

namespace {

constexpr std::uint64_t largest = std::uint64_t{1} << 31;
constexpr std::size_t most_layers = 10'000;

std::string trimmed(std::string_view text) {
    constexpr auto blank = " \t\r\"";
    const auto first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(blank) - first + 1));
}

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

std::optional<std::uint64_t> whole(const std::string& text) {
    std::uint64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || rest != end || value < 1 || value > largest) return std::nullopt;
    return value;
}

/// Letters, digits, `_` and `-` are kept.
std::string name_of(std::string text) {
    std::ranges::replace_if(
        text, [](unsigned char c) { return std::isalnum(c) == 0 && c != '_' && c != '-'; }, '_');
    return text.empty() ? "layer" : text;
}

struct Line {
    int number;
    std::string text;
};

std::vector<Line> lines_of(const std::filesystem::path& file) {
    const auto bytes = core::read_file(file, std::size_t{16} << 20);
    std::vector<Line> lines;
    int number = 0;
    for (std::size_t at = 0; at < bytes.size(); ++number) {
        const auto end = std::min(bytes.find('\n', at), bytes.size());
        lines.push_back({number + 1, trimmed(std::string_view(bytes).substr(at, end - at))});
        at = end + 1;
    }
    std::erase_if(lines, [](const Line& line) { return line.text.empty() || line.text[0] == '#'; });
    return lines;
}

/// Keys in lower case and where they stand; sections are only for the eye.
struct Setting {
    std::string value;
    int line;
};

class Configuration {
public:
    Configuration(const std::filesystem::path& file, core::Errors& errors) : file_(file.string()), errors_(errors) {
        for (const auto& [number, text] : lines_of(file)) {
            if (text[0] == ';') continue;
            if (text[0] == '[') {
                if (text.back() != ']')
                    errors_.add({file_, number, 1}, "", "expected '[section]', got '" + core::shortened(text) + "'");
                continue;
            }
            const auto split = text.find_first_of(":=");
            if (split == std::string::npos)
                errors_.add({file_, number, 1}, "", "expected 'key: value', got '" + core::shortened(text) + "'");
            else
                settings_[lower(trimmed(std::string_view(text).substr(0, split)))] = {
                    trimmed(std::string_view(text).substr(split + 1)), number};
        }
    }
    [[nodiscard]] std::string text(const std::string& key, const std::string& otherwise) const {
        const auto found = settings_.find(lower(key));
        return found == settings_.end() ? otherwise : found->second.value;
    }
    [[nodiscard]] std::uint64_t count(const std::string& key) const {
        const auto found = settings_.find(lower(key));
        if (found == settings_.end()) {
            errors_.add({file_, 0, 0}, "", "missing key '" + key + "' (a whole number)");
            return 1;
        }
        const auto value = whole(found->second.value);
        if (!value) fail(key, "expected a whole number from 1, got '" + core::shortened(found->second.value) + "'");
        return value.value_or(1);
    }
    /// Whole numbers from 0 with commas between them, where the key is given.
    void check_counts(const std::string& key) const {
        const auto found = settings_.find(lower(key));
        if (found == settings_.end()) return;
        const auto& text = found->second.value;
        for (std::size_t at = 0; at <= text.size();) {
            const auto end = std::min(text.find(',', at), text.size());
            const auto field = trimmed(std::string_view(text).substr(at, end - at));
            at = end + 1;
            if (field == "0" || whole(field)) continue;
            return fail(key, "expected whole numbers, got '" + core::shortened(text) + "'");
        }
    }
    /// Keys other than these, as they are compared.
    [[nodiscard]] std::vector<std::string> others(std::span<const char* const> known) const {
        std::vector<std::string> all;
        for (const auto& [key, setting] : settings_)
            if (std::ranges::none_of(known, [&](const char* one) { return lower(one) == key; })) all.push_back(key);
        return all;
    }
    void fail(const std::string& key, const std::string& what) const {
        const auto found = settings_.find(lower(key));
        errors_.add({file_, found == settings_.end() ? 0 : found->second.line, 0}, key, what);
    }

private:
    std::string file_;
    core::Errors& errors_;
    std::map<std::string, Setting> settings_;
};

std::string dataflow_of(const Configuration& c) {
    const auto text = lower(c.text("Dataflow", "os"));
    if (text == "os") return "output_stationary";
    if (text == "ws") return "weight_stationary";
    if (text == "is") return "input_stationary";
    c.fail("Dataflow", "expected os, ws or is, got '" + core::shortened(text) + "'");
    return "output_stationary";
}

constexpr std::array read_keys{"run_name",       "ArrayHeight",   "ArrayWidth", "IfmapSramSzkB",
                               "FilterSramSzkB", "OfmapSramSzkB", "Dataflow"};
/// Numbers that place tensors in memory and rate the links, which counts do not depend on.
constexpr std::array checked_keys{"Bandwidth", "IfmapOffset", "FilterOffset", "OfmapOffset"};

std::string accelerator_yaml(const Configuration& c) {
    for (const auto* key : checked_keys) c.check_counts(key);
    const auto rows = c.count("ArrayHeight"), cols = c.count("ArrayWidth");
    constexpr std::uint64_t most_side = 4096, most_kib = std::uint64_t{1} << 20;
    for (const auto* key : {"ArrayHeight", "ArrayWidth"})
        if (c.count(key) > most_side) c.fail(key, fmt::format("expected at most {}", most_side));
    auto text = fmt::format(
        "accelerator: {}\n# The imported configuration gives no node and no clock.\ntechnology: 16nm\nclock: 1 GHz\n"
        "memory:\n  - dram: {{standard: lpddr4-3200}}\n",
        name_of(c.text("run_name", "imported")));
    struct Sram {
        const char *key, *name, *tensor;
        std::uint64_t bytes;  ///< a cycle: a word for each row or column; partial sums of 4 bytes go both ways
    };
    const std::array<Sram, 3> srams{{{"IfmapSramSzkB", "ifmap_sram", "inputs", rows},
                                     {"FilterSramSzkB", "filter_sram", "weights", cols},
                                     {"OfmapSramSzkB", "ofmap_sram", "outputs", 8 * cols}}};
    for (const auto& sram : srams) {
        const auto kib = c.count(sram.key);
        if (kib > most_kib) c.fail(sram.key, fmt::format("expected at most {}", most_kib));
        // A width that is a power of two divides any number of KiB up to its own size.
        std::uint64_t width = 1;
        while (width < sram.bytes && width * 2 <= std::min<std::uint64_t>(kib * 1024, 4096)) width *= 2;
        text += fmt::format("  - buffer: {{name: {}, size: {} KiB, width: {} B, keeps: [{}]}}\n", sram.name, kib, width,
                            sram.tensor);
    }
    return text + fmt::format(
                      "engines:\n  - pe_array: {{rows: {}, cols: {}, dataflow: {}, pipeline: simple, precision: int8, "
                      "accumulate: int32, registers: {{weights: 1, inputs: 1, psums: 1}}}}\n"
                      "# Runs what the array cannot, such as pooling; not a part of the imported design.\n"
                      "host: {{rate: 20 Gop/s, link: 4 GB/s, launch: 20 us}}\n",
                      rows, cols, dataflow_of(c));
}

struct Row {
    std::string name;
    std::vector<std::uint64_t> numbers;
};

/// Fields until the first that is no number: a header has none, later columns (sparsity) do not matter.
Row row_of(const std::string& text) {
    Row row;
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find(',', at), text.size());
        const auto field = trimmed(std::string_view(text).substr(at, end - at));
        if (at == 0) {
            row.name = field;
        } else if (const auto number = whole(field)) {
            row.numbers.push_back(*number);
        } else {
            break;
        }
        at = end + 1;
    }
    return row;
}

/// Input and layer of one line; nothing (and an error) when it is none.
std::optional<std::pair<std::string, std::string>> layer_yaml(const Row& row, const std::string& name) {
    const auto& n = row.numbers;
    if (n.size() == 3)
        return std::pair(
            fmt::format("  {}_in: [{}, {}]\n", name, n[0], n[2]),
            fmt::format("  - linear: {{name: {}, from: {}_in, out: {}, bias: false}}\n", name, name, n[1]));
    if (n.size() != 7 && n.size() != 8) return std::nullopt;
    const auto stride_w = n.size() == 8 ? n[7] : n[6];
    if (n[2] > n[0] || n[3] > n[1]) return std::nullopt;
    return std::pair(
        fmt::format("  {}_in: [{}, {}, {}]\n", name, n[4], n[0], n[1]),
        fmt::format("  - conv: {{name: {}, from: {}_in, out: {}, kernel: [{}, {}], stride: [{}, {}], pad: 0, bias: "
                    "false}}\n",
                    name, name, n[5], n[2], n[3], n[6], stride_w));
}

std::string network_yaml(const std::filesystem::path& file, core::Errors& errors) {
    std::string inputs, layers;
    std::set<std::string> taken;
    bool header = true;
    for (const auto& [number, text] : lines_of(file)) {
        const auto row = row_of(text);
        const bool is_header = std::exchange(header, false) && row.numbers.empty();
        if (is_header) continue;
        auto name = name_of(row.name);
        while (!taken.insert(name).second) name += "_";
        if (const auto layer = layer_yaml(row, name)) {
            inputs += layer->first;
            layers += layer->second;
        } else {
            errors.add({file.string(), number, 0}, "",
                       "expected 'name, M, N, K' or 'name, ifmap height, width, filter height, width, channels, "
                       "filters, stride' with a filter no larger than its input, got '" +
                           core::shortened(text) + "'");
        }
        if (taken.size() > most_layers)
            throw core::Error(fmt::format("{}: more than {} layers", file.string(), most_layers));
    }
    if (taken.empty()) errors.add({file.string(), 0, 0}, "", "expected a header and at least one layer");
    return fmt::format("network: {}\nprecision: int8\ninput:\n{}layers:\n{}", name_of(file.stem().string()), inputs,
                       layers);
}

}  // namespace

ImportedNetwork import_scalesim(const std::filesystem::path& configuration, const std::filesystem::path& topology) {
    core::Errors errors;
    const Configuration settings(configuration, errors);
    ImportedNetwork all{accelerator_yaml(settings), network_yaml(topology, errors), {}};
    errors.throw_if_any();
    if (const auto others = settings.others(read_keys); !others.empty())
        all.remarks.push_back(fmt::format("keys not read: {}", fmt::join(others, ", ")));
    return all;
}

}  // namespace dyad::models
