// SPDX-License-Identifier: Apache-2.0
// Every space of networks that ships: all its members can be read and lowered, and known networks are among them.
#include "core/random.hpp"
#include "tests/arch_space/space_file.hpp"

namespace dyad::arch_space {
namespace {

std::vector<std::string> spaces_of_networks() {
    std::vector<std::string> names;
    for (const auto& name : core::list_configs("spaces"))
        if (core::read_document(core::find_config(name, "spaces"))->root.entries.front().key == "network")
            names.push_back(name);
    return names;
}

void check_same(const Network& member, const std::string& known) {
    const auto published = read_config(known);
    CHECK(member.parameters() == published.parameters());
    CHECK(member.macs() == published.macs());
}

using Settings = SpaceFile::Settings;

}  // namespace

TEST_SUITE("arch_space/shipped_spaces") {
    TEST_CASE("members of every space decode and lower") {
        const auto names = spaces_of_networks();
        CHECK(names.size() >= 13);
        for (const auto& name : names) {
            CAPTURE(name);
            const SpaceFile file(name);
            for (std::uint64_t i = 0; i < 25; ++i) {
                core::Stream random(1, name, i);
                const auto network = file.decode(file.space.sample(random));
                const auto flow = lower(network, {});
                CHECK(flow.macs() == network.macs());
                CHECK(flow.parameters() == network.parameters());
            }
        }
    }

    TEST_CASE("the smallest member of the Fashion-MNIST space counts as by hand") {
        const SpaceFile file("fashion_mnist_small");
        // 3 sizes; 2 kinds, 3 widths, 2 expansions, kernels, depths; 2 kinds, 3 widths, 3 expansions, 2 kernels, 2
        // depths; 3 x 3 precisions: 3 x 48 x 72 x 9
        CHECK(file.space.size() == 93'312);
        const auto network = file.member({});
        // Parameters, 2 a channel for each normalisation:  stem 1*8*9+16 = 88;  stage 1: 8*9+16 = 88, 8*4+8 = 40;
        // stage 2: 4*9+8 = 44, 4*8+16 = 48;  head 8*64+128 = 640;  650
        CHECK(network.parameters() == 1598);
        // MACs: 7*7*(72 + 72 + 32) + 4*4*(36 + 32 + 512) + 640
        CHECK(network.macs() == 18'544);
        CHECK(layer(network, "stage1.depthwise").weights == core::Precision::int4);
        CHECK(layer(network, "stage1.depthwise").activations == core::Precision::int8);
        CHECK(layer(network, "stem").weights == core::Precision::int8);
    }

    TEST_CASE("ResNet-50 is one of the bottleneck networks") {
        Settings settings{{"parameters.base", "64"},   {"input.image.size", "224"}, {"layers[2].use.more", "2"},
                          {"layers[3].use.more", "3"}, {"layers[4].use.more", "5"}, {"layers[5].use.more", "2"}};
        check_same(SpaceFile("resnet").member(settings), "resnet50");
    }
    TEST_CASE("dense and plain stages are counted as by hand") {
        const SpaceFile file("resnet");
        const Settings small{{"layers[2].use.more", "1"}};  // base 32, ratio 1/4, kernel 3: stage 1 puts out 128
        auto dense = small, plain = small;
        dense.emplace_back("parameters.skip1", "dense");
        plain.emplace_back("parameters.skip1", "none");
        const auto stage1 = [](const Network& network) {
            std::uint64_t sum = 0;
            for (const auto& layer : network.layers)
                if (layer.name.starts_with("stage1.")) sum += layer.parameters;
            return sum;
        };
        // none: 32 and 128 channels to 32, 3x3 on 32, 32 to 128: 32*32+64 + 9*32*32+64 + 32*128+256 = 14720, then
        // 128*32+64 + 9*32*32+64 + 32*128+256 = 17792
        CHECK(stage1(file.member(plain)) == 14'720 + 17'792);
        // residual: and a shortcut 32*128+256
        CHECK(stage1(file.member(small)) == 14'720 + 17'792 + 4'352);
        // dense: 32 to 64 channels, 32*64+128; 64 to 16, 3x3 on 16, 16 to 16 more: 64*16+32 + 9*256+32 + 256+32
        CHECK(stage1(file.member(dense)) == 2'176 + 1'056 + 2'336 + 288);
        CHECK(layer(file.member(dense), "stage2.branch.conv0").inputs.size() == 1);
    }

    TEST_CASE("GPT-2 is one of the language models") {
        const auto member = SpaceFile("transformer_lm")
                                .member({{"parameters.tokens", "1024"},
                                         {"parameters.width", "768"},
                                         {"parameters.heads", "12"},
                                         {"parameters.head", "64"},
                                         {"parameters.ratio", "4"},
                                         {"layers[2].choice[0].dense.repeat", "6"},
                                         {"layers[3].choice[0].dense.repeat", "6"}});
        check_same(member, "gpt2");
    }
    TEST_CASE("the last token alone is scored with a vocabulary's worth of products") {
        const SpaceFile file("transformer_lm");
        const auto all = file.member({}), last = file.member({{"parameters.scored", "last_token"}});
        CHECK(all.macs() - last.macs() == 127ULL * 384 * 50257);  // 128 tokens or one, 384 wide
    }
    TEST_CASE("BERT-base is one of the encoders") {
        const auto member = SpaceFile("bert_like")
                                .member({{"parameters.tokens", "128"},
                                         {"parameters.width", "768"},
                                         {"parameters.heads", "12"},
                                         {"parameters.head", "64"},
                                         {"parameters.ratio", "4"},
                                         {"layers[5].choice[0].dense.repeat", "6"},
                                         {"layers[6].choice[0].dense.repeat", "6"}});
        check_same(member, "bert_base");
    }
    TEST_CASE("ViT-B/16 is one of the vision transformers") {
        const auto member = SpaceFile("vit").member({{"parameters.patch", "16"},
                                                     {"parameters.width", "768"},
                                                     {"parameters.heads", "12"},
                                                     {"parameters.head", "64"},
                                                     {"parameters.ratio", "4"},
                                                     {"layers[5].choice[0].dense.repeat", "6"},
                                                     {"layers[6].choice[0].dense.repeat", "6"}});
        check_same(member, "vit_b_16");
    }
    TEST_CASE("DCGAN's generator is one of the generators") {
        const auto member = SpaceFile("gan_generator")
                                .member({{"parameters.base", "64"},
                                         {"layers[1].choice[0].transposed.kernel", "4"},
                                         {"layers[2].choice[0].transposed.kernel", "4"},
                                         {"layers[3].choice[0].transposed.kernel", "4"}});
        check_same(member, "dcgan_generator");
    }
    TEST_CASE("PointNet++ is one of the point-cloud networks") {
        const auto member = SpaceFile("point_cloud")
                                .member({{"parameters.first", "512"},
                                         {"parameters.second", "128"},
                                         {"parameters.near", "32"},
                                         {"parameters.far", "64"},
                                         {"layers[2].shared.out", "64"},
                                         {"layers[2].shared.repeat", "2"},
                                         {"layers[3].shared.out", "128"},
                                         {"layers[7].shared.out", "128"},
                                         {"layers[7].shared.repeat", "2"},
                                         {"layers[8].shared.out", "256"},
                                         {"layers[13].shared.out", "1024"},
                                         {"layers[16].dense.out", "512"}});
        check_same(member, "pointnet2_ssg_cls");
    }
    TEST_CASE("a head's width is of its own") {
        // 8 wide, 2 heads of 16: queries, keys, values 8*32+32 each, output 32*8+8
        const auto network = parse("[4, 8]", "[attention: {heads: 2, head: 16}]");
        CHECK(network.parameters() == 3 * (8 * 32 + 32) + 32 * 8 + 8);
        // one of keys and values for both heads: 8*16+16
        CHECK(parse("[4, 8]", "[attention: {heads: 2, kv_heads: 1, head: 16}]").parameters() ==
              8 * 32 + 32 + 2 * (8 * 16 + 16) + 32 * 8 + 8);
    }
}

}  // namespace dyad::arch_space
