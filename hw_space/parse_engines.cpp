// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "hw_space/parse.hpp"

namespace dyad::hw_space {
using core::Cycles, core::Precision;

namespace {

constexpr std::int64_t most_lanes = 1 << 16;
constexpr Cycles longest_launch{1'000'000'000};

}  // namespace

Precision parse_precision(const core::Value& value) {
    return value.one_of<Precision>({{"int4", Precision::int4},
                                    {"int8", Precision::int8},
                                    {"int16", Precision::int16},
                                    {"int32", Precision::int32},
                                    {"fp16", Precision::fp16},
                                    {"bf16", Precision::bf16},
                                    {"fp32", Precision::fp32}});
}

Precision parse_accumulate(core::Object& object, Precision operands) {
    const bool integer = core::is_integer(operands);
    const auto value = object.find("accumulate");
    const auto sums = value ? parse_precision(*value) : integer ? Precision::int32 : Precision::fp32;
    if (core::is_integer(sums) != integer || core::bits(sums) < core::bits(operands))
        object.fail(
            fmt::format("accumulate {} cannot hold sums of {} products", core::name(sums), core::name(operands)));
    return sums;
}

std::vector<std::uint64_t> parse_sizes(core::Object& object, const std::string& key, std::int64_t max) {
    std::vector<std::uint64_t> sizes;
    const auto value = object.find(key);
    if (!value) return sizes;
    for (const auto& item : value->list()) sizes.push_back(static_cast<std::uint64_t>(item.integer(1, max)));
    if (value->is_list() && sizes.empty()) value->fail("expected at least one size");
    std::sort(sizes.begin(), sizes.end());
    sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
    return sizes;
}

Cycles parse_launch(core::Object& object, const std::string& key) {
    return optional_quantity(object, key, Cycles(0), Cycles(0), longest_launch);
}

Gating parse_gating(core::Object& object) {
    Gating gating;
    const auto value = object.find("gating");
    if (!value) return gating;
    if (!value->is_list()) {
        gating.weights = gating.inputs = value->flag();
        return gating;
    }
    for (const auto& item : value->list())
        (item.one_of<bool>({{"weights", true}, {"inputs", false}}) ? gating.weights : gating.inputs) = true;
    return gating;
}

namespace {

Registers parse_registers(const core::Value& value) {
    constexpr std::int64_t most_words = 1 << 20;
    auto object = value.map();
    return {.weights = optional_count(object, "weights", 0, 0, most_words),
            .inputs = optional_count(object, "inputs", 0, 0, most_words),
            .psums = optional_count(object, "psums", 0, 0, most_words)};
}

/// Two int4 for one int8, unless the file says otherwise; only precisions narrower than the engine have a rate.
NarrowRates parse_rates(core::Object& object, Precision own) {
    constexpr std::int64_t most = 16;
    NarrowRates rates{.int4 = own == Precision::int8 ? 2U : 1U, .int8 = 1};
    const auto value = object.find("rates");
    if (!value) return rates;
    auto given = value->map();
    const auto read = [&](const char* key, Precision precision, std::uint64_t& rate) {
        const auto number = given.find(key);
        if (!number) return;
        rate = static_cast<std::uint64_t>(number->integer(1, most));
        if (!core::is_integer(own) || core::bits(precision) >= core::bits(own))
            number->fail(fmt::format("{} is not narrower than the engine's {}", key, core::name(own)));
    };
    read("int4", Precision::int4, rates.int4);
    read("int8", Precision::int8, rates.int8);
    return rates;
}

std::vector<std::string> parse_dims(core::Object& object, const std::string& key) {
    static constexpr std::string_view known = "NKCPQRSG";
    std::vector<std::string> dims;
    const auto value = object.find(key);
    if (!value) return dims;
    for (const auto& item : value->list()) {
        const std::string dim = item.text();
        if (dim.size() != 1 || known.find(dim) == std::string_view::npos)
            item.fail("expected one of N, K, C, P, Q, R, S, G, got '" + core::shortened(dim) + "'");
        else if (std::find(dims.begin(), dims.end(), dim) != dims.end())
            item.fail("dimension " + dim + " occurs twice");
        else
            dims.push_back(dim);
    }
    return dims;
}

void parse_unrolling(core::Object& object, PeArray& array) {
    array.row_dims = parse_dims(object, "row_dims");
    array.col_dims = parse_dims(object, "col_dims");
    const bool given = !array.row_dims.empty() || !array.col_dims.empty();
    if (array.dataflow == ArrayDataflow::spatial && !given)
        object.fail("dataflow spatial needs row_dims or col_dims (the kernel's dimensions unrolled on each axis)");
    if (array.dataflow != ArrayDataflow::spatial && given)
        object.fail("row_dims and col_dims are for dataflow spatial; the other dataflows fix them");
}

Engine parse_pe_array(const core::Value& value) {
    PeArray array;
    auto object = value.map();
    array.name = parse_name(object, array.name);
    array.rows = required_count(object, "rows", 1, 4096);
    array.cols = required_count(object, "cols", 1, 4096);
    array.dataflow = object.require("dataflow", "such as weight_stationary")
                         .one_of<ArrayDataflow>({{"weight_stationary", ArrayDataflow::weight_stationary},
                                                 {"output_stationary", ArrayDataflow::output_stationary},
                                                 {"input_stationary", ArrayDataflow::input_stationary},
                                                 {"row_stationary", ArrayDataflow::row_stationary},
                                                 {"spatial", ArrayDataflow::spatial}});
    if (const auto pipeline = object.find("pipeline"))
        array.pipeline =
            pipeline->one_of<Pipeline>({{"simple", Pipeline::simple}, {"overlapped", Pipeline::overlapped}});
    if (const auto precision = object.find("precision")) array.precision = parse_precision(*precision);
    array.accumulate = parse_accumulate(object, array.precision);
    if (const auto registers = object.find("registers")) array.registers = parse_registers(*registers);
    array.register_access =
        optional_quantity(object, "register_access", core::Joules(0), core::Joules(1e-16), core::Joules(1e-9));
    array.rates = parse_rates(object, array.precision);
    array.gating = parse_gating(object);
    parse_unrolling(object, array);
    // Results have to be scaled to the next layer's format anyway: an array has an output path unless the file says 0.
    array.output_lanes = optional_count(object, "output_lanes", array.cols, 0, most_lanes);
    array.launch = parse_launch(object);
    array.start_up = parse_launch(object, "start_up");
    return array;
}

Engine parse_depthwise(const core::Value& value) {
    DepthwiseUnit unit;
    auto object = value.map();
    unit.name = parse_name(object, unit.name);
    unit.lanes = required_count(object, "lanes", 1, most_lanes);
    unit.kernels = parse_sizes(object, "kernels", 31);
    if (unit.kernels.empty()) (void)object.require("kernels", "a list of side lengths such as [3, 5]");
    unit.strides = parse_sizes(object, "strides", 31);
    if (const auto precision = object.find("precision")) unit.precision = parse_precision(*precision);
    unit.accumulate = parse_accumulate(object, unit.precision);
    unit.rates = parse_rates(object, unit.precision);
    unit.gating = parse_gating(object);
    unit.output_lanes = optional_count(object, "output_lanes", unit.lanes, 0, most_lanes);
    unit.launch = parse_launch(object);
    unit.start_up = parse_launch(object, "start_up");
    return unit;
}

VectorOp parse_vector_op(const core::Value& value) {
    return value.one_of<VectorOp>({{"add", VectorOp::add},
                                   {"mul", VectorOp::mul},
                                   {"max", VectorOp::max},
                                   {"exp", VectorOp::exp},
                                   {"erf", VectorOp::erf},
                                   {"reciprocal", VectorOp::reciprocal},
                                   {"rsqrt", VectorOp::rsqrt},
                                   {"compare", VectorOp::compare},
                                   {"gather", VectorOp::gather}});
}

Engine parse_vector_unit(const core::Value& value) {
    VectorUnit unit;
    auto object = value.map();
    unit.name = parse_name(object, unit.name);
    unit.lanes = required_count(object, "lanes", 1, most_lanes);
    if (const auto precision = object.find("precision")) unit.precision = parse_precision(*precision);
    const auto operations = object.require("operations", "a list such as [add, mul, max]");
    for (const auto& item : operations.list())
        if (const VectorOp op = parse_vector_op(item); !unit.has(op)) unit.operations.push_back(op);
    if (operations.is_list() && operations.list().empty()) operations.fail("expected at least one operation");
    unit.rates = parse_rates(object, unit.precision);
    unit.launch = parse_launch(object);
    unit.start_up = parse_launch(object, "start_up");
    return unit;
}

struct EngineKind {
    const char* name;
    Engine (*parse)(const core::Value&);
};
constexpr EngineKind engine_kinds[] = {{"pe_array", parse_pe_array},
                                       {"depthwise_unit", parse_depthwise},
                                       {"vector_unit", parse_vector_unit},
                                       {"custom_unit", parse_custom_unit}};

}  // namespace

std::optional<Engine> parse_engine(const std::string& kind, const core::Value& body, const core::Value& item) {
    std::vector<std::string> names;
    for (const auto& known : engine_kinds) {
        if (kind == known.name) return known.parse(body);
        names.emplace_back(known.name);
    }
    item.fail(fmt::format("expected one of {}, got '{}'{}", fmt::join(names, ", "), core::shortened(kind),
                          core::did_you_mean(kind, names)));
    return std::nullopt;
}

namespace {

bool uses_a_file(const std::string& kind, const core::Value& body) {
    return kind == "custom_unit" && body.is_map() &&
           std::ranges::any_of(body.node().entries, [](const auto& entry) { return entry.key == "use"; });
}

}  // namespace

std::vector<Engine> parse_engines(const core::Value& list) {
    std::vector<Engine> engines;
    for (const auto& item : list.list()) {
        const auto [kind, body] = item.single();
        if (kind.empty()) continue;
        auto engine = uses_a_file(kind, body) ? parse_used_unit(body) : parse_engine(kind, body, item);
        if (engine) engines.push_back(std::move(*engine));
    }
    if (list.is_list() && list.list().empty()) list.fail("expected at least one engine");
    return engines;
}

}  // namespace dyad::hw_space
