// SPDX-License-Identifier: Apache-2.0
#include "models/kernel_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "core/files.hpp"
#include "core/value.hpp"

namespace dyad::models {

namespace {

constexpr std::int64_t largest_size = std::int64_t{1} << 40, largest_stride = 1 << 20;
constexpr auto conv_form = "conv:N,C,H,W,K,R,S,stride,pad[,groups]", gemm_form = "gemm:M,N,K",
               vector_form = "vector:INPUTS,OUTPUTS,OPERATION=COUNT[,...][,passes=N][,weights=N]";

std::vector<std::uint64_t> numbers(const std::string& argument, std::size_t from, const char* form) {
    std::vector<std::uint64_t> all;
    const auto* at = argument.data() + from;
    const auto* end = argument.data() + argument.size();
    while (true) {
        std::uint64_t number = 0;
        const auto [rest, error] = std::from_chars(at, end, number);
        if (error != std::errc{} || (rest != end && *rest != ',') || number > largest_size)
            throw core::Error(fmt::format("{}: expected {} with whole numbers", core::shortened(argument), form));
        all.push_back(number);
        if (rest == end) return all;
        at = rest + 1;
    }
}

Kernel from_nest(std::string name, std::string op, LoopNest nest) {
    if (const auto why = why_too_large(nest); !why.empty()) throw core::Error(name + ": " + why);
    Kernel kernel;
    kernel.members = {name};
    kernel.name = std::move(name);
    kernel.op = std::move(op);
    const auto weights = nest.words(Operand::weights);
    kernel.parameters = weights.count();
    kernel.weight_bytes = core::bytes_of(weights, kernel.weight_precision);
    kernel.nest = std::move(nest);
    return kernel;
}

[[noreturn]] void refuse(const std::string& argument, const std::string& why) {
    throw core::Error(core::shortened(argument) + ": " + why);
}

/// Values along one side of the outputs.
std::uint64_t outputs(const std::string& argument, std::uint64_t size, std::uint64_t pad, std::uint64_t filter,
                      std::uint64_t stride) {
    if (size + 2 * pad < filter)
        refuse(argument, fmt::format("a filter of {} is larger than the padded input of {}", filter, size + 2 * pad));
    return (size + 2 * pad - filter) / stride + 1;
}

Kernel conv_kernel(const std::string& argument) {
    auto n = numbers(argument, 5, conv_form);
    if (n.size() == 9) n.push_back(1);
    if (n.size() != 10) refuse(argument, fmt::format("expected {}", conv_form));
    const auto pad = std::exchange(n[8], 1);
    if (std::ranges::find(n, 0) != n.end()) refuse(argument, "only the padding can be 0");
    const auto [c, k, r, s, stride, groups] = std::tuple(n[1], n[4], n[5], n[6], n[7], n[9]);
    if (c % groups != 0 || k % groups != 0)
        refuse(argument, fmt::format("{} input and {} output channels do not divide into {} groups", c, k, groups));
    const bool depthwise = groups > 1 && c == groups && k == groups;
    auto kernel = from_nest(argument, depthwise ? "depthwise_conv" : "conv",
                            conv_nest({.n = n[0],
                                       .g = groups,
                                       .k = k / groups,
                                       .c = c / groups,
                                       .p = outputs(argument, n[2], pad, r, stride),
                                       .q = outputs(argument, n[3], pad, s, stride),
                                       .r = r,
                                       .s = s,
                                       .stride_h = stride,
                                       .stride_w = stride}));
    kernel.kernel_side = std::max(r, s);
    kernel.stride = stride;
    kernel.depthwise = depthwise;
    return kernel;
}

Kernel gemm_kernel(const std::string& argument) {
    const auto n = numbers(argument, 5, gemm_form);
    if (n.size() != 3) refuse(argument, fmt::format("expected {}", gemm_form));
    if (std::ranges::find(n, 0) != n.end()) refuse(argument, "no size can be 0");
    return from_nest(argument, "matmul", matmul_nest(1, n[0], n[1], n[2]));
}

constexpr std::uint64_t most_passes = 1'000;
constexpr std::array<const char*, hw_space::vector_op_count> op_names{"add",        "mul",   "max",     "exp",   "erf",
                                                                      "reciprocal", "rsqrt", "compare", "gather"};

/// One `name=count` of a vector kernel.
void set_entry(const std::string& argument, const std::string& text, Kernel& kernel) {
    const auto equals = text.find('=');
    std::uint64_t count = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + std::min(equals + 1, text.size()), end, count);
    if (equals == std::string::npos || error != std::errc{} || rest != end || count < 1 || count > largest_size)
        refuse(argument, fmt::format("expected {} with whole numbers", vector_form));
    const auto name = text.substr(0, equals);
    if (name == "passes") {
        if (count > most_passes) refuse(argument, fmt::format("more than {} passes", most_passes));
        kernel.vector.passes = count;
    } else if (name == "weights") {
        kernel.weight_bytes = core::bytes_of(core::Words(count), kernel.weight_precision);
    } else {
        const auto at = std::ranges::find(op_names, name) - op_names.begin();
        if (at == std::ssize(op_names))
            refuse(argument, fmt::format("there is no operation '{}' (known: {})", name, fmt::join(op_names, ", ")));
        kernel.vector.operations[static_cast<std::size_t>(at)] = count;
    }
}

/// Elements in and out, and elementary operations in all.
Kernel vector_kernel(const std::string& argument) {
    constexpr std::size_t prefix = 7;
    std::vector<std::string> parts;
    for (std::size_t at = prefix; at <= argument.size();) {
        const auto end = std::min(argument.find(',', at), argument.size());
        parts.push_back(argument.substr(at, end - at));
        at = end + 1;
    }
    if (parts.size() < 3) refuse(argument, fmt::format("expected {}", vector_form));
    Kernel kernel;
    kernel.name = argument;
    kernel.op = "vector";
    kernel.members = {argument};
    kernel.vector_inputs = core::Words(numbers(parts[0], 0, vector_form).front());
    kernel.vector_outputs = core::Words(numbers(parts[1], 0, vector_form).front());
    for (std::size_t i = 2; i < parts.size(); ++i) set_entry(argument, parts[i], kernel);
    return kernel;
}

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

/// `P`, `2*P`.
std::optional<Term> parse_term(const core::Value& value, const std::string& text, const LoopNest& nest) {
    std::uint64_t coefficient = 1;
    auto name = text;
    if (const auto star = text.find('*'); star != std::string::npos) {
        const auto number = trimmed(std::string_view(text).substr(0, star));
        const auto [rest, error] = std::from_chars(number.data(), number.data() + number.size(), coefficient);
        if (error != std::errc{} || rest != number.data() + number.size() || coefficient < 1 ||
            coefficient > largest_stride) {
            value.fail("expected a stride such as 2*P, got '" + core::shortened(text) + "'");
            return std::nullopt;
        }
        name = trimmed(std::string_view(text).substr(star + 1));
    }
    if (const auto dim = nest.dim(name)) return Term{*dim, coefficient};
    value.fail("there is no dimension '" + core::shortened(name) + "'");
    return std::nullopt;
}

Axis parse_axis(const core::Value& value, const LoopNest& nest) {
    Axis axis;
    const auto text = value.text();
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find('+', at), text.size());
        if (const auto term = parse_term(value, trimmed(std::string_view(text).substr(at, end - at)), nest))
            axis.push_back(*term);
        at = end + 1;
    }
    return axis;
}

void check_once(const core::Value& value, const std::vector<Axis>& axes, const LoopNest& nest) {
    std::vector<std::size_t> seen;
    for (const auto& axis : axes)
        for (const auto& term : axis) {
            if (std::ranges::find(seen, term.dim) != seen.end())
                value.fail("dimension " + nest.dims[term.dim].name + " occurs twice");
            seen.push_back(term.dim);
        }
}

void parse_tensors(const core::Value& value, LoopNest& nest) {
    auto tensors = value.map();
    for (const auto operand : operands) {
        const auto list = tensors.require(name(operand), "a list of axes such as [C, R + 2*P]");
        auto& axes = nest.projections[static_cast<std::size_t>(operand)];
        for (const auto& item : list.list()) axes.push_back(parse_axis(item, nest));
        check_once(list, axes, nest);
    }
}

std::string axis_text(const Axis& axis, const LoopNest& nest) {
    std::vector<std::string> terms;
    for (const auto& term : axis)
        terms.push_back((term.coefficient == 1 ? "" : fmt::format("{}*", term.coefficient)) + nest.dims[term.dim].name);
    return fmt::format("{}", fmt::join(terms, " + "));
}

/// A kernel given by its sizes, of int8 or what stands behind an `@`.
Kernel short_kernel(const std::string& argument) {
    const auto at = argument.rfind('@');
    const auto text = argument.substr(0, at);
    auto kernel = text.starts_with("conv:")   ? conv_kernel(text)
                  : text.starts_with("gemm:") ? gemm_kernel(text)
                                              : vector_kernel(text);
    if (at == std::string::npos) return kernel;
    const auto precision = core::try_precision(argument.substr(at + 1));
    if (!precision) refuse(argument, "expected a precision such as int8 behind '@'");
    kernel.weight_bytes = core::bytes_of(core::Words(kernel.weight_bytes.count()), *precision);  // int8: a byte each
    kernel.weight_precision = kernel.input_precision = kernel.output_precision = *precision;
    kernel.name = argument;
    kernel.members = {argument};
    return kernel;
}

}  // namespace

std::string why_too_large(const LoopNest& nest) {
    constexpr auto most = std::uint64_t{1} << 62;
    std::uint64_t macs = 1;
    for (const auto& dim : nest.dims)
        if (__builtin_mul_overflow(macs, dim.size, &macs) || macs > most) return "more than 2^62 multiply-accumulates";
    for (const auto operand : operands) {
        std::uint64_t words = 1;
        for (const auto& axis : nest.projections[static_cast<std::size_t>(operand)]) {
            std::uint64_t extent = 1;
            for (const auto& term : axis) {
                std::uint64_t reach = 0;
                if (__builtin_mul_overflow(term.coefficient, nest.dims[term.dim].size - 1, &reach) ||
                    __builtin_add_overflow(extent, reach, &extent))
                    extent = most + 1;
            }
            if (__builtin_mul_overflow(words, extent, &words) || words > most)
                return fmt::format("more than 2^62 {}", name(operand));
        }
    }
    return {};
}

namespace {

/// `density: {weights: 0.3, inputs: 0.6, outputs: 1, source: "..."}`.
void parse_density(core::Object& object, Kernel& kernel) {
    const auto value = object.find("density");
    if (!value) return;
    auto map = value->map();
    for (const auto operand : operands)
        if (const auto given = map.find(name(operand)))
            kernel.density[static_cast<std::size_t>(operand)] = given->number(0, 1);
    (void)map.require("source", "where the densities are from").text();
}

}  // namespace

std::optional<Kernel> parse_kernel(const core::Value& value) {
    const auto errors = value.errors().messages().size();
    LoopNest nest;
    std::string title;
    auto precision = core::Precision::int8;
    Kernel sparse;
    {
        auto object = value.map();
        parse_density(object, sparse);
        title = object.require("kernel", "a name").text();
        auto dims = object.require("dimensions", "a map such as {C: 64, P: 56}").map();
        for (const auto& [key, size] : dims.entries())
            nest.dims.push_back({key, static_cast<std::uint64_t>(size.integer(1, largest_size))});
        parse_tensors(object.require("tensors", "weights, inputs and outputs"), nest);
        if (const auto given = object.find("precision")) {
            if (const auto known = core::try_precision(given->text()))
                precision = *known;
            else
                given->fail("expected a precision such as int8, got '" + core::shortened(given->text()) + "'");
        }
    }
    if (value.errors().messages().size() > errors) return std::nullopt;
    if (const auto why = why_too_large(nest); !why.empty()) {
        value.fail(why);
        return std::nullopt;
    }
    auto kernel = from_nest(title, "nest", std::move(nest));
    kernel.weight_precision = kernel.input_precision = kernel.output_precision = precision;
    kernel.weight_bytes = core::bytes_of(core::Words(kernel.parameters), precision);
    kernel.density = sparse.density;
    return kernel;
}

bool is_short_kernel(const std::string& argument) {
    return argument.starts_with("conv:") || argument.starts_with("gemm:") || argument.starts_with("vector:");
}

Kernel read_kernel(const std::string& argument) {
    if (is_short_kernel(argument)) return short_kernel(argument);
    const auto document = core::read_document(core::find_config(argument, "kernels"));
    core::Errors errors;
    auto kernel = parse_kernel(core::Value(*document, nullptr, errors));
    errors.throw_if_any();
    return std::move(*kernel);
}

std::string kernel_yaml(const std::string& title, const LoopNest& nest) {
    std::vector<std::string> dims;
    for (const auto& dim : nest.dims) dims.push_back(fmt::format("{}: {}", dim.name, dim.size));
    auto text = fmt::format("kernel: {}\ndimensions: {{{}}}\ntensors:\n", title, fmt::join(dims, ", "));
    for (const auto operand : operands) {
        std::vector<std::string> axes;
        for (const auto& axis : nest.projections[static_cast<std::size_t>(operand)])
            axes.push_back(axis_text(axis, nest));
        text += fmt::format("  {}: [{}]\n", name(operand), fmt::join(axes, ", "));
    }
    return text;
}

}  // namespace dyad::models
