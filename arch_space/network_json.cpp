// SPDX-License-Identifier: Apache-2.0
#include "arch_space/network_json.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "core/document.hpp"
#include "core/error.hpp"

namespace dyad::arch_space {
namespace {

using Json = nlohmann::ordered_json;
using Sizes = std::vector<std::uint64_t>;

constexpr int deepest = 64;

// {{"key", value}} alone would be a list of two.
Json one(const std::string& key, Json value) {
    Json json;
    json[key] = std::move(value);
    return json;
}
Json both(Pair pair) { return {pair.h, pair.w}; }
Json sides(const Padding& pad) {
    return pad.same ? Json("same") : Json(Sizes{pad.top, pad.bottom, pad.left, pad.right});
}

// The keys of each operator in a network file; what has none is its name alone.
template <class Op>
Json keys(const Op&, const Layer&) {
    return Json::object();
}
Json keys(const Conv& c, const Layer&) {
    Json json{{"out", c.out},        {"kernel", both(c.kernel)}, {"stride", both(c.stride)},
              {"pad", sides(c.pad)}, {"groups", c.groups},       {"dilation", both(c.dilation)},
              {"bias", c.bias}};
    if (c.transposed) json["output_padding"] = both(c.output_padding);
    return json;
}
Json keys(const Linear& l, const Layer&) { return {{"out", l.out}, {"bias", l.bias}}; }
Json keys(const MatMul& m, const Layer&) {
    return {{"transpose_left", m.transpose_left}, {"transpose_right", m.transpose_right}};
}
Json keys(const Pool& p, const Layer&) {
    auto json = one("type", p.kind == Pool::Kind::max ? "max" : "average");
    if (p.global) json["global"] = true;
    if (p.output.h != 0) json["output"] = both(p.output);
    if (p.global || p.output.h != 0) return json;
    json.update({{"kernel", both(p.kernel)}, {"stride", both(p.stride)}, {"pad", sides(p.pad)}, {"ceil", p.ceil}});
    return json;
}
Json keys(const Normalisation& n, const Layer&) {
    return n.kind == Normalisation::Kind::group ? one("groups", n.groups) : Json::object();
}
Json keys(const Table& t, const Layer&) {
    return {{"shape", t.shape}, {"learned", t.learned.value_or(elements(t.shape))}};
}
Json keys(const Concat& c, const Layer&) { return one("axis", c.axis); }
Json keys(const Split& s, const Layer& layer) {
    Sizes sizes;
    for (const auto& shape : layer.outputs) sizes.push_back(shape[s.axis]);
    return {{"axis", s.axis}, {"sizes", sizes}};
}
Json keys(const Reshape&, const Layer& layer) { return one("shape", layer.outputs[0]); }
Json keys(const Transpose& t, const Layer&) { return one("order", t.order); }
Json keys(const Resize& r, const Layer& layer) {
    return {{"output", Sizes{layer.outputs[0][1], layer.outputs[0][2]}},
            {"mode", r.mode == Resize::Mode::nearest ? "nearest" : "bilinear"}};
}
Json keys(const Attention& a, const Layer&) {
    Json json{{"heads", a.heads}, {"kv_heads", a.kv_heads}, {"causal", a.causal}, {"cache", a.cache}};
    if (a.window != 0) json["window"] = a.window;
    if (a.stride != 0) json["stride"] = a.stride;
    json["projections"] = false;
    return json;
}
Json keys(const Embedding& e, const Layer&) { return {{"entries", e.entries}, {"width", e.width}}; }
Json keys(const Token& t, const Layer&) { return one("count", t.count); }
Json keys(const Position& p, const Layer& layer) {
    return one("entries", p.entries != 0 ? p.entries : layer.outputs[0][0]);
}
Json keys(const TopK& t, const Layer&) { return one("count", t.count); }
Json keys(const Gather& g, const Layer&) { return g.indices.empty() ? Json::object() : one("indices", g.indices); }
Json keys(const FarthestPointSampling& s, const Layer&) { return one("points", s.points); }
Json keys(const Grouping& g, const Layer&) {
    if (g.kind == Grouping::Kind::nearest) return one("neighbours", g.samples);
    return {{"radius", g.radius}, {"samples", g.samples}};
}

Json precision(const Layer& layer) {
    return {{"weights", core::name(layer.weights)}, {"activations", core::name(layer.activations)}};
}

class Writer {
public:
    explicit Writer(const Network& network) : network_(network) {
        for (const auto& layer : network.layers) names_.push_back(unique(layer.name));
    }

    Json write() {
        Json input = Json::object(), layers = Json::array(), shapes = Json::object();
        for (std::size_t i = 0; i < names_.size(); ++i) {
            const auto& layer = network_.layers[i];
            shapes[names_[i]] = layer.outputs;
            if (std::holds_alternative<Input>(layer.op))
                input[names_[i]] = {{"shape", layer.outputs[0]}, {"precision", core::name(layer.activations)}};
            else
                layers.push_back(operation(i));
        }
        return {{"network", network_.name},
                {"source", network_.source},
                {"input", std::move(input)},
                {"layers", std::move(layers)},
                {"shapes", std::move(shapes)}};
    }

private:
    std::string unique(std::string name) {
        name = exchanged_name(std::move(name));
        while (name == "previous" || !taken_.insert(name).second) name += '_';
        return name;
    }

    Json operation(std::size_t i) const {
        const auto& layer = network_.layers[i];
        Shapes in;
        Json from = Json::array();
        for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
            const auto slot = layer.input_slots[k];
            from.push_back(slot == 0 ? names_[layer.inputs[k]] : fmt::format("{}.{}", names_[layer.inputs[k]], slot));
            in.push_back(network_.layers[layer.inputs[k]].outputs[slot]);
        }
        Json json{{"name", names_[i]}, {"from", from}};
        // a sum of which one term is left, the others being zeros, hands it on
        if (std::holds_alternative<Elementwise>(layer.op) && in.size() == 1) {
            json["shape"] = layer.outputs[0];
            return one("reshape", std::move(json));
        }
        json.update(std::visit([&](const auto& op) { return keys(op, layer); }, layer.op));
        if (!layer.shares.empty()) json["tied"] = owner(layer.shares);
        json["precision"] = precision(layer);
        const auto* conv = std::get_if<Conv>(&layer.op);
        const auto kind = conv != nullptr && !conv->transposed ? "conv" : name(layer.op, in);
        return one(std::string(kind), std::move(json));
    }

    [[nodiscard]] std::string owner(const std::string& name) const {
        const auto found = std::ranges::find(network_.layers, name, &Layer::name);
        return names_[static_cast<std::size_t>(found - network_.layers.begin())];
    }

    const Network& network_;
    std::vector<std::string> names_;
    std::set<std::string> taken_;
};

}  // namespace

std::string exchanged_name(std::string name) {
    for (auto& c : name)
        if (c == '.' || c == '[') c = '/';
    std::erase(name, ']');
    return name;
}

Json to_json(const Network& network) { return Writer(network).write(); }

Network network_from_json(const Json& json, const std::string& name) {
    auto file = json;
    if (file.is_object()) file.erase("shapes");
    return read_network(*core::parse_document(file.dump(), name));
}

Json parse_json(std::string_view text, const std::string& name) {
    const auto shallow = [&](int depth, Json::parse_event_t, Json&) {
        if (depth > deepest) throw core::Error(fmt::format("{}: nested more than {} deep", name, deepest));
        return true;
    };
    try {
        auto json = Json::parse(text, shallow);
        if (!json.is_object()) throw core::Error(fmt::format("{}: expected a JSON object", name));
        return json;
    } catch (const Json::parse_error& error) {
        throw core::Error(fmt::format("{}: no JSON: byte {}", name, error.byte));
    }
}

}  // namespace dyad::arch_space
