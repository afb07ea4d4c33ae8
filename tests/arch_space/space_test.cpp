// SPDX-License-Identifier: Apache-2.0
#include "core/random.hpp"
#include "tests/arch_space/space_file.hpp"

namespace dyad::arch_space {
TEST_SUITE("arch_space/space") {
    TEST_CASE("MobileNetV2 is one of the mobile networks") {
        const SpaceFile mobile("mobile_blocks");
        auto genome = mobile.genome({{"input.image.size", "224"},
                                     {"layers[0].conv.out", "32"},
                                     {"layers[7].inverted_residual", "present"},
                                     {"layers[8].conv.out", "1280"}});
        const char* stages[][3] = {
            {"2", "24", "2"}, {"3", "32", "3"}, {"4", "64", "4"}, {"5", "96", "3"}, {"6", "160", "3"}};
        for (const auto& [index, out, depth] : stages) {
            const auto stage = std::string("layers[") + index + "].use.";
            mobile.set(genome, stage + "out", out);
            mobile.set(genome, stage + "expand", "6");
            mobile.set(genome, stage + "repeat", depth);
        }
        const auto network = mobile.decode(genome);
        const auto published = read_config("mobilenet_v2");
        CHECK(network.parameters() == published.parameters());
        CHECK(network.macs() == published.macs());
    }
    TEST_CASE("one gene sets the activation of all layers") {
        const SpaceFile mobile("mobile_blocks");
        for (const char* activation : {"relu6", "hardswish"}) {
            const auto network = mobile.decode(mobile.genome({{"parameters.activation", activation}}));
            for (const auto& layer : network.layers)
                if (std::holds_alternative<Activation>(layer.op)) CHECK(name(layer.op, {}) == activation);
        }
    }
    TEST_CASE("copies of a repeat have genes of their own and are there only while counted") {
        const auto document = core::parse_document(
            "network: n\ninput: {x: [8, 16, 16]}\nlayers:\n"
            "  - !repeat {times: !choice [1, 3], of: {conv: {out: 8, kernel: !choice [1, 3]}}}\n",
            "net.yaml");
        const core::ChoiceSpace space(*document);
        REQUIRE(space.genes().size() == 4);
        const core::Genome one{0, 1, 0, 0}, three{1, 1, 0, 1};
        core::Errors errors;
        CHECK(parse_network(core::Value(*document, &one, errors))->parameters() == 9 * 64 + 8);
        CHECK(parse_network(core::Value(*document, &three, errors))->parameters() == 2 * (9 * 64 + 8) + 64 + 8);
        CHECK(errors.empty());
    }
    TEST_CASE("choices inside a block of the user's are shared by all its uses") {
        const auto document = core::parse_document(
            "network: n\ninput: {x: [8, 16, 16]}\nblocks: {b: {layers: [conv: {out: 8, kernel: !choice [1, 3]}]}}\n"
            "layers: [b, b]\n",
            "net.yaml");
        const core::Genome large{1};
        core::Errors errors;
        CHECK(parse_network(core::Value(*document, &large, errors))->parameters() == 2 * (9 * 64 + 8));
    }
    TEST_CASE("a candidate whose shapes do not fit is an error, not an exception from elsewhere") {
        const auto document = core::parse_document(
            "network: n\ninput: {x: [8, 4, 4]}\nlayers: [conv: {out: 8, kernel: !choice [3, 9], pad: 0}]\n",
            "net.yaml");
        const core::Genome large{1};
        core::Errors errors;
        CHECK_FALSE(parse_network(core::Value(*document, &large, errors)));
        REQUIRE(errors.messages().size() == 1);
        CHECK(errors.messages()[0] ==
              "net.yaml:3:16: layers[0].conv: the window (9) is larger than the padded input (4)");
    }
}

}  // namespace dyad::arch_space
