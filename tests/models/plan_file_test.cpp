// SPDX-License-Identifier: Apache-2.0
#include "models/plan_file.hpp"

#include <doctest/doctest.h>

#include "core/document.hpp"
#include "core/files.hpp"
#include "core/value.hpp"
#include "models/mapping_file.hpp"
#include "tests/models/mapper_support.hpp"

using namespace dyad;
using namespace dyad::models;
using namespace dyad::models::mapper_test;
using core::Bytes;
using hw_space::ArrayDataflow;

namespace {

using Plan = std::shared_ptr<const KernelPlan>;

Plan best(const RandomCase& one) {
    MapperMemo memo;
    return map_kernel(one.kernel, one.chip, 0, {}, memo, one.energy);
}

std::optional<GivenPlan> read(const RandomCase& one, const std::string& text, core::Errors& errors) {
    const auto document = core::parse_document(text, "m.yaml");
    return read_plan(core::Value(*document, nullptr, errors), one.kernel, one.chip, one.energy);
}

GivenPlan read(const RandomCase& one, const std::string& text) {
    core::Errors errors;
    auto given = read(one, text, errors);
    CAPTURE(text);
    for (const auto& message : errors.messages()) FAIL_CHECK(message);
    REQUIRE(given);
    return std::move(*given);
}

std::vector<std::string> refused(const RandomCase& one, const std::string& text) {
    core::Errors errors;
    CHECK_FALSE(read(one, text, errors));
    return errors.messages();
}

std::string loops_text(const RandomCase& one, const Mapping& mapping) {
    std::vector<std::string> levels;
    for (const auto& level : hierarchy(one.chip, one.chip.engines.front(), one.kernel, one.energy).levels)
        levels.push_back(level.name);
    return mapping_yaml(mapping, *one.kernel.nest, levels);
}

void check_same(const KernelPlan& a, const KernelPlan& b) {
    CHECK(a.tiles == b.tiles);
    CHECK(a.compute == b.compute);
    CHECK(a.cycles == b.cycles);
    CHECK(a.energy.total().count() == b.energy.total().count());
    CHECK(a.working_set == b.working_set);
}

/// A plan costs the same when it is read again from what says what it decides.
void check_again(const RandomCase& one, const KernelPlan& plan) {
    check_same(plan, *read(one, plan_yaml(plan, one.kernel, hw_space::name(one.chip.engines.front()))).plan);
}

RandomCase on(hw_space::Engine engine, Kernel kernel, Bytes buffer) {
    auto chip = small_chip(buffer);
    chip.engines = {std::move(engine)};
    const auto energy = round_energies(chip);
    return {std::move(kernel), std::move(chip), energy};
}

/// 64 x 8 by 8 x 16 on a weight-stationary array of 4 x 4.
RandomCase product() {
    return on(small_array(ArrayDataflow::weight_stationary), conv_kernel({.n = 64, .k = 16, .c = 8}), Bytes(16384));
}

}  // namespace

TEST_SUITE("models/plan_file") {
    TEST_CASE("what a search decides costs the same when it is given, on arrays of every dataflow") {
        std::array<int, 5> planned{}, looped{};
        for (std::uint64_t number = 0; number < 250; ++number) {
            CAPTURE(number);
            const auto one = random_case(number);
            const auto plan = best(one);
            if (!plan) continue;
            const auto dataflow = static_cast<std::size_t>(std::get<hw_space::PeArray>(one.chip.engines[0]).dataflow);
            ++planned[dataflow];
            check_again(one, *plan);
            if (!plan->mapping) continue;
            ++looped[dataflow];
            check_same(*plan, *read(one, loops_text(one, *plan->mapping)).plan);
        }
        for (const auto count : planned) CHECK(count > 20);
        for (const auto dataflow : {0, 1, 2, 4}) CHECK(looped[static_cast<std::size_t>(dataflow)] > 10);
        CHECK(looped[3] == 0);  // rows slide inside a row-stationary array: no nest of loops
    }

    TEST_CASE("so do those of units and of passes") {
        hw_space::DepthwiseUnit depthwise;
        depthwise.lanes = 3;
        depthwise.kernels = {3};
        const auto channels = conv_kernel({.g = 8, .p = 12, .q = 12, .r = 3, .s = 3});
        const auto small = on(depthwise, channels, Bytes(900));
        const auto of_unit = best(small);
        REQUIRE(of_unit);
        CHECK(totals(of_unit->tiles).tiles > 1);
        check_again(small, *of_unit);

        hw_space::CustomUnit custom;
        custom.name = "rated";
        custom.operators = {"conv"};
        custom.operations_per_cycle = 3;
        const auto rate = on(custom, conv_kernel({.k = 6, .c = 5, .p = 9, .r = 3}), Bytes(200));
        check_again(rate, *best(rate));

        hw_space::VectorUnit lanes;
        lanes.lanes = 4;
        lanes.operations = {hw_space::VectorOp::add};
        Kernel sum;
        sum.op = "add";
        sum.vector.operations[static_cast<std::size_t>(hw_space::VectorOp::add)] = 1000;
        sum.vector_inputs = core::Words(2000);
        sum.vector_outputs = core::Words(1000);
        const auto vector = on(lanes, sum, Bytes(1000));
        const auto chunks = best(vector);
        CHECK(chunks->evaluated > 1);
        check_again(vector, *chunks);

        auto chip = hw_space::read_accelerator(*core::read_document(core::find_config("eyeriss_v1", "accelerators")));
        auto conv2 = conv_kernel({.g = 2, .k = 128, .c = 48, .p = 27, .q = 27, .r = 5, .s = 5});
        conv2.weight_precision = conv2.input_precision = conv2.output_precision = core::Precision::int16;
        const RandomCase eyeriss{conv2, chip, energy_table(chip)};
        const auto passes = best(eyeriss);
        REQUIRE(passes->passes);
        CHECK(passes->evaluated > 100);
        check_again(eyeriss, *passes);
    }

    TEST_CASE("given loops run as the array runs them: folds, load, skew") {
        // 2 folds of 4 channels, 4 of 4 filters, 64 pixels each: 4 + 8 x 64 + 6. On 2 x 4 elements twice the folds.
        const auto one = product();
        const std::string tail = ", loops: [{C: 2}, {K: 4}, {N: 64}], rows: [{C: 4}], cols: [{K: 4}]}]}";
        const auto whole = read(one, "{mapping: [{level: buffer" + tail).plan;
        CHECK(whole->compute.count() == 4 + 8 * 64 + 6);
        check_same(*whole, *read(one, "plan: {engine: pe_array, loops: []}").plan);
        const auto half =
            read(one, "{mapping: [{level: buffer, loops: [{C: 4}, {K: 4}, {N: 64}], rows: [{C: 2}], cols: [{K: 4}]}]}")
                .plan;
        CHECK(half->compute.count() == 4 + 16 * 64 + 6);
        CHECK(half->used_macs_per_cycle == 8);
    }

    TEST_CASE("the order of loops over tiles decides what is loaded again, whichever it is") {
        // Filters and pixels in halves. Pixels innermost: inputs twice. Filters innermost: weights twice.
        const auto one = product();
        const auto loads = [&](const std::string& loops) {
            return totals(read(one, "plan: {loops: [" + loops + "]}").plan->tiles).load_bytes;
        };
        CHECK(loads("{K: 2}, {N: 2}") == std::array<std::uint64_t, 3>{128, 2 * 512, 0});
        CHECK(loads("{N: 2}, {K: 2}") == std::array<std::uint64_t, 3>{2 * 128, 512, 0});
        // Halves of the channels between them, an order that the search has no need of: all that moves is loaded again,
        // sums too: 64 x 16 words of 4 bytes.
        CHECK(loads("{N: 2}, {C: 2}, {K: 2}") == std::array<std::uint64_t, 3>{2 * 128, 512, 4 * 1024});
    }

    TEST_CASE("what an engine cannot do is refused at its place") {
        using Messages = std::vector<std::string>;
        const auto one = product();
        const auto loops = [&](const std::string& text) { return refused(one, "{mapping: [" + text + "]}"); };
        CHECK(loops("{level: buffer, loops: [{C: 2}, {N: 64}], rows: [{C: 4}], cols: [{K: 16}]}") ==
              Messages{"m.yaml:1:12: mapping[0]: 16 columns are used, there are 4"});
        CHECK(loops("{level: buffer, loops: [{C: 8}, {K: 4}, {N: 64}], rows: [{K: 4}]}") ==
              Messages{"m.yaml:1:12: mapping[0]: K on the rows of 'pe_array', which are for C, R, S"});
        CHECK(
            loops("{level: buffer, loops: [{N: 64}, {K: 16}, {C: 8}]}") ==
            Messages{"m.yaml:1:12: mapping[0]: N streams past what 'pe_array' holds: its loop stands inside that of K",
                     "m.yaml:1:12: mapping[0]: N streams past what 'pe_array' holds: its loop stands inside that of "
                     "C"});
        CHECK(loops("{level: dram, loops: [{N: 2}, {K: 16}, {C: 8}, {N: 32}]}") ==
              Messages{"m.yaml:1:12: mapping[0]: two loops over tiles of N"});
        CHECK(
            loops("{level: buffer, keeps: [inputs, outputs], loops: [{K: 16}, {C: 8}, {N: 64}]}") ==
            Messages{"m.yaml:1:12: mapping[0]: an engine's memories keep what the accelerator file says, here weights "
                     "too"});
        CHECK(loops("{level: pe_array/registers, loops: [{K: 16}, {C: 8}, {N: 64}]}").front() ==
              "m.yaml:1:12: mapping[0]: a loop over K: tiles are cut at 'dram', all buffers hold the same one, and "
              "'buffer' has the loops of the array");

        const auto plan = [&](const std::string& text) { return refused(one, "{plan: " + text + "}"); };
        CHECK(plan("{engine: array}") == Messages{"m.yaml:1:17: plan.engine: no engine 'array' of '' runs kernel "
                                                  "'conv'"});
        CHECK(plan("{chunks: 2}") ==
              Messages{"m.yaml:1:8: plan: expected `loops`, which is how this engine runs the kernel"});
        CHECK(plan("{loops: [{Z: 2}, {K: 2}, {K: 2}]}") ==
              Messages{"m.yaml:1:17: plan.loops[0]: there is no dimension 'Z'",
                       "m.yaml:1:33: plan.loops[2]: two loops over tiles of K"});
        CHECK(plan("{loops: [{K: 7}]}") ==
              Messages{"m.yaml:1:17: plan.loops[0]: K: 16 in tiles of 3 makes 6 of them, not 7"});
        CHECK(refused(one, "{plan: {loops: []}, mapping: []}") ==
              Messages{"m.yaml:1:1: found both plan and mapping, expected one of them"});

        auto small = one;
        small.chip.buffers.front().size = Bytes(512);  // halves of the pixels: 8 x 16 + 32 x 8 + sums of 32 x 16 x 4
        CHECK(refused(small, "{plan: {loops: [{N: 2}]}}") ==
              Messages{"m.yaml:1:16: plan.loops: a tile takes 2432 B of 'buffer', which has 256 B for one"});

        const auto window =
            on(small_array(ArrayDataflow::weight_stationary), conv_kernel({.p = 4, .r = 3}), Bytes(999));
        CHECK(refused(window, "{plan: {loops: [{R: 3}]}}") ==
              Messages{"m.yaml:1:17: plan.loops[0]: R is never cut into tiles: its window slides over the inputs"});
        const auto rows = on(small_array(ArrayDataflow::row_stationary), conv_kernel({.p = 4, .r = 3}), Bytes(999));
        CHECK(refused(rows, "{mapping: []}") ==
              Messages{"m.yaml:1:11: mapping: 'pe_array' walks through its tiles in a way of its own: expected `plan`, "
                       "not the loops of every level"});
    }

    TEST_CASE("a letter of a pass that has no room is named") {
        auto chip = hw_space::read_accelerator(*core::read_document(core::find_config("eyeriss_v1", "accelerators")));
        auto conv =
            conv_kernel({.n = 4, .k = 96, .c = 3, .p = 55, .q = 55, .r = 11, .s = 11, .stride_h = 4, .stride_w = 4});
        conv.weight_precision = conv.input_precision = conv.output_precision = core::Precision::int16;
        const RandomCase one{conv, chip, energy_table(chip)};
        const auto why = [&](const std::string& letters) {
            const auto all = refused(one, "{plan: {passes: {" + letters + "}}}");
            return all.empty() ? "" : all.front();
        };
        // 12 x 14 elements, 11 filter rows: one set above another at most, 14 output rows wide.
        CHECK(why("m: 96, n: 1, e: 15, p: 16, q: 1, r: 1, t: 1") ==
              "m.yaml:1:17: plan.passes: e: 15 rows of outputs in a strip, there is room for 14");
        CHECK(why("m: 96, n: 1, e: 7, p: 16, q: 1, r: 1, t: 3") ==
              "m.yaml:1:17: plan.passes: t: 3 sets for other filters, there is room for 2");
        CHECK(why("m: 96, n: 3, e: 7, p: 16, q: 1, r: 1, t: 2") ==
              "m.yaml:1:17: plan.passes: n: 3 images do not divide the 4 of the batch");
        CHECK(why("m: 97, n: 1, e: 7, p: 16, q: 1, r: 1, t: 2") ==
              "m.yaml:1:17: plan.passes: m: 97 filters whose sums the buffer holds, there is room for 96");
        CHECK(read(one, "plan: {passes: {m: 96, n: 1, e: 7, p: 16, q: 1, r: 1, t: 2}}").plan->used_macs_per_cycle ==
              11 * 7 * 2);
    }
}
