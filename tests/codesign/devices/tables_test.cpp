// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cmath>

#include "codesign/devices/residuals.hpp"
#include "codesign/devices/transformers.hpp"
#include "core/error.hpp"

namespace dyad::codesign {
namespace {

constexpr const char* header =
    "task,device,encoder_embed_dim,encoder_layer_num,encoder_ffn_embed_dim_avg,encoder_self_attention_heads_avg,"
    "decoder_embed_dim,decoder_layer_num,decoder_ffn_embed_dim_avg,decoder_self_attention_heads_avg,"
    "decoder_ende_attention_heads_avg,decoder_arbitrary_ende_attn_avg,latency_total_ms\n";

models::CsvTable table(const std::string& row) { return models::CsvTable::parse(header + row, "t.csv"); }

double macs(const models::WorkList& works) {
    double sum = 0;
    for (const auto& [work, count] : works) sum += count * work.macs();
    return sum;
}

}  // namespace

TEST_SUITE("codesign/devices") {
    TEST_CASE("a transformer's multiplications are those of its layers and steps") {
        // encoder, each layer of 30 tokens: 4 projections 640 x 512, 2 x 30 x 30 x 512 of attention, 2 x 640 x 2048
        const double encoder = 30. * (4. * 640 * 512 + 2. * 30 * 512 + 2. * 640 * 2048);
        // decoder, each layer: keys and values of 30 tokens; 30 steps of 6 projections 512 x 512, attention to 15 and
        // 30 keys, 2 x 512 x 1024; each step a vocabulary of 32,768
        const double decoder = 30. * 2 * 640 * 512 + 30. * (6. * 512 * 512 + 2. * (15 + 30) * 512 + 2. * 512 * 1024);
        const auto t = table("wmt14ende,board,640,6,2048,8,512,2,1024,4,8,1,900\n");
        CHECK(is_transformer_table(t));
        CHECK(macs(transformer_works(t, 0)) == doctest::Approx(6 * encoder + 2 * decoder + 30. * 512 * 32768));
    }
    TEST_CASE("a transformer that is none is named with its line") {
        CHECK_THROWS_WITH((void)transformer_works(table("wmt14ende,board,640,0,2048,8,512,2,1024,4,8,1,900\n"), 0),
                          "t.csv:2: encoder_layer_num: expected a number from 1 to 1000, got '0'");
    }
    TEST_CASE("residuals are drawn by class and size") {
        models::Device device;
        device.name = "d";
        device.platform = {.kind = models::Platform::Kind::gpu,
                           .units = 10,
                           .peak = core::OpsPerSecond(1e12),
                           .bandwidth = core::BytesPerSecond(1e11),
                           .cache = core::Bytes(1 << 20)};
        auto& c = device.calibration.emplace();
        c.model = "physical";
        c.holdout = 1;
        for (const auto kind : models::work_classes) c.physics.emplace(kind, models::typical_physics());
        std::vector<models::Sample> samples(2);
        samples[0] = {.works = {{models::product_work(models::WorkClass::linear, 1, 64, 64, 64)}},
                      .seconds = 1e-3,
                      .config = "a",
                      .group = "linear"};
        samples[1] = samples[0];
        samples[1].group = "conv";
        const auto svg = residual_plot(device, samples);
        CHECK(svg.find("d: linear, predicted / measured (1 rows)") != std::string::npos);
        CHECK(svg.find("d: conv, predicted / measured (1 rows)") != std::string::npos);
        CHECK(svg.find("nan") == std::string::npos);
        CHECK(svg.ends_with("</svg>\n"));
    }
}

}  // namespace dyad::codesign
