// SPDX-License-Identifier: Apache-2.0
#include "models/import/scalesim.hpp"

#include <doctest/doctest.h>

#include "core/document.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "hw_space/accelerator.hpp"
#include "tests/scratch.hpp"

using namespace dyad;
using namespace dyad::models;
namespace fs = std::filesystem;

namespace {

constexpr auto configuration =
    "[general]\nrun_name = scale_example\n\n[architecture_presets]\nArrayHeight:    32\nArrayWidth:     16\n"
    "IfmapSramSzkB:    64\nFilterSramSzkB:   48\nOfmapSramSzkB:    1\nDataflow : ws\nBandwidth : 10\n"
    "[run_presets]\nInterfaceBandwidth: CALC\n";

/// Two files of one test, gone afterwards.
struct Files {
    dyad::test::Scratch scratch;
    fs::path folder = scratch.path(), cfg, csv;
    Files(const std::string& settings, const std::string& topology)
        : cfg(scratch.put("a.cfg", settings)), csv(scratch.put("net.csv", topology)) {}
};

std::string message(const Files& files) {
    try {
        (void)import_scalesim(files.cfg, files.csv);
    } catch (const core::Error& error) {
        std::string text = error.what();
        for (auto at = text.find(files.folder.string()); at != std::string::npos; at = text.find(files.folder.string()))
            text.erase(at, files.folder.string().size() + 1);
        return text;
    }
    return "";
}

}  // namespace

TEST_SUITE("models/import") {
    TEST_CASE("a SCALE-Sim configuration becomes an array with a simple pipeline and three memories") {
        const Files files(configuration, "Layer,M,N,K,\na,1,2,3,\n");
        const auto text = import_scalesim(files.cfg, files.csv).accelerator;
        const auto chip = hw_space::read_accelerator(*core::parse_document(text, "accelerator.yaml"));
        CHECK(import_scalesim(files.cfg, files.csv).remarks ==
              std::vector<std::string>{"keys not read: bandwidth, interfacebandwidth"});
        CHECK(chip.name == "scale_example");
        const auto& array = std::get<hw_space::PeArray>(chip.engines.at(0));
        CHECK(array.rows == 32);
        CHECK(array.cols == 16);
        CHECK(array.dataflow == hw_space::ArrayDataflow::weight_stationary);
        CHECK(array.pipeline == hw_space::Pipeline::simple);
        REQUIRE(chip.buffers.size() == 3);
        CHECK(chip.buffers[1].size == core::Bytes(48 * 1024));
        CHECK(chip.buffers[1].keeps == hw_space::Keeps{true, false, false});
    }
    TEST_CASE("a topology of products and one of convolutions become layers with inputs of their own") {
        const Files products(configuration, "Layer,M,N,K\nfirst, 128, 64, 32\nfirst, 1, 1000, 512,\n");
        CHECK(import_scalesim(products.cfg, products.csv).network ==
              "network: net\nprecision: int8\ninput:\n  first_in: [128, 32]\n  first__in: [1, 512]\nlayers:\n"
              "  - linear: {name: first, from: first_in, out: 64, bias: false}\n"
              "  - linear: {name: first_, from: first__in, out: 1000, bias: false}\n");
        const Files convs(configuration,
                          "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, "
                          "Strides,\nConv 1, 224, 220, 7, 5, 3, 64, 2,\nConv2,56,56,3,3,64,64,1,1\n");
        CHECK(import_scalesim(convs.cfg, convs.csv).network ==
              "network: net\nprecision: int8\ninput:\n  Conv_1_in: [3, 224, 220]\n  Conv2_in: [64, 56, 56]\nlayers:\n"
              "  - conv: {name: Conv_1, from: Conv_1_in, out: 64, kernel: [7, 5], stride: [2, 2], pad: 0, bias: "
              "false}\n"
              "  - conv: {name: Conv2, from: Conv2_in, out: 64, kernel: [3, 3], stride: [1, 1], pad: 0, bias: "
              "false}\n");
    }
    TEST_CASE("all faults of a SCALE-Sim pair are named with their lines") {
        const Files files(
            "[a]\nArrayHeight: x\nArrayWidth: 8\nIfmapSramSzkB: 1\nFilterSramSzkB: 1\nDataflow: rs\n"
            "[genral\nBandwidth: 10,abc\n",
            "Layer,M,N,K\na,1,2\nb,3,3,5,5,1,1,1\n");
        const auto text = message(files);
        CHECK(text.find("a.cfg:2: ArrayHeight: expected a whole number from 1, got 'x'") != std::string::npos);
        CHECK(text.find("a.cfg: missing key 'OfmapSramSzkB' (a whole number)") != std::string::npos);
        CHECK(text.find("a.cfg:6: Dataflow: expected os, ws or is, got 'rs'") != std::string::npos);
        CHECK(text.find("a.cfg:7:1: expected '[section]', got '[genral'") != std::string::npos);
        CHECK(text.find("a.cfg:8: Bandwidth: expected whole numbers, got '10,abc'") != std::string::npos);
        CHECK(text.find("net.csv:2: expected 'name, M, N, K'") != std::string::npos);
        CHECK(text.find("net.csv:3: expected 'name, M, N, K'") != std::string::npos);
    }
}
