// SPDX-License-Identifier: Apache-2.0
#include "arch_space/onnx/importer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "arch_space/onnx/arguments.hpp"
#include "arch_space/onnx/batch.hpp"
#include "arch_space/onnx/shapes.hpp"
#include "arch_space/onnx/spelling.hpp"

namespace dyad::arch_space::onnx {
namespace {

constexpr std::size_t most_layers = 20'000;
constexpr std::size_t most_kept = std::size_t{512} * most_values;  ///< of all constants that are computed: 64 MiB

/// A name that a network file may have: letters, digits, '_', '-', '/', and nothing that YAML reads as something else.
std::string good_name(std::string name) {
    if (name.rfind("/", 0) == 0) name.erase(0, 1);
    for (auto& c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != '-' && c != '/') c = '_';
    const bool letter = !name.empty() && std::isalpha(static_cast<unsigned char>(name[0])) != 0;
    if (!letter) name = "n" + name;
    std::string lower;
    for (const auto c : name) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    for (const auto* taken : {"previous", "null", "true", "false"})
        if (lower == taken) return name + "_";
    return name;
}

}  // namespace

Importer::Importer(const Model& model, const OnnxOptions& options, FirstAxis first)
    : model_(model), patterns_(find_patterns(model)), first_(first) {
    for (const auto& node : model.nodes)
        for (const auto& name : node.inputs)
            if (!name.empty()) readers_[name].push_back(&node);
    for (const auto& [name, stored] : model.stored) {
        Value value{.kind = Value::Kind::constant, .shape = stored.shape};
        value.precision = stored.precision;
        value.whole = stored.whole;
        value.values = stored.values;
        const bool counts = stored.precision != core::Precision::int32 && elements(stored.shape) > 1;
        value.learned = counts ? elements(stored.shape) : 0;
        value.origin = stored.turned_from.empty() ? name : stored.turned_from;
        values_.emplace(name, std::move(value));
    }
    find_batch();
    read_inputs(options);
}

/// A number as first size of all inputs that have one is the batch.
void Importer::find_batch() {
    if (first_ == FirstAxis::kept) return;
    std::set<std::int64_t> sizes;
    for (const auto& input : model_.inputs)
        if (input.axes && input.axes->size() >= 2) sizes.insert((*input.axes)[0].size.value_or(1));
    if (sizes.size() == 1 && *sizes.begin() > 1) batch_ = static_cast<std::uint64_t>(*sizes.begin());
}

void Importer::read_inputs(const OnnxOptions& options) {
    for (const auto& input : model_.inputs) read_input(input, options);
    if (model_.inputs.empty()) errors_.add("the graph has no input");
}

void Importer::read_input(const ModelInput& input, const OnnxOptions& options) {
    const auto shown = core::shortened(input.name);
    values_.try_emplace(input.name);
    if (!input.axes) return errors_.add(fmt::format("input '{}' has no shape", shown));
    Shape shape;
    bool has_batch = false;
    for (std::size_t i = 0; i < input.axes->size(); ++i) {
        const auto& [size, symbol] = (*input.axes)[i];
        const auto option = options.sizes.find(symbol);
        const bool is_open = !size && option == options.sizes.end();
        if (i == 0 && (is_open || (size && input.axes->size() >= 2 && fixed()))) {
            has_batch = first_ == FirstAxis::batch;
            shape.push_back(1);
        } else if (size && *size >= 1 && static_cast<std::uint64_t>(*size) <= max_dimension) {
            shape.push_back(static_cast<std::uint64_t>(*size));
        } else if (size) {
            return errors_.add(
                fmt::format("input '{}': axis {} has size {}, expected 1 to {}", shown, i, *size, max_dimension));
        } else if (option != options.sizes.end()) {
            shape.push_back(option->second);
        } else {
            return errors_.add(fmt::format("input '{}': axis {}{} has no size{}", shown, i,
                                           symbol.empty() ? "" : " (" + symbol + ")",
                                           symbol.empty() ? "" : "; give it with --size " + symbol + "=..."));
        }
    }
    if (shape.size() > 8) return errors_.add(fmt::format("input '{}' has {} axes", shown, shape.size()));
    const auto plain = without_batch(shape);
    const auto sizes = plain.size() > 3 ? merged(plain) : plain;
    inputs_.push_back({unique(input.name), sizes, input.precision});
    Value value{
        .kind = Value::Kind::activation, .shape = shape, .source = {inputs_.back().name, sizes, input.precision}};
    if (has_batch) value.batch = Place{};
    // Token numbers have no part in the precision of what is computed from them.
    values_.insert_or_assign(input.name, std::move(value));
}

bool Importer::has(const Node& node, std::size_t i) const { return i < node.inputs.size() && !node.inputs[i].empty(); }

const Value* Importer::find(const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? nullptr : &found->second;
}

const Value& Importer::in(const Node& node, std::size_t i) const {
    if (!has(node, i)) throw Fault(fmt::format("input {} is missing", i));
    const auto probed = probing_ ? probed_.find(node.inputs[i]) : probed_.end();
    const auto* value = probed != probed_.end() ? &probed->second : find(node.inputs[i]);
    if (value == nullptr) throw std::logic_error("a value before its time");
    return *value;
}

const Value& Importer::activation(const Node& node, std::size_t i) const {
    const auto& value = in(node, i);
    if (!value.activation()) throw Fault(fmt::format("input {} is a constant, expected an activation", i));
    if (value.pad != Padding{}) throw Fault("padding before anything but a convolution or pooling");
    return value;
}

const std::vector<double>& Importer::numbers(const Node& node, std::size_t i) const {
    const auto& value = in(node, i);
    if (!value.constant() || !value.values)
        throw Fault(fmt::format("input {} is not known before the network runs", i));
    return *value.values;
}

void Importer::set(const Node& node, std::size_t i, Value value) {
    if (i >= node.outputs.size() || node.outputs[i].empty()) return;
    if (value.values && (kept_ += value.values->size()) > most_kept) value.values.reset();
    (probing_ ? probed_ : values_).insert_or_assign(node.outputs[i], std::move(value));
}

std::vector<const Node*> Importer::readers(const std::string& name) const {
    const auto found = readers_.find(name);
    auto nodes = found == readers_.end() ? std::vector<const Node*>{} : found->second;
    return nodes;
}

std::string Importer::unique(const std::string& name) {
    const auto base = good_name(name);
    auto result = base;
    auto& count = copies_.try_emplace(base, 1).first->second;
    while (!names_.insert(result).second) result = fmt::format("{}_{}", base, ++count);
    return result;
}

Source Importer::view(const Value& value, const Shape& shape) { return view(value.source, shape); }

Source Importer::base(const Source& source) const {
    const auto found = bases_.find(source.ref);
    return found == bases_.end() ? source : found->second;
}

Source Importer::view(const Source& given, const Shape& shape) {
    if (given.shape == shape) return given;
    const auto source = base(given);
    if (source.shape == shape) return source;
    const auto known = views_.find({source.ref, shape});
    if (known != views_.end()) return known->second;
    Node node{source.ref.substr(0, source.ref.rfind('.')) + "_as_" + to_text(shape), "Reshape", {}, {}};
    const auto made = emit(node, Reshape{shape}, {source}).at(0);
    views_.emplace(std::pair(source.ref, shape), made);
    bases_.emplace(made.ref, source);
    return made;
}

Source Importer::flipped(const Node& node, const Source& matrix) {
    const auto known = flips_.find({base(matrix).ref, matrix.shape});
    if (known != flips_.end()) return known->second;
    auto made = emit(node, Transpose{{1, 0}}, {matrix}).at(0);
    flips_.emplace(std::pair(base(made).ref, made.shape), matrix);
    flips_.emplace(std::pair(base(matrix).ref, matrix.shape), made);
    return made;
}

std::vector<Source> Importer::emit(const Node& node, Operator op, const std::vector<Source>& inputs,
                                   const Value* weights) {
    if (lines_.size() >= most_layers) throw Fault(fmt::format("more than {} layers", most_layers));
    Shapes in;
    for (const auto& source : inputs) in.push_back(source.shape);
    const auto full = resolve(op, in);
    const auto out = infer(full, in);
    for (const auto& shape : out) check_size(shape);
    auto activations = inputs.at(0).precision;
    if (activations == core::Precision::int32)
        activations = weights != nullptr ? weights->precision : core::Precision::fp32;
    const auto precision = weights != nullptr ? weights->precision : activations;
    Line line{unique(node.name), std::string(name(full, in)), spelling(full, in), {}, precision, activations};
    for (const auto& source : inputs) line.from.push_back(source.ref);
    if (const auto owner = tie(line.name, full, in, weights); !owner.empty()) line.keys.push_back("tied: " + owner);
    std::vector<Source> result;
    for (std::size_t i = 0; i < out.size(); ++i)
        result.push_back({out.size() == 1 ? line.name : fmt::format("{}.{}", line.name, i), out[i], activations});
    lines_.push_back(std::move(line));
    return result;
}

void Importer::emit_to(const Node& node, const Shape& shape, Operator op, const std::vector<Source>& inputs,
                       const Value* weights) {
    auto made = emit(node, std::move(op), inputs, weights).at(0);
    if (elements(made.shape) != elements(shape))
        throw std::logic_error(fmt::format("{}: {} for {}", node.name, to_text(made.shape), to_text(shape)));
    set(node, 0, {.kind = Value::Kind::activation, .shape = shape, .source = std::move(made)});
}

std::string Importer::tie(const std::string& name, const Operator& op, const Shapes& in, const Value* weights) {
    if (weights == nullptr || weights->origin.empty()) return {};
    const auto count = arch_space::parameters(op, in);
    const auto [owner, first] = owners_.try_emplace(weights->origin, Owner{name, op.index(), count});
    const auto& [other, kind, parameters] = owner->second;
    const bool table = std::holds_alternative<Linear>(op) && kind == Operator(Embedding{}).index();
    return !first && parameters == count && (kind == op.index() || table) ? other : std::string();
}

/// Whether a branch of an If is not taken.
bool Importer::left(const Node& node) const {
    const auto* guard = node.guard.empty() ? nullptr : find(node.guard);
    if (guard == nullptr) return false;
    const auto taken = scalar(*guard);
    return taken ? (*taken != 0) != node.when : guard->kind == Value::Kind::unknown;
}

/// An If whose condition is known hands on what the branch that is taken makes.
void Importer::choose(const Node& node) {
    const auto condition = scalar(in(node, 0));
    const auto count = node.outputs.size();
    if (!condition || node.inputs.size() != 1 + 2 * count) return unsupported_[node.op].push_back(node.name);
    for (std::size_t i = 0; i < count; ++i) set(node, i, Value(in(node, 1 + i + (*condition != 0 ? 0 : count))));
}

void Importer::process(const Node& node) try {
    if (left(node)) return;
    if (node.op == "If") return choose(node);
    const auto& output = node.outputs.empty() ? std::string() : node.outputs[0];
    if (absorbed_.contains(output)) return hand_on(node);
    if (patterns_.inner.contains(output)) return;
    const auto pattern = patterns_.at.find(output);
    if (pattern == patterns_.at.end()) return handle(node);
    const Value* input = find(pattern->second.input);
    if (input == nullptr || !input->activation()) return;
    const auto batch = batch_after(node, pattern->second, *input);
    emit_fused(*this, node, pattern->second, *input);
    mark(node, batch);
} catch (const Fault& fault) {
    errors_.add(fmt::format("node '{}' ({}): {}", node.name, node.op, fault.what()));
} catch (const BadShape& bad) {
    errors_.add(fmt::format("node '{}' ({}): {}", node.name, node.op, bad.what()));
}

void Importer::handle(const Node& node) {
    const auto handler = find_handler(node.op);
    bool known = true;
    for (const auto& name : node.inputs) known = known && (name.empty() || find(name)->kind != Value::Kind::unknown);
    if (handler == nullptr && !known) unsupported_[node.op].push_back(node.name);
    if (!known) return;
    const auto batch = batch_after(*this, node);
    if (!fold(*this, node)) {
        if (handler == nullptr) return unsupported_[node.op].push_back(node.name);
        handler(*this, node);
    }
    mark(node, batch);
    probe(node);
}

void Importer::hand_on(const Node& node) {
    const auto batch = batch_after(*this, node);
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
        if (has(node, i) && in(node, i).activation()) set(node, 0, Value(in(node, i)));
    mark(node, batch);
}

void Importer::mark(const Node& node, const std::optional<Place>& batch) {
    for (const auto& name : node.outputs) {
        const auto found = values_.find(name);
        if (found == values_.end() || !found->second.activation()) continue;
        if (batch && batch->axis >= found->second.shape.size()) throw Fault("no axis is left for the batch");
        found->second.batch = batch;
    }
}

/// Constants once more where the batch's size has a part in them.
void Importer::probe(const Node& node) {
    const bool asks = node.op == "Shape" || node.op == "Size";
    bool varies = false;
    for (const auto& name : node.inputs) {
        if (name.empty()) continue;
        const auto& value = *find(name);
        if (!asks && !value.constant()) return;
        if (value.batch) probed_.insert_or_assign(name, Value{.kind = value.kind, .shape = whole_shape(*this, value)});
        varies = varies || probed_.contains(name);
    }
    if (!varies) return;
    const Probe probing(*this);
    try {
        const auto handler = find_handler(node.op);
        if (!fold(*this, node) && handler != nullptr) handler(*this, node);
    } catch (const Fault&) {
        certain_ = false;
    } catch (const BadShape&) {
        certain_ = false;
    }
}

void Importer::report_unsupported() {
    if (unsupported_.empty()) return;
    std::vector<std::string> parts;
    for (const auto& [op, nodes] : unsupported_)
        parts.push_back(fmt::format("{} (node{} '{}')", op, nodes.size() == 1 ? "" : "s", fmt::join(nodes, "', '")));
    errors_.add(fmt::format("unsupported operator{}: {}", parts.size() == 1 ? "" : "s", fmt::join(parts, "; ")));
}

/// Layers that only move or pick, of which another layer has done the work.
void Importer::drop_unread() {
    const auto layer_of = [](const std::string& ref) { return ref.substr(0, ref.rfind('.')); };
    constexpr std::string_view movers[] = {"reshape", "transpose", "split", "gather", "ball_query", "knn"};
    std::set<std::string> read;
    for (const auto& name : model_.outputs)
        if (find(name)->activation()) read.insert(layer_of(find(name)->source.ref));
    std::vector<Line> kept;
    for (auto line = lines_.rbegin(); line != lines_.rend(); ++line) {
        if (!read.contains(line->name) && std::ranges::find(movers, line->kind) != std::end(movers)) continue;
        for (const auto& from : line->from) read.insert(layer_of(from));
        kept.push_back(std::move(*line));
    }
    lines_.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
}

std::string Importer::run() {
    for (const auto& node : model_.nodes) {
        for (const auto& name : node.outputs)
            if (!name.empty()) values_.try_emplace(name);
        process(node);
    }
    report_unsupported();
    for (const auto& name : model_.outputs)
        if (errors_.empty() && find(name)->kind == Value::Kind::unknown)
            errors_.add(fmt::format("the output '{}' is not computed from the inputs", core::shortened(name)));
    if (errors_.empty() && lines_.empty()) errors_.add("the graph computes nothing that is a layer");
    errors_.throw_if_any();
    drop_unread();
    return write(*this);
}

}  // namespace dyad::arch_space::onnx
