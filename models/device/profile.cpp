// SPDX-License-Identifier: Apache-2.0
#include "models/device/profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "core/csv.hpp"
#include "core/files.hpp"
#include "models/device/columns.hpp"

namespace dyad::models {
namespace {

constexpr std::uint64_t most = 1ULL << 31;

/// Reads one row; every error names the line and the column.
class Row {
public:
    Row(const CsvTable& table, std::size_t index, core::Errors& errors)
        : table_(table), index_(index), errors_(errors) {}

    std::string text(const std::string& column) const {
        return table_.has(column) ? table_.rows[index_][table_.column(column)] : "";
    }
    std::uint64_t count(const std::string& column, std::uint64_t fallback = 0) {
        if (!table_.has(column) && fallback == 0) return absent(column);
        const auto cell = text(column);
        if (cell.empty() && fallback > 0) return fallback;
        double value = 0;
        const auto [end, code] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
        if (code == std::errc() && end == cell.data() + cell.size() && value >= 1 &&
            value <= static_cast<double>(most) && value == std::floor(value))
            return static_cast<std::uint64_t>(value);
        fail(column, fmt::format("expected a whole number from 1 to {}, got '{}'", most, core::shortened(cell)));
        return 1;
    }
    double seconds(const std::string& column, bool predicting) {
        const auto cell = text(column);
        if (cell.empty() && predicting) return 0;
        return parse_milliseconds(cell, table_.file, table_.lines[index_], errors_);
    }
    void fail(const std::string& column, const std::string& what) const {
        errors_.add({table_.file, static_cast<int>(table_.lines[index_]), 0}, column, what);
    }
    std::string config(std::initializer_list<const char*> columns) const {
        std::string joined;
        for (const auto* column : columns) joined += text(column) + "|";
        return joined;
    }

private:
    std::uint64_t absent(const std::string& column) const {
        errors_.add({table_.file, 1, 0}, column, fmt::format("no such column, '{}' needs it", text("op")));
        return 1;
    }
    const CsvTable& table_;
    std::size_t index_;
    core::Errors& errors_;
};

bool has_all(const CsvTable& table, std::initializer_list<const char*> columns) {
    return std::ranges::all_of(columns, [&](const auto* c) { return table.has(c); });
}

/// An inverted residual: 1x1 to `middle` channels (none where it has as many already), depthwise, 1x1, and the addition
/// of its input.
WorkList inverted_residual(const Row& row, std::uint64_t batch, std::uint64_t in, std::uint64_t middle,
                           std::uint64_t out, std::uint64_t size, std::uint64_t side, std::uint64_t stride,
                           bool residual) {
    const auto to = (size + stride - 1) / stride;
    if (std::pow(static_cast<double>(to), 2) * static_cast<double>(out) > 1e18) {
        row.fail("size", "more than 1e18 elements");
        return {};
    }
    std::vector<Work> works;
    if (middle != in) works.push_back(conv_work(batch, in, middle, size, 1, 1, 1));
    works.push_back(conv_work(batch, middle, middle, to, side, stride, middle));
    works.push_back(conv_work(batch, middle, out, to, 1, 1, 1));
    if (residual) works.push_back(vector_work(WorkClass::elementwise, batch, out * to * to, 2));
    auto list = counted(works);
    list.graph.chain = static_cast<double>(works.size());
    return list;
}

Work public_product(Row& row, WorkClass kind) {
    return product_work(kind, row.count("B"), row.count("M"), row.count("K"), row.count("N"));  // N is the inner one
}
Work public_conv(Row& row) {
    return conv_work(row.count("batch"), row.count("c_in"), row.count("c_out"), row.count("out_hw"), row.count("k"),
                     row.count("stride"), 1);
}
Work public_vector(Row& row) {
    const auto op = row.text("op");
    const auto kind = op == "softmax" ? WorkClass::softmax
                      : op == "ln"    ? WorkClass::normalisation
                                      : WorkClass::elementwise;
    static const std::set<std::string> binary{"add", "mul", "div", "pow", "sub"},
        unary{"addu", "mulu", "divu", "powu", "subu", "relu", "gelu", "tanh", "sigmoid", "softmax", "ln"};
    if (!binary.contains(op) && !unary.contains(op))
        row.fail("op", fmt::format("unknown kernel '{}'", core::shortened(op)));
    return vector_work(kind, row.count("B"), row.count("H"), binary.contains(op) ? 2 : 1);
}

/// A block of a look-up table of MobileNet-like networks, or its first and last layers.
WorkList public_block(Row& row) {
    const auto in = row.count("in_c"), out = row.count("out_c"), size = row.count("in_h");
    const auto op = row.text("op");
    if (op == "Logits") return {{product_work(WorkClass::linear, 1, 1, out, in)}};
    if (op == "Conv") return {{conv_work(1, in, out, row.count("out_h"), 3, (size + 1) / row.count("out_h"), 1)}};
    if (op == "Conv_1") return {{conv_work(1, in, out, size, 1, 1, 1)}};
    if (op != "expanded_conv") row.fail("op", fmt::format("unknown block '{}'", core::shortened(op)));
    const auto expand = row.count("expand"), middle = expand > 10 ? expand : in * expand;  // a ratio, or channels
    return inverted_residual(row, 1, in, middle, out, size, row.count("kernel"), row.count("stride"),
                             row.text("idskip") == "1");
}

WorkList own_row(Row& row, const NetworkWorks& networks) {
    const auto op = row.text("op");
    if (op == "network") {
        try {
            return networks(row.text("network"), row.count("batch", 1));
        } catch (const core::Error& error) {
            row.fail("network", error.what());
            return {};
        }
    }
    if (op == "inverted_residual") {
        const auto in = row.count("in"), out = row.count("out"), stride = row.count("stride", 1);
        return inverted_residual(row, row.count("batch", 1), in, in * row.count("expand", 1), out, row.count("size"),
                                 row.count("kernel"), stride, in == out && stride == 1);
    }
    const auto kind = find_work_class(op);
    if (!kind) {
        row.fail("op",
                 fmt::format("unknown kernel '{}', expected conv, depthwise, linear, matmul, elementwise, softmax, "
                             "normalisation, pool, inverted_residual or network",
                             core::shortened(op)));
        return {};
    }
    const auto batch = row.count("batch", 1);
    if (*kind == WorkClass::conv || *kind == WorkClass::depthwise) {
        const auto in = row.count("in"), groups = row.count("groups", *kind == WorkClass::depthwise ? in : 1);
        const auto stride = row.count("stride", 1), side = row.count("size"), out = row.count("out");
        if (in % groups != 0 || out % groups != 0)
            row.fail("groups", fmt::format("{} groups, expected a number that divides {} channels in and {} out",
                                           groups, in, out));
        return {{conv_work(batch, in, out, (side + stride - 1) / stride, row.count("kernel"), stride, groups)}};
    }
    if (multiplies(*kind)) return {{product_work(*kind, batch, row.count("m", 1), row.count("out"), row.count("in"))}};
    auto work = vector_work(*kind, row.count("m", 1) * batch, row.count("in"), row.count("operands", 1));
    if (*kind == WorkClass::pool) work.outputs /= std::pow(static_cast<double>(row.count("stride", 1)), 2);
    return {{work}};
}

bool is_block_table(const CsvTable& t) {
    return has_all(t, {"device", "op", "in_h", "in_c", "out_h", "out_c", "expand", "mean_ms"});
}

}  // namespace

double parse_milliseconds(const std::string& text, const std::string& file, std::size_t line, core::Errors& errors) {
    double value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool time = code == std::errc() && end == text.data() + text.size() && std::isfinite(value) && value > 0;
    constexpr double least = 1e-9, longest = 1e9;  // a picosecond and eleven days
    if (time && value >= least && value <= longest) return value * 1e-3;
    errors.add(
        {file, static_cast<int>(line), 0}, "latency_ms",
        fmt::format("expected a time in ms {}, got '{}'",
                    time ? fmt::format("from {} to {}", least, longest) : "greater than 0", core::shortened(text)));
    return 1;
}

CsvTable CsvTable::read(const std::string& file) { return parse(core::read_file(file), file); }

CsvTable CsvTable::parse(std::string_view text, const std::string& file) {
    auto read = core::parse_csv(text, file);
    CsvTable table{.file = file, .header = std::move(read.header), .rows = {}, .lines = {}};
    for (auto& row : read.rows) {
        table.lines.push_back(static_cast<std::size_t>(row.line));
        table.rows.push_back(std::move(row.cells));
    }
    if (table.rows.empty()) throw core::Error(file + ": the profile is empty, expected a header and rows");
    if (std::set<std::string>(table.header.begin(), table.header.end()).size() != table.header.size())
        throw core::Error(file + ":1: a column stands twice");
    return table;
}

bool CsvTable::has(const std::string& column) const { return std::ranges::find(header, column) != header.end(); }
std::size_t CsvTable::column(const std::string& name) const {
    return static_cast<std::size_t>(std::ranges::find(header, name) - header.begin());
}

bool has_times(const CsvTable& t) { return t.has(is_block_table(t) ? "mean_ms" : "latency_ms"); }

bool is_kernel_table(const CsvTable& t) {
    return has_all(t, {"device", "B", "M", "N", "K"}) || has_all(t, {"device", "c_in", "c_out", "k", "out_hw"}) ||
           has_all(t, {"device", "op", "B", "H"}) || is_block_table(t) || (t.has("op") && !t.has("mean_ms"));
}

std::vector<ProfileRow> profile_rows(const CsvTable& table, bool predicting, const NetworkWorks& networks,
                                     core::Errors& errors) {
    std::vector<ProfileRow> rows;
    const bool product = has_all(table, {"B", "M", "N", "K"}), conv = has_all(table, {"c_in", "c_out", "out_hw"}),
               vector = has_all(table, {"op", "B", "H"}), block = is_block_table(table);
    const auto batch = [&](const auto& cells) { return cells[table.column("B")] != "1"; };
    if (!product && !conv && !vector && !block) refuse_misspelt(table, predicting, errors);
    const auto kind = product && std::ranges::any_of(table.rows, batch) ? WorkClass::matmul : WorkClass::linear;
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        Row row(table, i, errors);
        ProfileRow out{.row = i, .device = row.text("device"), .sample = {}};
        auto& s = out.sample;
        s.works = product  ? WorkList{{public_product(row, kind)}}
                  : conv   ? WorkList{{public_conv(row)}}
                  : vector ? WorkList{{public_vector(row)}}
                  : block  ? public_block(row)
                           : own_row(row, networks);
        s.config = product  ? std::string(name(kind)) + row.config({"B", "M", "N", "K"})
                   : conv   ? row.config({"batch", "c_in", "c_out", "k", "in_hw", "stride"})
                   : vector ? row.config({"op", "B", "H"})
                   : block  ? row.config({"op", "in_h", "in_c", "out_c", "kernel", "expand", "stride"})
                            : row.config({"op", "network", "batch", "in", "out", "size", "kernel", "stride", "groups",
                                          "m", "expand"});
        s.seconds = row.seconds(block ? "mean_ms" : "latency_ms", predicting);
        if (s.works.empty()) continue;
        s.group = block                ? "block"
                  : s.works.size() > 1 ? (row.text("op") == "network" ? "network" : "block")
                                       : std::string(name(s.works[0].work.kind));
        if (!multiplies(s.works[0].work.kind) && s.works.size() == 1) s.group = "vector";
        rows.push_back(std::move(out));
    }
    return rows;
}

}  // namespace dyad::models
