// SPDX-License-Identifier: Apache-2.0
// Access counts against hand counts and against the output of Timeloop 3.0.3 for fixed mappings.
#include <doctest/doctest.h>

#include <sstream>

#include "models/mapping.hpp"

using namespace dyad::models;
using dyad::core::Joules;

namespace {

struct Mapped {
    LoopNest nest;
    Hierarchy hierarchy;
    Mapping mapping;
};

/// `text`: levels from the outermost, each "what it keeps, loops outermost first"; x marks a spatial loop. "wio M2 P2 |
/// wio C4 M4x".
Mapped mapped(const LoopNest& nest, const std::string& text) {
    Mapped all{nest, {}, {}};
    std::istringstream levels(text);
    for (std::string level; std::getline(levels, level, '|');) {
        std::istringstream words(level);
        std::string keeps, loop;
        words >> keeps;
        auto& entry = all.mapping.levels.emplace_back();
        for (std::size_t o = 0; o < operands.size(); ++o) entry.keeps[o] = keeps.find("wio"[o]) != std::string::npos;
        while (words >> loop)
            entry.loops.push_back({nest.dim(loop.substr(0, 1)).value(), std::stoul(loop.substr(1)),
                                   loop.back() == 'x' ? LoopAxis::cols : LoopAxis::temporal});
        all.hierarchy.levels.push_back({.name = std::to_string(all.hierarchy.levels.size())});
    }
    return all;
}

AccessCounts counts(const Mapped& m) { return count_accesses(m.nest, m.hierarchy, m.mapping); }
AccessCounts counts(const LoopNest& nest, const std::string& text) { return counts(mapped(nest, text)); }

const LevelCounts& at(const AccessCounts& c, std::size_t level, Operand operand) {
    return c.levels[level][static_cast<std::size_t>(operand)];
}

/// The names of the reference: M filters, P rows and Q columns of outputs, S and R of the filter run along Q and P.
LoopNest reference_conv(std::uint64_t size, std::uint64_t c, std::uint64_t m, std::uint64_t stride = 1) {
    LoopNest nest;
    nest.dims = {{"R", 3}, {"S", 3}, {"P", size}, {"Q", size}, {"C", c}, {"M", m}, {"N", 1}};
    nest.projections = {{{{{4, 1}}, {{5, 1}}, {{0, 1}}, {{1, 1}}},
                         {{{6, 1}}, {{4, 1}}, {{0, 1}, {2, stride}}, {{1, 1}, {3, stride}}},
                         {{{6, 1}}, {{5, 1}}, {{3, 1}}, {{2, 1}}}}};
    return nest;
}
/// Depthwise: C is in every operand.
LoopNest reference_depthwise(std::uint64_t size, std::uint64_t c, std::uint64_t stride) {
    auto nest = reference_conv(size, c, 1, stride);
    nest.projections[2][1] = {{4, 1}};
    return nest;
}
LoopNest reference_gemm() {
    LoopNest nest;
    nest.dims = {{"M", 256}, {"N", 256}, {"K", 256}};
    nest.projections = {{{{{2, 1}}, {{0, 1}}}, {{{2, 1}}, {{1, 1}}}, {{{0, 1}}, {{1, 1}}}}};
    return nest;
}

struct Row {
    std::size_t level;
    Operand operand;
    std::uint64_t tile_words, reads, fills, updates;
};

void check(const AccessCounts& c, std::initializer_list<Row> rows) {
    for (const auto& row : rows) {
        INFO("level ", row.level, ", ", name(row.operand));
        const auto& got = at(c, row.level, row.operand);
        CHECK(got.tile_words == row.tile_words);
        CHECK(got.reads == row.reads);
        CHECK(got.fills == row.fills);
        CHECK(got.updates == row.updates);
    }
}

}  // namespace

TEST_SUITE("models/nest") {
    TEST_CASE("a matrix product on two levels counts what the hand counts") {
        // 4 x 6 outputs, 5 deep; the inner level keeps a 2 x 3 tile of outputs through all 5, operands one at a time.
        const auto c = counts(matmul_nest(1, 4, 6, 5), "wio N2 K2 | wio C5 N2 K3");
        CHECK(c.compute_cycles == 4 * 6 * 5);
        // Outer loops N2 K2, inner tile K3 C5 of weights: 15 words; K innermost, so each of the 4 steps brings another.
        CHECK(at(c, 0, Operand::weights).reads == 4 * 15);
        // Inputs 2 x 5 words: they stay while K advances, so 2 loads.
        CHECK(at(c, 0, Operand::inputs).reads == 2 * 10);
        // Each output is finished in one stay: written once, never read back; the multiplier updates it 5 times and
        // reads it 4 times.
        CHECK(at(c, 0, Operand::outputs).updates == 24);
        CHECK(at(c, 0, Operand::outputs).reads == 0);
        CHECK(at(c, 1, Operand::outputs).fills == 0);
        CHECK(at(c, 1, Operand::outputs).updates == 120);
        CHECK(at(c, 1, Operand::outputs).reads == 120 - 24);
        CHECK(at(c, 1, Operand::weights).reads == 120);
    }
    TEST_CASE("a window that slides brings only its new rows, until another loop moves") {
        // 6 output rows, 3 filter rows in the inner level, 2 channels outside: 3 + 5 new rows per channel.
        CHECK(at(counts(conv_nest({.c = 2, .p = 6, .r = 3}), "wio C2 P6 | wio R3"), 0, Operand::inputs).reads == 16);
        // With the channels innermost each step moves to the other channel: 12 whole windows of 3 rows.
        CHECK(at(counts(conv_nest({.c = 2, .p = 6, .r = 3}), "wio P6 C2 | wio R3"), 0, Operand::inputs).reads == 36);
        // Stride 3 leaves no overlap: 6 whole windows for each channel; stride 2 keeps one row of three.
        CHECK(at(counts(conv_nest({.c = 2, .p = 6, .r = 3, .stride_h = 3}), "wio C2 P6 | wio R3"), 0, Operand::inputs)
                  .reads == 36);
        CHECK(at(counts(conv_nest({.c = 2, .p = 6, .r = 3, .stride_h = 2}), "wio C2 P6 | wio R3"), 0, Operand::inputs)
                  .reads == 2 * (3 + 5 * 2));
        // Filters between the rows hold the window still, and the slide after a stay costs the whole window.
        CHECK(at(counts(conv_nest({.k = 2, .p = 6, .r = 3}), "wio P6 K2 | wio R3"), 0, Operand::inputs).reads == 18);
    }
    TEST_CASE("short last tiles cost what they hold") {
        // 8 rows in tiles of 3, 3, 2: 8 rows are read, 3 filters x 8 x 3 steps are computed, none for the missing row.
        const auto c = counts(conv_nest({.k = 3, .p = 8}), "wio K3 P3 | wio P3");
        CHECK(at(c, 0, Operand::inputs).reads == 3 * 8);
        CHECK(at(c, 0, Operand::outputs).updates == 3 * 8);
        CHECK(at(c, 1, Operand::outputs).tile_words == 3);
        CHECK(c.compute_cycles == 3 * 8);
        // Unrolled over 3 columns: 3 rounds, the last of two columns.
        const auto wide = counts(conv_nest({.p = 8}), "wio P3 P3x | wio");
        CHECK(wide.compute_cycles == 3);
        CHECK(at(wide, 0, Operand::inputs).reads == 8);
        CHECK(at(wide, 0, Operand::weights).reads == 1);
        CHECK(at(wide, 1, Operand::weights).fills == 3);  // one word to each column
    }
    TEST_CASE("columns that need the same words share one read and columns of one sum are added up") {
        const auto c = counts(matmul_nest(1, 5, 4, 6), "wio N5 | wio K4x C6x | w");
        CHECK(at(c, 1, Operand::weights).instances == 1);
        CHECK(at(c, 2, Operand::weights).instances == 24);
        CHECK(at(c, 2, Operand::weights).fills == 24);
        CHECK(at(c, 1, Operand::inputs).reads == 5 * 6);  // four columns listen to one word
        CHECK(at(c, 1, Operand::inputs).multicast == 4);
        CHECK(at(c, 1, Operand::outputs).updates == 5 * 4);
        CHECK(at(c, 1, Operand::outputs).multicast == 6);
        CHECK(at(c, 1, Operand::outputs).spatial_reductions == 5 * 4 * 5);  // six partial sums take five additions
        CHECK(c.compute_cycles == 5);
        CHECK(c.engaged_multipliers == 24);
    }
    TEST_CASE("columns whose windows only overlap do not share") {
        // 4 columns, one output row each, 3 filter rows: 12 words, though only 6 differ.
        const auto c = counts(conv_nest({.p = 4, .r = 3}), "wio P4x | wio R3");
        CHECK(at(c, 0, Operand::inputs).reads == 12);
        CHECK(at(c, 0, Operand::inputs).multicast == 1);
    }
    TEST_CASE("rows and filter rows unrolled together share along the diagonals") {
        // 4 output rows by 3 filter rows need 12 words of which 6 differ; the commonest is wanted three times.
        const auto c = counts(conv_nest({.p = 4, .r = 3}), "wio P4x R3x | wio");
        CHECK(at(c, 0, Operand::inputs).reads == 6);
        CHECK(at(c, 0, Operand::inputs).multicast == 3);
        // Stride 2: rows 0 2 4 6 plus 0 1 2 give 9 values.
        CHECK(at(counts(conv_nest({.p = 4, .r = 3, .stride_h = 2}), "wio P4x R3x | wio"), 0, Operand::inputs).reads ==
              9);
        // Stride 3: no two agree.
        CHECK(at(counts(conv_nest({.p = 4, .r = 3, .stride_h = 3}), "wio P4x R3x | wio"), 0, Operand::inputs).reads ==
              12);
    }
    TEST_CASE("a window that slides counts like the reference (tiny_halo_P_inner, tiny_halo_P_outer, tiny_halo_regP)") {
        const auto nest = reference_conv(8, 4, 8);
        const auto inner = counts(nest, "wio M2 P2 | wio C4 Q8 P4 M4x | wio S3 R3");
        CHECK(inner.compute_cycles == 4608);
        // Inputs of a register: 9 words, then 3 new ones for each of 3 more rows: 18; 8 columns x 4 channels x 4 outer
        // steps x 4 registers = 512 times.
        check(inner, {{0, Operand::weights, 288, 288, 0, 0},
                      {0, Operand::inputs, 400, 800, 0, 0},
                      {0, Operand::outputs, 512, 0, 0, 512},
                      {1, Operand::weights, 144, 576, 288, 0},
                      {1, Operand::inputs, 240, 2304, 800, 0},
                      {1, Operand::outputs, 128, 1536, 0, 2048},
                      {2, Operand::weights, 9, 18432, 576, 0},
                      {2, Operand::inputs, 9, 18432, 9216, 0},
                      {2, Operand::outputs, 1, 17920, 1536, 18432}});
        check(counts(nest, "wio P2 M2 | wio P4 Q8 C4 M4x | wio S3 R3"), {{0, Operand::weights, 288, 576, 0, 0},
                                                                         {0, Operand::inputs, 400, 480, 0, 0},
                                                                         {0, Operand::outputs, 512, 0, 0, 512},
                                                                         {1, Operand::weights, 144, 18432, 576, 0},
                                                                         {1, Operand::inputs, 240, 4608, 480, 0},
                                                                         {1, Operand::outputs, 128, 0, 0, 512},
                                                                         {2, Operand::weights, 9, 18432, 18432, 0},
                                                                         {2, Operand::inputs, 9, 18432, 18432, 0},
                                                                         {2, Operand::outputs, 1, 17920, 0, 18432}});
        check(counts(nest, "wio S3 C2 P4 | wio Q8 C2 M2 M4x | wio R3 P2"),
              {{0, Operand::weights, 288, 288, 0, 0},
               {0, Operand::inputs, 400, 960, 0, 0},
               {0, Operand::outputs, 512, 2560, 0, 3072},
               {1, Operand::weights, 48, 9216, 288, 0},
               {1, Operand::inputs, 64, 1536, 960, 0},
               {1, Operand::outputs, 128, 5632, 2560, 6144},
               {2, Operand::weights, 3, 18432, 9216, 0},
               {2, Operand::inputs, 4, 18432, 6144, 0},
               {2, Operand::outputs, 2, 17920, 5632, 18432}});
    }
    TEST_CASE("partial sums that spill, sums across columns and bypass count like the reference (tiny_*)") {
        const auto nest = reference_conv(8, 4, 8);
        // The buffer holds 256 sums while 4 channels pass outside: 4 x 512 updates of DRAM, of which 512 come first.
        check(counts(nest, "wio C4 P2 | wio M2 Q8 P4 M4x | wio S3 R3"), {{0, Operand::inputs, 400, 400, 0, 0},
                                                                         {0, Operand::outputs, 512, 1536, 0, 2048},
                                                                         {1, Operand::weights, 72, 576, 288, 0},
                                                                         {1, Operand::inputs, 60, 2304, 400, 0},
                                                                         {1, Operand::outputs, 256, 1536, 1536, 2048},
                                                                         {2, Operand::inputs, 9, 18432, 9216, 0},
                                                                         {2, Operand::outputs, 1, 17920, 1536, 18432}});
        const auto reduced = counts(nest, "wio P2 M4 | wio M2 Q8 P4 C4x | wio S3 R3");
        check(reduced, {{0, Operand::weights, 288, 576, 0, 0},
                        {0, Operand::inputs, 400, 480, 0, 0},
                        {1, Operand::weights, 72, 576, 576, 0},
                        {1, Operand::inputs, 240, 9216, 480, 0},
                        {1, Operand::outputs, 64, 0, 0, 512},
                        {2, Operand::outputs, 1, 16384, 0, 18432}});
        CHECK(at(reduced, 1, Operand::outputs).spatial_reductions == 1536);
        const auto bypass = counts(nest, "wio M2 P2 | wio C4 Q8 P4 M4x | wo S3 R3");
        check(bypass, {{1, Operand::inputs, 240, 4608, 800, 0},
                       {1, Operand::weights, 144, 576, 288, 0},
                       {2, Operand::inputs, 0, 0, 0, 0},
                       {2, Operand::outputs, 1, 17920, 1536, 18432}});
        CHECK(at(bypass, 1, Operand::inputs).multicast == 4);
    }
    TEST_CASE("short tiles count like the reference, and their cycles follow the short tile (tiny_imperfect_P)") {
        const auto c = counts(reference_conv(8, 4, 8), "wio M2 P3 | wio C4 Q8 P3 M4x | wio S3 R3");
        CHECK(c.compute_cycles == 4608);  // the reference charges 5184 for a full last tile
        check(c, {{0, Operand::weights, 288, 288, 0, 0},
                  {0, Operand::inputs, 400, 800, 0, 0},
                  {0, Operand::outputs, 512, 0, 0, 512},
                  {1, Operand::weights, 144, 864, 288, 0},
                  {1, Operand::inputs, 200, 2688, 800, 0},
                  {1, Operand::outputs, 96, 1536, 0, 2048},
                  {2, Operand::weights, 9, 18432, 864, 0},
                  {2, Operand::inputs, 9, 18432, 10752, 0},
                  {2, Operand::outputs, 1, 17920, 1536, 18432}});
    }
    TEST_CASE("row-stationary layers on five levels count like the reference (ey_conv3x3, ey_dw3x3)") {
        const auto c =
            counts(reference_conv(28, 128, 128), "wio Q2 C32 M2 | io P28 M4x S3x Q14x | i | w C4 R3 | o M16");
        check(c, {{0, Operand::weights, 147456, 294912, 0, 0},
                  {0, Operand::inputs, 115200, 122880, 0, 0},
                  {0, Operand::outputs, 100352, 3110912, 0, 3211264},
                  {1, Operand::inputs, 1920, 245760, 122880, 0},
                  {1, Operand::outputs, 25088, 3110912, 3110912, 3211264},
                  {2, Operand::inputs, 12, 115605504, 2580480, 0},
                  {3, Operand::weights, 192, 115605504, 4128768, 0},
                  {4, Operand::outputs, 16, 115304448, 9332736, 115605504}});
        CHECK(at(c, 1, Operand::inputs).multicast == 12);
        CHECK(at(c, 1, Operand::outputs).multicast == 3);
        CHECK(at(c, 1, Operand::outputs).spatial_reductions == 6422528);
        check(counts(reference_depthwise(56, 144, 1), "wio C36 Q4 P2 | io P28 C4x S3x Q14x | i | w R3 | o"),
              {{0, Operand::inputs, 484416, 534528, 0, 0},
               {0, Operand::outputs, 451584, 0, 0, 451584},
               {1, Operand::inputs, 1920, 552960, 534528, 0},
               {1, Operand::outputs, 1568, 0, 0, 451584},
               {2, Operand::inputs, 3, 4064256, 1451520, 0},
               {3, Operand::weights, 3, 4064256, 18144, 0},
               {4, Operand::outputs, 1, 2709504, 0, 4064256}});
    }
    TEST_CASE("output- and weight-stationary layers count like the reference (os_conv3x3s2, ws_dw3x3s2, ws_gemm256)") {
        check(counts(reference_conv(28, 128, 128, 2), "wio P2 Q2 M8 C16 | wio M16 P14x Q14x | o C8 S3 R3"),
              {{0, Operand::weights, 147456, 589824, 0, 0},
               {0, Operand::inputs, 415872, 3444736, 0, 0},
               {1, Operand::weights, 1152, 589824, 589824, 0},
               {1, Operand::inputs, 6728, 115605504, 3444736, 0},
               {1, Operand::outputs, 3136, 1505280, 0, 1605632},
               {2, Operand::outputs, 1, 115505152, 1505280, 115605504}});
        check(counts(reference_depthwise(28, 144, 2), "wio C9 P2 | wio P14 Q28 S3x C16x | w R3"),
              {{0, Operand::inputs, 467856, 467856, 0, 0},
               {1, Operand::weights, 144, 1296, 1296, 0},
               {1, Operand::inputs, 26448, 1016064, 467856, 0},
               {1, Operand::outputs, 6272, 225792, 0, 338688},
               {2, Operand::weights, 3, 1016064, 1296, 0}});
        check(counts(reference_gemm(), "wio M16 K8 | wio K2 N256 K16x M16x | w"),
              {{0, Operand::inputs, 65536, 1048576, 0, 0},
               {1, Operand::inputs, 8192, 1048576, 1048576, 0},
               {1, Operand::outputs, 4096, 983040, 0, 1048576},
               {2, Operand::weights, 1, 16777216, 65536, 0}});
    }
    TEST_CASE("the slowest level sets the steady state") {
        auto m = mapped(matmul_nest(1, 8, 4, 16), "wio N8 | wio C16 K4x | w");
        const auto c = counts(m);
        CHECK(c.compute_cycles == 128);
        CHECK(steady_cycles(m.hierarchy, c) == 128);
        // DRAM reads 64 weights once and 8 x 16 inputs, and writes 32 outputs.
        m.hierarchy.levels[0].read_words_per_cycle = 1;
        CHECK(steady_cycles(m.hierarchy, c) == 192);
        m.hierarchy.levels[0].shared_words_per_cycle = 1;
        CHECK(steady_cycles(m.hierarchy, c) == 192 + 32);
        m.hierarchy.levels[0].write_words_per_cycle = 0.1;
        CHECK(steady_cycles(m.hierarchy, c) == 320);
    }
    TEST_CASE("energy is accesses times energy, and one multiplication each") {
        auto m = mapped(matmul_nest(1, 8, 4, 16), "wio N8 | wio C16 K4x | w");
        m.hierarchy.mac_energy = Joules(2);
        m.hierarchy.levels[0].read_energy = {Joules(10), Joules(20), Joules(1000)};
        m.hierarchy.levels[0].write_energy[2] = Joules(3);
        CHECK(access_energy(m.nest, m.hierarchy, counts(m)).count() == 2 * 512 + 10 * 64 + 20 * 128 + 3 * 32);
    }
    TEST_CASE("a mapping that cannot be used says why") {
        auto m = mapped(matmul_nest(1, 8, 4, 16), "wio N2 | wio C16 K4x | w N2");
        m.hierarchy.levels[1].fanout_cols = 2;
        m.hierarchy.levels[0].name = "dram", m.hierarchy.levels[1].name = "shared", m.hierarchy.levels[2].name = "pe";
        const auto wrong = [&] { return why_invalid(m.nest, m.hierarchy, m.mapping, {8, 8, 32}); };
        CHECK(wrong() == std::vector<std::string>{"N: the factors multiply to 4, the dimension has 8"});
        m.mapping.levels[0].loops[0].factor = 4;
        CHECK(wrong() == std::vector<std::string>{"shared: 4 columns are used, there are 2"});
        m.hierarchy.levels[1].fanout_cols = 4;
        CHECK(wrong().empty());
        // The buffer holds 4 x 16 weights, 2 x 16 inputs and 2 x 4 sums: 512 + 256 + 256 bits.
        m.hierarchy.levels[1].shared_bits = 1024;
        CHECK(wrong().empty());
        m.hierarchy.levels[1].shared_bits = 1023;
        CHECK(wrong() == std::vector<std::string>{"shared: tiles of 1024 bits do not fit 1023 bits"});
        m.hierarchy.levels[1].shared_bits = 0;
        m.hierarchy.levels[1].capacity_words = {64, 31, 8};
        CHECK(wrong() == std::vector<std::string>{"shared: a tile of 32 inputs does not fit 31 words"});
        m.mapping.levels.pop_back();
        CHECK(wrong() == std::vector<std::string>{"the mapping has 2 levels, the hierarchy 3"});
    }
}
