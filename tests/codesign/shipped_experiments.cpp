// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>

#include "codesign/evaluation/pair_evaluator.hpp"
#include "codesign/run/campaign.hpp"
#include "core/files.hpp"
#include "tests/codesign/synthetic.hpp"

using namespace dyad::codesign;
using namespace dyad::codesign::testing;

namespace {

/// In the place of dyad-accuracy and its minutes of training.
void ask_script(const Scratch& scratch, AccuracyEvaluator& evaluator) {
    dyad::core::write_file(scratch / "evaluator.py", R"(
import json, sys
print(json.dumps({"protocol": "dyad/accuracy/1", "name": "test"}), flush=True)
for r in map(json.loads, sys.stdin):
    one = {"value": len(r["network"]["layers"]), "spread": 1}
    print(json.dumps({"id": r["id"], "metrics": {m: one for m in r["metrics"]}}), flush=True)
)");
    evaluator.name = "command";
    evaluator.command = {"/usr/bin/python3", (scratch / "evaluator.py").string()};
}

}  // namespace

TEST_SUITE("codesign/shipped experiments") {
    TEST_CASE("every shipped experiment is read, and runs") {
        const auto names = dyad::core::list_configs("experiments");
        for (const auto* asked : {"mobile_npu", "synergy_depthwise", "specialise", "transformer_npu", "llm_decode",
                                  "gan_npu", "pointcloud_npu", "same_macs", "same_envelope_eyeriss",
                                  "same_envelope_nvdla_256", "same_envelope_nvdla_1024", "same_envelope_edge_tpu",
                                  "same_envelope_shidiannao", "fashion_mnist", "many_objective"})
            CHECK_MESSAGE(std::ranges::count(names, asked) == 1, asked);
        for (const auto& name : names) {
            CAPTURE(name);
            auto experiment = read_experiment(name);
            experiment.search.method = Method::random;
            experiment.search.population = 2;
            experiment.search.generations = 1;
            experiment.search.start.clear();
            const Scratch scratch;
            if (experiment.evaluator) ask_script(scratch, *experiment.evaluator);
            const auto shared = std::make_shared<const Experiment>(std::move(experiment));
            PairEvaluator evaluator(shared);
            CampaignOptions options;
            options.directory = scratch / "run";
            options.workers = 0;
            options.quiet = true;
            const auto run = search(shared, evaluator, options).run;
            CHECK(run.evaluated >= 2);
            CHECK(std::ranges::any_of(run.pairs, [](const auto& pair) { return !pair.evaluation.failed(); }));
            for (const auto& pair : run.pairs) {
                INFO(pair.evaluation.reason);
                CHECK(pair.evaluation.reason.find("internal error") == std::string::npos);
                if (shared->evaluator && !pair.evaluation.failed())
                    for (const auto metric : shared->evaluator->metrics)
                        CHECK(pair.evaluation.metrics[static_cast<std::size_t>(metric)] > 0);
            }
        }
    }
}
