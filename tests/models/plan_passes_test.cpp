// SPDX-License-Identifier: Apache-2.0
#include "models/mapper/plan_passes.hpp"

#include <doctest/doctest.h>

#include "core/document.hpp"
#include "core/files.hpp"
#include "hw_space/accelerator.hpp"
#include "models/mapper.hpp"

namespace models = dyad::models;
namespace mapper = dyad::models::mapper;
using dyad::core::ceil_div;

namespace {

/// The five convolutions of AlexNet as Caffe has them, batch 4 (Krizhevsky et al. 2012).
const models::ConvShape alexnet[] = {
    {.n = 4, .g = 1, .k = 96, .c = 3, .p = 55, .q = 55, .r = 11, .s = 11, .stride_h = 4, .stride_w = 4},
    {.n = 4, .g = 2, .k = 128, .c = 48, .p = 27, .q = 27, .r = 5, .s = 5},
    {.n = 4, .g = 1, .k = 384, .c = 256, .p = 13, .q = 13, .r = 3, .s = 3},
    {.n = 4, .g = 2, .k = 192, .c = 192, .p = 13, .q = 13, .r = 3, .s = 3},
    {.n = 4, .g = 2, .k = 128, .c = 192, .p = 13, .q = 13, .r = 3, .s = 3}};

/// Sixteen bits everywhere and ways of 64 bits, as on Eyeriss.
mapper::Problem words_of_16_bits(const models::LoopNest& nest) {
    mapper::Problem problem;
    problem.nest = &nest;
    problem.bits = {16, 16, 16};
    problem.engine.accumulator_bits = 16;
    problem.engine.passes = mapper::PassArray{12, 14, {.weights = 224, .inputs = 12, .psums = 24}};
    problem.dram.bytes_per_cycle = 2.4;
    problem.dram.read_energy = problem.dram.write_energy = 1;
    problem.buffers = {{.name = "glb",
                        .keeps = {false, true, true},
                        .bytes = 25 * 4096,
                        .copies = 1,
                        .bank_bytes = 4096,
                        .width_bytes = 8}};
    return problem;
}

}  // namespace

TEST_SUITE("models/passes") {
    TEST_CASE("a pass takes its multiplications and its weights, CONV1 of AlexNet") {
        const auto nest = models::conv_nest(alexnet[0]);
        const auto shape = mapper::pass_shape(nest);
        REQUIRE(shape);
        CHECK(shape->input_rows(7) == 35);  // 6 * 4 + 11
        CHECK(shape->input_cols() == 227);
        const models::PassMapping mapping{.m = 96, .n = 1, .e = 7, .p = 16, .q = 1, .r = 1, .t = 2};
        const auto cost = mapper::pass_cost(words_of_16_bits(nest), *shape, mapping, 7, 96);
        CHECK(cost.channel_groups == 3);
        CHECK(cost.filter_groups == 3);  // 96 / (16 * 2)
        CHECK(cost.sum_words == 96 * 7 * 55);
        CHECK(cost.input_words == 3 * 35 * 227);
        CHECK(cost.weight_words == 96 * 3 * 121);
        // 48 filters x 3 channels x 55 columns x 11 products, and 34848 weights at four a cycle;
        // the sums (36960 three times at four a cycle) cross beside it
        CHECK(cost.cycles == 48 * 3 * 55 * 11 + 34848 / 4);
    }

    TEST_CASE("a wide layer waits for its sums, not for its multiplications") {
        const auto nest = models::conv_nest({.n = 3, .k = 64, .c = 64, .p = 224, .q = 224, .r = 3, .s = 3});
        const auto shape = mapper::pass_shape(nest);
        REQUIRE(shape);
        const models::PassMapping mapping{.m = 16, .n = 1, .e = 13, .p = 4, .q = 1, .r = 1, .t = 4};
        const auto cost = mapper::pass_cost(words_of_16_bits(nest), *shape, mapping, 13, 16);
        // 16 x 64 x 9 weights at four a cycle; then 16 x 13 x 224 sums, once for each of 64 channels, four a cycle;
        // 4 x 64 x 224 x 3 products would take 172032
        CHECK(cost.cycles == 16 * 64 * 9 / 4 + 16 * 13 * 224 * 64 / 4);
        // A layer has one configuration: the last strip takes as long with its 3 rows.
        CHECK(mapper::pass_cost(words_of_16_bits(nest), *shape, mapping, 3, 16).cycles == cost.cycles);
    }

    TEST_CASE("passes make two layers of VGG-16 with equal work differ by 3.86") {
        // Chen et al., JSSC 2017, table VI, batch 3 at 200 MHz: 810.6 ms of CONV1-2 and 210.0 ms of CONV4-2. Strips as
        // its active elements say, 156 = 4 x 3 x 13 and 168 = 4 x 3 x 14; filters as the sums leave room for.
        const auto milliseconds = [](const models::ConvShape& conv, const models::PassMapping& mapping) {
            const auto nest = models::conv_nest(conv);
            const auto cost =
                mapper::pass_cost(words_of_16_bits(nest), *mapper::pass_shape(nest), mapping, mapping.e, mapping.m);
            return static_cast<double>(conv.n * ceil_div(conv.p, mapping.e) * (conv.k / mapping.m)) * cost.cycles / 2e5;
        };
        const auto wide = milliseconds({.n = 3, .k = 64, .c = 64, .p = 224, .q = 224, .r = 3, .s = 3},
                                       {.m = 16, .n = 1, .e = 13, .p = 4, .q = 1, .r = 1, .t = 4});
        const auto deep = milliseconds({.n = 3, .k = 512, .c = 512, .p = 28, .q = 28, .r = 3, .s = 3},
                                       {.m = 64, .n = 1, .e = 14, .p = 16, .q = 4, .r = 1, .t = 4});
        CHECK(wide == doctest::Approx(810.6).epsilon(0.01));
        CHECK(deep == doctest::Approx(210.0).epsilon(0.01));
        CHECK(wide / deep == doctest::Approx(3.86).epsilon(0.01));
    }

    TEST_CASE("the best mapping fits array, scratchpads and banks") {
        for (const auto& conv : alexnet) {
            const auto nest = models::conv_nest(conv);
            const auto shape = mapper::pass_shape(nest);
            REQUIRE(shape);
            const auto found = mapper::best_pass_mapping(words_of_16_bits(nest), *shape);
            REQUIRE(found);
            CHECK_FALSE(mapper::pass_fault(words_of_16_bits(nest), *shape, found->mapping));
            const auto* best = &found->mapping;
            const auto pieces = ceil_div(best->e, std::uint64_t{14});
            CHECK(best->t * best->r * conv.r * pieces * std::min<std::uint64_t>(best->e, 14) <= 168);
            CHECK(best->q * conv.s <= 12);
            CHECK(best->p * best->q * conv.s <= 224);
            CHECK(best->p <= 24);
            const auto sums = best->m * best->n * best->e * conv.q * 2;
            const auto inputs = best->n * best->q * best->r * shape->input_rows(best->e) * shape->input_cols() * 2;
            CHECK(ceil_div(sums, std::uint64_t{4096}) + ceil_div(inputs, std::uint64_t{4096}) <= 25);
        }
    }

    TEST_CASE("no mapping where not one row of sums fits; no shape of what slides apart") {
        const auto nest = models::conv_nest(alexnet[2]);
        auto problem = words_of_16_bits(nest);
        problem.buffers[0].bytes = 4096;  // one bank: inputs and sums need one each
        CHECK_FALSE(mapper::best_pass_mapping(problem, *mapper::pass_shape(nest)));
        const auto dilated =
            models::conv_nest({.k = 4, .c = 4, .p = 8, .q = 8, .r = 3, .s = 3, .dilation_h = 2, .dilation_w = 2});
        CHECK_FALSE(mapper::pass_shape(dilated));
    }

    TEST_CASE("tiles of a plan come in pairs and do all of the work") {
        const auto chip = dyad::hw_space::read_accelerator(
            *dyad::core::read_document(dyad::core::find_config("eyeriss_v1", "accelerators")));
        models::Kernel kernel;
        kernel.op = "conv";
        kernel.nest = models::conv_nest(alexnet[1]);
        kernel.weight_precision = kernel.input_precision = kernel.output_precision = dyad::core::Precision::int16;
        models::MapperMemo memo;
        const auto plan = models::map_kernel(kernel, chip, 0, {}, memo);
        REQUIRE(plan);
        for (const auto& block : plan->tiles)
            for (std::size_t r = 0; r < block.runs.size(); ++r) {
                const auto& tile = block.runs[r].tile;
                CHECK((tile.load_bytes[0] > 0) == (r % 2 == 0));
                CHECK((tile.compute_cycles > 0) == (r % 2 == 1));
            }
        const auto moved = models::totals(plan->tiles);
        CHECK(moved.store_bytes == 2 * kernel.nest->words(models::Operand::outputs).count());  // each output once
        CHECK(moved.load_bytes[0] % (2 * kernel.nest->words(models::Operand::weights).count()) == 0);
        CHECK(plan->used_macs_per_cycle <= 168);
        // no faster than all 168 elements at work
        CHECK(moved.compute_cycles >= kernel.nest->macs() / 168);
    }
}
