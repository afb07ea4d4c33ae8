// SPDX-License-Identifier: Apache-2.0
#include "core/document.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/quantity.hpp"
#include "core/yaml_text.hpp"

namespace dyad::core {
namespace {

constexpr std::size_t max_nodes = 100'000;
constexpr std::size_t max_depth = 200;
constexpr std::size_t max_bytes = std::size_t{8} << 20;  // of a file, and of the text that aliases expand to
constexpr std::size_t max_path = 1000;                   // characters; every gene and message carries one
constexpr std::size_t max_copies = 256;                  // of a !repeat
constexpr double max_steps = 1e15;

/// A number with an optional unit: the ends of a range.
struct End {
    double value = 0;
    std::string unit;
};

std::optional<End> try_end(const RawNode& raw) {
    if (raw.kind != RawNode::Kind::scalar || raw.quoted || !raw.tag.empty()) return std::nullopt;
    double value = 0;
    const char* last = raw.text.data() + raw.text.size();
    const auto [end, error] = std::from_chars(raw.text.data(), last, value);
    if (error == std::errc{} && end == last && std::isfinite(value)) return End{value, ""};
    const auto measure = try_measure(raw.text);
    if (!measure || !find_unit(measure->unit)) return std::nullopt;
    return End{measure->value, measure->unit};
}

bool is_whole(double x) { return x == std::floor(x); }

std::string describe(const RawNode& raw) {
    switch (raw.kind) {
        case RawNode::Kind::null:
            return "nothing";
        case RawNode::Kind::list:
            return "a list";
        case RawNode::Kind::map:
            return "a map";
        default:
            return "'" + shortened(raw.text) + "'";
    }
}

/// Makes Nodes of raw nodes: expands aliases and merge keys, gives the tags their meaning, numbers the genes in file
/// order.
class Expander {
public:
    explicit Expander(std::string file) : file_(std::move(file)) {}

    Node expand_root(const RawNode& raw) {
        Node root = expand(raw, "");
        if (root.kind == Node::Kind::optional) fail(raw, "", "!optional must stand in a list or a map");
        errors_.throw_if_any();
        return root;
    }

private:
    using Entries = std::vector<std::pair<RawNode::Pointer, RawNode::Pointer>>;

    void fail(const RawNode& raw, const std::string& path, const std::string& what) {
        errors_.add({file_, raw.line, raw.column}, path, what);
    }
    [[noreturn]] void stop(const RawNode& raw, const std::string& path, const std::string& what) {
        fail(raw, path, what);
        errors_.throw_if_any();
        throw std::logic_error("an error was recorded");
    }
    static Node node_at(const RawNode& raw, Node::Kind kind) {
        Node node;
        node.kind = kind;
        node.line = raw.line;
        node.column = raw.column;
        return node;
    }

    void count_node(const RawNode& raw, const std::string& path) {
        bytes_ += raw.text.size();
        if (++nodes_ > max_nodes) stop(raw, "", fmt::format("the document expands beyond {} nodes", max_nodes));
        if (bytes_ > max_bytes) stop(raw, "", fmt::format("the document expands beyond {} bytes of text", max_bytes));
        if (path.size() > max_path)
            stop(raw, "", fmt::format("the path to this value is longer than {} characters", max_path));
    }

    Node expand(const RawNode& raw, const std::string& path) {
        count_node(raw, path);
        if (raw.tag.empty() || raw.tag == "tag:yaml.org,2002:str") return expand_plain(raw, path);
        if (raw.tag == "!choice") return expand_choice(raw, path);
        if (raw.tag == "!range") return expand_range(raw, path);
        if (raw.tag == "!optional") return expand_optional(raw, path);
        if (raw.tag == "!repeat") return expand_repeat(raw, path);
        fail(raw, path,
             fmt::format("unknown tag '{}'{}", shortened(raw.tag),
                         did_you_mean(raw.tag, {"!choice", "!range", "!optional", "!repeat"})));
        return node_at(raw, Node::Kind::null);
    }

    Node expand_plain(const RawNode& raw, const std::string& path) {
        switch (raw.kind) {
            case RawNode::Kind::null:
                return node_at(raw, Node::Kind::null);
            case RawNode::Kind::list:
                return expand_list(raw, path);
            case RawNode::Kind::map:
                return expand_map(raw, path);
            default:
                break;
        }
        Node node = node_at(raw, Node::Kind::scalar);
        node.text = raw.text;
        node.quoted = raw.quoted || !raw.tag.empty();
        return node;
    }

    Node expand_list(const RawNode& raw, const std::string& path) {
        Node node = node_at(raw, Node::Kind::list);
        for (std::size_t i = 0; i < raw.items.size(); ++i)
            node.items.push_back(expand(*raw.items[i], fmt::format("{}[{}]", path, i)));
        return node;
    }

    Node expand_map(const RawNode& raw, const std::string& path) {
        Node node = node_at(raw, Node::Kind::map);
        Entries entries;
        std::map<std::string, int> seen;
        collect_entries(raw, path, entries, seen);
        for (const auto& [key, value] : entries) {
            const std::string inner = path.empty() ? key->text : path + "." + key->text;
            node.entries.push_back({key->text, key->line, key->column, expand(*value, inner)});
        }
        return node;
    }

    /// The entries of a map in file order, those of merge keys after them; a key of the map itself wins over a merged
    /// one.
    void collect_entries(const RawNode& map, const std::string& path, Entries& entries,
                         std::map<std::string, int>& seen) {
        std::map<std::string, int> own;
        std::vector<RawNode::Pointer> merged;
        for (const auto& [key, value] : map.entries) {
            count_node(*key, path);
            if (key->kind != RawNode::Kind::scalar || !key->tag.empty() || key->text.empty()) {
                fail(*key, path, fmt::format("expected a name as key, got {}", describe(*key)));
            } else if (key->text == "<<" && !key->quoted) {
                merged.push_back(value);
            } else if (const auto [first, fresh] = own.emplace(key->text, key->line); !fresh) {
                fail(*key, path,
                     fmt::format("duplicate key '{}' (first in line {})", shortened(key->text), first->second));
            } else if (seen.emplace(key->text, key->line).second) {
                entries.emplace_back(key, value);
            }
        }
        for (const auto& value : merged) merge(*value, path, entries, seen);
    }

    void merge(const RawNode& value, const std::string& path, Entries& entries, std::map<std::string, int>& seen) {
        if (value.kind == RawNode::Kind::map && value.tag.empty()) return collect_entries(value, path, entries, seen);
        if (value.kind != RawNode::Kind::list || !value.tag.empty())
            return fail(value, path, fmt::format("'<<' expects a map to merge, got {}", describe(value)));
        for (const auto& item : value.items) merge(*item, path, entries, seen);
    }

    Node expand_choice(const RawNode& raw, const std::string& path) {
        Node node = node_at(raw, Node::Kind::choice);
        node.gene = genes_++;
        if (raw.kind != RawNode::Kind::list)
            fail(raw, path, fmt::format("!choice expects a list of options, got {}", describe(raw)));
        else if (raw.items.empty())
            fail(raw, path, "!choice expects at least one option, got an empty list");
        for (const auto& item : raw.items) node.items.push_back(expand(*item, path));
        return node;
    }

    Node expand_range(const RawNode& raw, const std::string& path) {
        Node node = node_at(raw, Node::Kind::range);
        node.gene = genes_++;
        if (raw.kind != RawNode::Kind::map) {
            fail(raw, path, fmt::format("!range expects {{from, to[, step]}}, got {}", describe(raw)));
            return node;
        }
        std::map<std::string, RawNode::Pointer> parts;
        read_parts(raw, path, {"from", "to", "step"}, parts);
        std::map<std::string, End> ends;
        for (const auto& [key, value] : parts)
            if (const auto end = try_end(*value))
                ends[key] = *end;
            else
                fail(*value, path + "." + key,
                     fmt::format("expected a number or a quantity, got {}", describe(*value)));
        if (ends.contains("from") && ends.contains("to") && ends.contains("step") == parts.contains("step"))
            set_range(node, raw, path, ends);
        return node;
    }

    /// The entries of a tag's map. `required` keys, of which "step" may be missing.
    void read_parts(const RawNode& raw, const std::string& path, const std::vector<std::string>& keys,
                    std::map<std::string, RawNode::Pointer>& parts) {
        Entries entries;
        std::map<std::string, int> seen;
        collect_entries(raw, path, entries, seen);
        for (const auto& [key, value] : entries)
            if (std::find(keys.begin(), keys.end(), key->text) == keys.end())
                fail(*key, path,
                     fmt::format("unknown key '{}'{}", shortened(key->text), did_you_mean(key->text, keys)));
            else
                parts[key->text] = value;
        for (const std::string& key : keys)
            if (key != "step" && !parts.contains(key))
                fail(raw, path, fmt::format("{} needs the key '{}'", raw.tag, key));
    }

    /// All three in the unit of `from`.
    void set_range(Node& node, const RawNode& raw, const std::string& path, std::map<std::string, End>& ends) {
        const std::string unit = ends["from"].unit;
        for (auto& [key, end] : ends) {
            if (!same_kind(end.unit, unit))
                return fail(raw, path, "from, to and step of a !range must be of one kind of unit");
            if (!unit.empty() && end.unit != unit) end.value *= find_unit(end.unit)->factor / find_unit(unit)->factor;
        }
        node.text = unit;
        node.from = ends["from"].value;
        node.to = ends["to"].value;
        node.step = ends.contains("step") ? ends["step"].value : 0;
        if (node.from > node.to)
            fail(raw, path, fmt::format("!range: from ({}) is greater than to ({})", node.from, node.to));
        if (ends.contains("step") && !(node.step > 0))
            fail(raw, path, fmt::format("!range: step must be positive, got {}", node.step));
        if (node.step > 0 && (node.to - node.from) / node.step > max_steps) fail(raw, path, "!range: too many steps");
        if (!std::isfinite(node.to - node.from)) fail(raw, path, "!range: from and to are too far apart");
    }

    static bool same_kind(const std::string& a, const std::string& b) {
        if (a.empty() || b.empty()) return a == b;
        return find_unit(a)->kind == find_unit(b)->kind;
    }

    Node expand_optional(const RawNode& raw, const std::string& path) {
        Node node = node_at(raw, Node::Kind::optional);
        node.gene = genes_++;
        RawNode bare = raw;
        bare.tag.clear();
        if (raw.kind == RawNode::Kind::scalar && raw.text.empty())
            fail(raw, path, "!optional expects a value, got nothing");
        node.items.push_back(expand(bare, path));
        return node;
    }

    Node expand_repeat(const RawNode& raw, const std::string& path) {
        Node node = node_at(raw, Node::Kind::repeat);
        if (raw.kind != RawNode::Kind::map) {
            fail(raw, path, fmt::format("!repeat expects {{times, of}}, got {}", describe(raw)));
            return node;
        }
        std::map<std::string, RawNode::Pointer> parts;
        read_parts(raw, path, {"times", "of"}, parts);
        if (!parts.contains("times") || !parts.contains("of")) return node;
        Node times = expand(*parts["times"], path + ".times");
        const auto copies = most_copies(times);
        if (!copies) {
            fail(*parts["times"], path + ".times",
                 fmt::format("expected a whole number up to {}, or a !choice or stepped !range of such", max_copies));
            return node;
        }
        node.gene = times.gene;
        node.entries.push_back({"times", times.line, times.column, std::move(times)});
        for (std::size_t i = 0; i < *copies; ++i)
            node.items.push_back(expand(*parts["of"], fmt::format("{}.repeat[{}]", path, i)));
        return node;
    }

    static std::optional<std::size_t> whole_number(const Node& node) {
        std::size_t value = 0;
        const char* last = node.text.data() + node.text.size();
        const auto [end, error] = std::from_chars(node.text.data(), last, value);
        if (node.kind != Node::Kind::scalar || node.quoted || error != std::errc{} || end != last || value > max_copies)
            return std::nullopt;
        return value;
    }

    static std::optional<std::size_t> most_copies(const Node& times) {
        if (times.kind == Node::Kind::choice) {
            std::optional<std::size_t> most;
            for (const Node& option : times.items) {
                const auto count = whole_number(option);
                if (!count) return std::nullopt;
                most = std::max(most.value_or(0), *count);
            }
            return most;
        }
        if (times.kind != Node::Kind::range) return whole_number(times);
        const bool whole =
            is_whole(times.from) && is_whole(times.step) && times.step > 0 && times.from >= 0 && times.text.empty();
        if (!whole || times.to > static_cast<double>(max_copies)) return std::nullopt;
        return static_cast<std::size_t>(times.from + std::floor((times.to - times.from) / times.step) * times.step);
    }

    std::string file_;
    Errors errors_;
    std::size_t nodes_ = 0, bytes_ = 0;
    int genes_ = 0;
};

}  // namespace

std::shared_ptr<const Document> parse_document(std::string_view text, const std::string& file) {
    const auto raw = parse_yaml_text(text, file, max_depth, max_nodes);
    return std::make_shared<const Document>(Document{file, sha256(text), Expander(file).expand_root(*raw)});
}

std::shared_ptr<const Document> read_document(const std::filesystem::path& file) {
    return parse_document(read_file(file, max_bytes), file.string());
}

std::string sha256(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1)
        throw std::logic_error("SHA-256 is not available");
    std::string text;
    for (unsigned i = 0; i < length; ++i) text += fmt::format("{:02x}", digest[i]);
    return text;
}

}  // namespace dyad::core
