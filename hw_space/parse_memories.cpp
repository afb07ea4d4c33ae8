// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "hw_space/parse.hpp"

namespace dyad::hw_space {
namespace {

using core::Bytes;

constexpr std::uint64_t kib = 1024;

Keeps parse_keeps(const core::Value& value) {
    enum class Tensor { weights, inputs, outputs };
    Keeps keeps{.weights = false, .inputs = false, .outputs = false};
    for (const auto& item : value.list()) {
        const auto tensor = item.one_of<Tensor>(
            {{"weights", Tensor::weights}, {"inputs", Tensor::inputs}, {"outputs", Tensor::outputs}});
        bool& kept = tensor == Tensor::weights  ? keeps.weights
                     : tensor == Tensor::inputs ? keeps.inputs
                                                : keeps.outputs;
        kept = true;
    }
    if (value.is_list() && keeps == Keeps{false, false, false}) value.fail("a memory must keep at least one tensor");
    return keeps;
}

Scheme parse_scheme(const core::Value& value) {
    return value.one_of<Scheme>({{"none", Scheme::none}, {"bitmap", Scheme::bitmap}, {"rlc", Scheme::rlc}});
}

}  // namespace

Compression parse_compression(core::Object& object) {
    Compression compression;
    const auto value = object.find("compression");
    if (!value) return compression;
    if (value->is_scalar()) return {.scheme = parse_scheme(*value), .tensors = {}};
    auto map = value->map();
    compression.scheme = parse_scheme(map.require("scheme", "bitmap or rlc"));
    if (const auto tensors = map.find("tensors")) compression.tensors = parse_keeps(*tensors);
    return compression;
}

namespace {

/// Every field once, most significant first.
DramMapping parse_mapping(const core::Value& value) {
    constexpr auto expected = "expected each of row, rank, bank_group, bank, column and channel once";
    DramMapping mapping = default_dram_mapping;
    const std::size_t errors = value.errors().messages().size();
    const auto items = value.list();
    if (items.size() != mapping.size()) {
        if (value.is_list()) value.fail(expected);
        return default_dram_mapping;
    }
    for (std::size_t i = 0; i < mapping.size(); ++i)
        mapping[i] = items[i].one_of<DramField>({{"row", DramField::row},
                                                 {"rank", DramField::rank},
                                                 {"bank_group", DramField::bank_group},
                                                 {"bank", DramField::bank},
                                                 {"column", DramField::column},
                                                 {"channel", DramField::channel}});
    if (value.errors().messages().size() > errors) return default_dram_mapping;
    auto sorted = mapping;
    std::ranges::sort(sorted);
    if (std::ranges::adjacent_find(sorted) != sorted.end()) value.fail(expected);
    const auto place = [&](DramField field) { return std::ranges::find(mapping, field); };
    if (place(DramField::row) > place(DramField::column))
        value.fail("row must stand before column: an open row serves its columns in turn");
    return mapping;
}

Dram parse_dram(const core::Value& value) {
    Dram dram;
    auto object = value.map();
    dram.name = parse_name(object, dram.name);
    const auto standard = object.require("standard", "a DRAM standard such as lpddr4-3200");
    try {
        if (const auto known = standard.text(); standard.is_scalar()) dram.standard = dram_standard(known);
    } catch (const core::Error& error) {
        standard.fail(error.what());
    }
    dram.channels = static_cast<unsigned>(optional_count(object, "channels", 1, 1, 128));
    dram.ranks = static_cast<unsigned>(optional_count(object, "ranks", 1, 1, 16));
    if (const auto mapping = object.find("mapping")) dram.mapping = parse_mapping(*mapping);
    if (const auto refresh = object.find("refresh")) dram.refresh = refresh->flag();
    dram.link = optional_quantity(object, "link", core::BytesPerSecond(0), core::BytesPerSecond(1e3),
                                  core::BytesPerSecond(1e14));
    dram.compression = parse_compression(object);
    return dram;
}

/// Banks, width and size must describe one memory: whole banks of whole words.
void check_geometry(core::Object& object, const Buffer& buffer) {
    const std::uint64_t row = buffer.banks * buffer.width.count();
    if (buffer.size.count() < row)
        object.fail(fmt::format("size {} is less than one access to each of {} banks of width {}", to_text(buffer.size),
                                buffer.banks, to_text(buffer.width)));
    else if (buffer.size.count() % row != 0)
        object.fail(fmt::format("size {} is not a whole number of accesses to {} banks of width {}",
                                to_text(buffer.size), buffer.banks, to_text(buffer.width)));
}

Buffer parse_buffer(const core::Value& value) {
    const std::size_t errors = value.errors().messages().size();
    Buffer buffer;
    auto object = value.map();
    buffer.name = parse_name(object, "buffer");
    buffer.size = required_quantity(object, "size", Bytes(16), Bytes(kib * kib * kib));
    buffer.banks = static_cast<unsigned>(optional_count(object, "banks", 1, 1, 4096));
    buffer.ports = static_cast<unsigned>(optional_count(object, "ports", 1, 1, 8));
    buffer.width = required_quantity(object, "width", Bytes(1), Bytes(4 * kib));
    if (const auto interleave = object.find("interleave"))
        buffer.interleave = interleave->one_of<Interleave>({{"word", Interleave::word}, {"block", Interleave::block}});
    if (const auto keeps = object.find("keeps")) buffer.keeps = parse_keeps(*keeps);
    if (const auto doubled = object.find("double_buffered")) buffer.double_buffered = doubled->flag();
    buffer.compression = parse_compression(object);
    if (value.errors().messages().size() == errors) check_geometry(object, buffer);
    return buffer;
}

}  // namespace

std::vector<Buffer> parse_buffers(const core::Value& list) {
    std::vector<Buffer> buffers;
    for (const auto& item : list.list()) {
        const auto [kind, body] = item.single();
        if (kind == "buffer")
            buffers.push_back(parse_buffer(body));
        else if (!kind.empty())
            item.fail(fmt::format("expected buffer, got '{}'", core::shortened(kind)));
    }
    return buffers;
}

Memories parse_memories(const core::Value& list) {
    Memories memories;
    const auto items = list.list();
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto [kind, body] = items[i].single();
        if (kind == "dram" && i == 0)
            memories.dram = parse_dram(body);
        else if (kind == "buffer" && i > 0)
            memories.buffers.push_back(parse_buffer(body));
        else if (kind == "dram" || kind == "buffer")
            items[i].fail("expected one dram first, then buffers from the outside in");
        else if (!kind.empty())
            items[i].fail(fmt::format("expected dram or buffer, got '{}'{}", core::shortened(kind),
                                      core::did_you_mean(kind, {"dram", "buffer"})));
    }
    if (list.is_list() && items.empty()) list.fail("expected one dram first, then buffers from the outside in");
    return memories;
}

}  // namespace dyad::hw_space
