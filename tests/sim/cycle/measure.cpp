// SPDX-License-Identifier: Apache-2.0
#include "sim/cycle/measure.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "models/systolic.hpp"
#include "models/tile_program.hpp"
#include "tests/sim/fixtures.hpp"

using namespace dyad;
using namespace dyad::sim;

TEST_SUITE("sim/cycle") {
    TEST_CASE("the kernels of an array run tile by tile in one go, each shape of tile once or all of them") {
        // 6 filters in tiles of 2, 5 pixels, window 3, on 4 x 4: preload 4, three folds of max(5, 4), skew 6.
        auto chip = sim::test::easy_chip();
        hw_space::PeArray array;
        array.rows = array.cols = 4;
        chip.engines = {array};
        models::Node node;
        node.kernel.name = "k";
        node.kernel.nest = models::conv_nest({.k = 6, .c = 3, .p = 5});
        auto plan = std::make_shared<models::KernelPlan>();
        plan->tiles = {{1, {{3, {}}}}};
        plan->order.loops = {{*node.kernel.nest->dim("K"), 2, 3}};
        models::Step step;
        step.plan = plan;
        models::Schedule schedule;
        schedule.accelerator = std::make_shared<hw_space::Accelerator>(chip);
        schedule.dataflow =
            std::make_shared<models::Dataflow>("net", 1, std::vector{node}, std::vector<models::TensorInfo>{});
        schedule.steps = {step};
        for (const bool jump : {true, false}) {
            const auto played = measured(schedule, {.jump = jump});
            CHECK(models::totals(played.steps[0].plan->tiles).compute_cycles == 4 + 3 * 5 + 6);
        }
        auto narrow = node;
        narrow.kernel.weight_precision = narrow.kernel.input_precision = core::Precision::int4;
        schedule.dataflow =
            std::make_shared<models::Dataflow>("net", 1, std::vector{narrow}, std::vector<models::TensorInfo>{});
        CHECK_THROWS_WITH_AS((void)measured(schedule, {}),
                             "--fidelity cycle: kernel 'k' on 'pe_array' does 2 products of int4 in the place of one; "
                             "data are moved for one (`rates: {int4: 1}` in the accelerator file)",
                             core::Error);
    }
}
