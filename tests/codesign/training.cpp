// SPDX-License-Identifier: Apache-2.0
// Training from the command line, on a data set of images whose class is their brightness.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/codesign/program.hpp"

namespace dyad::codesign {
namespace {

using testing::run_dyad;
using testing::Scratch;

/// `train` and `test` images of 4 x 4 in each of two classes, dark and bright.
std::string image_folder(const Scratch& scratch, int train, int test) {
    for (const auto& [part, count] : {std::pair{"train", train}, {"test", test}})
        for (const auto& [name, base] : {std::pair{"dark", 10}, {"bright", 200}}) {
            const auto folder = scratch / "data" / part / name;
            std::filesystem::create_directories(folder);
            for (int i = 0; i < count; ++i)
                core::write_file(folder / (std::to_string(i) + ".pgm"),
                                 "P5 4 4 255 " + std::string(16, static_cast<char>(base + i)));
        }
    return (scratch / "data").string();
}

constexpr const char* space =
    "network: s\n"
    "input: {x: [1, 4, 4]}\n"
    "layers:\n"
    "  - conv: {name: c, out: !choice [2, 4], norm: batch_norm, activation: relu}\n"
    "  - pool: {type: average, global: true}\n"
    "  - flatten\n"
    "  - linear: {name: l, out: 2}\n";

}  // namespace

TEST_SUITE("codesign/training") {
    TEST_CASE("a supernet is trained, goes on to the same bytes, and scores members as those trained alone") {
        if (!DYAD_TORCH_BUILT) return;
        const Scratch scratch;
        const auto data = " --data " + image_folder(scratch, 16, 8), file = testing::write(scratch, "s.yaml", space);
        const auto weights = (scratch / "weights").string();
        const auto train = "accuracy " + file + " --evaluator supernet --train --epochs 10 --batch 8 --checkpoint " +
                           weights + data + " --format json -q";
        const auto trained = run_dyad(train);
        CHECK(trained.err == "");
        CHECK(trained.code == 0);
        CHECK(nlohmann::json::parse(trained.out)["steps"] == 30);  // of 32 images a sixth, 5, are kept back: 3 batches
        const auto bytes = core::read_file(weights);
        CHECK(run_dyad(train + " --resume").code == 0);
        CHECK(core::read_file(weights) == bytes);
        const std::string members = "accuracy " + file + " --members 2 --metric accuracy,fairness_gap --format csv -q";
        const auto shared = run_dyad(members + " --evaluator supernet --checkpoint " + weights);
        CHECK(shared.err == "");
        CHECK(
            shared.out.starts_with("network,accuracy,accuracy_spread,fairness_gap,fairness_gap_spread,rank,error\n"
                                   "s[0],100,0,0,0,"));
        const auto alone = run_dyad(members + " --train --epochs 10 --batch 8" + data);
        CHECK(alone.err == "");
        CHECK(alone.out.starts_with(shared.out.substr(0, shared.out.find("s[0]")) + "s[0],100,0,0,0,"));
    }
    TEST_CASE("options that would not be looked at are named") {
        const auto error = [](const std::string& options) { return run_dyad("accuracy resnet18 " + options).err; };
        CHECK(error("--checkpoint x --train") == "--checkpoint: only with --evaluator supernet\n");
        CHECK(error("--evaluator supernet") ==
              "--evaluator supernet: give the file of its weights with --checkpoint\n");
        CHECK(error("--evaluator supernet --checkpoint x --resume") ==
              "--resume: only with --evaluator supernet --train\n");
        CHECK(error("--evaluator supernet --checkpoint x --epochs 3") == "--epochs: only with --train\n");
        CHECK(error("--train --evaluator command --command x") ==
              "--train: only with --evaluator zero_cost or supernet\n");
        CHECK(error("--evaluator command --command x --data x") ==
              "--data: only with --evaluator zero_cost or supernet\n");
        CHECK(error("--command x") == "--command: only with --evaluator command\n");
        CHECK(error("--evaluator command") == "--evaluator command: give the program with --command\n");
        const std::string tested = ": only with --train, or with --evaluator supernet that is trained\n";
        for (const std::string evaluator :
             {"", "--evaluator command --command x ", "--evaluator supernet --checkpoint x --train "}) {
            CAPTURE(evaluator);
            CHECK(error(evaluator + "--metric accuracy") == "--metric" + tested);
            CHECK(error(evaluator + "--radii 0.1") == "--radii" + tested);
            CHECK(error(evaluator + "--groups x") == "--groups" + tested);
            CHECK(error(evaluator + "--test-images 3") == "--test-images" + tested);
            CHECK(error(evaluator + "--split test") == "--split" + tested);
        }
        for (const std::string evaluator : {"", "--evaluator command --command x "}) {
            CHECK(error(evaluator + "--threads 1") == "--threads: only with --train\n");
        }
        for (const std::string evaluator :
             {"--train ", "--evaluator command --command x ", "--evaluator supernet --checkpoint x "})
            for (const std::string option : {"--proxy", "--seeds", "--samples"})
                CHECK(error(evaluator + option + (option == "--proxy" ? " macs" : " 4")) ==
                      option + ": only with --evaluator zero_cost, without --train\n");
        for (const std::string option : {"--members", "--timeout", "--workers"})
            CHECK(error("--evaluator supernet --checkpoint x --train " + option + " 4") ==
                  option + ": only with networks to score, not where a supernet is trained\n");
        CHECK(error("--train --radii 0.1") == "--radii: only with --metric robustness, fgsm or pgd\n");
        CHECK(error("--train --groups x") == "--groups: only with --metric fairness_gap\n");
        if (!DYAD_TORCH_BUILT) return;
        CHECK(error("--train --data /nowhere") == "resnet18: /nowhere: no such folder, expected that of a data set\n");
    }
}

}  // namespace dyad::codesign
