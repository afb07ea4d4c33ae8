// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>

#include "codesign/evaluation/pair_evaluator.hpp"
#include "codesign/run/campaign.hpp"
#include "core/files.hpp"
#include "tests/codesign/synthetic.hpp"

using namespace dyad::codesign;
using namespace dyad::codesign::testing;

TEST_SUITE("codesign/shipped experiments") {
    TEST_CASE("every shipped experiment is read, and runs") {
        const auto names = dyad::core::list_configs("experiments");
        for (const auto* asked :
             {"mobile_npu", "synergy_depthwise", "specialise", "transformer_npu", "llm_decode", "gan_npu",
              "pointcloud_npu", "same_macs", "same_envelope_eyeriss", "same_envelope_nvdla_256",
              "same_envelope_nvdla_1024", "same_envelope_edge_tpu", "same_envelope_shidiannao"})
            CHECK_MESSAGE(std::ranges::count(names, asked) == 1, asked);
        for (const auto& name : names) {
            CAPTURE(name);
            auto experiment = read_experiment(name);
            experiment.search.method = Method::random;
            experiment.search.population = 2;
            experiment.search.generations = 1;
            experiment.search.start.clear();
            const auto shared = std::make_shared<const Experiment>(std::move(experiment));
            PairEvaluator evaluator(shared);
            const Scratch scratch;
            CampaignOptions options;
            options.directory = scratch / "run";
            options.workers = 0;
            options.quiet = true;
            const auto run = search(shared, evaluator, options).run;
            CHECK(run.evaluated >= 2);
            for (const auto& pair : run.pairs)
                CHECK(pair.evaluation.reason.find("internal error") == std::string::npos);
        }
    }
}
