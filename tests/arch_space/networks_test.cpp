// SPDX-License-Identifier: Apache-2.0
#include "tests/arch_space/network_text.hpp"

namespace dyad::arch_space {
namespace {

struct Published {
    const char* name;
    std::uint64_t parameters;
    double mega_macs;
};

void check(const Published& published) {
    const auto network = read_config(published.name);
    CAPTURE(published.name);
    CHECK(network.name == published.name);
    CHECK_FALSE(network.source.empty());
    CHECK(network.parameters() == published.parameters);
    CHECK(static_cast<double>(network.macs()) / 1e6 / published.mega_macs == doctest::Approx(1).epsilon(0.01));
}

}  // namespace

TEST_SUITE("arch_space/networks") {
    TEST_CASE("torchvision's networks have its parameters and multiply-adds") {
        // parameters and "GFLOPS" (multiply-adds) of torchvision's tables of weights; for networks below 1 G the exact
        // counts of the same tool (fvcore)
        check({"alexnet", 61'100'840, 714});
        check({"vgg16", 138'357'544, 15'470});
        check({"squeezenet1_1", 1'235'496, 349});
        check({"googlenet", 6'624'904, 1'498});
        check({"resnet18", 11'689'512, 1'814});
        check({"resnet50", 25'557'032, 4'089});
        check({"mobilenet_v2", 3'504'872, 300.8});
        check({"mobilenet_v3_large", 5'483'032, 216.6});
        check({"mobilenet_v3_small", 2'542'856, 56.5});
        check({"efficientnet_b0", 5'288'548, 386});
        check({"vit_b_16", 86'567'656, 17'560});
    }
    TEST_CASE("MobileNet has the multiply-adds of its paper and the parameters of Keras") {
        check({"mobilenet_v1", 4'231'976, 569});  // Howard et al. 2017, table 4; keras.applications, trainable
    }
    TEST_CASE("grouped AlexNet has the parameters of Caffe's and the multiply-adds that chip papers give") {
        // Eyeriss (Chen et al., JSSC 2017, table V), per batch of 4: 0.42, 0.90, 0.60, 0.45 and 0.30 G in CONV1 to 5
        const auto net = read_config("alexnet_caffe");
        CHECK(net.parameters() == 60'965'224);
        CHECK(static_cast<double>(4 * layer(net, "CONV1").macs) / 1e9 == doctest::Approx(0.42).epsilon(0.01));
        CHECK(static_cast<double>(4 * layer(net, "CONV2").macs) / 1e9 == doctest::Approx(0.90).epsilon(0.01));
        CHECK(static_cast<double>(4 * layer(net, "CONV3").macs) / 1e9 == doctest::Approx(0.60).epsilon(0.01));
        CHECK(static_cast<double>(4 * layer(net, "CONV4").macs) / 1e9 == doctest::Approx(0.45).epsilon(0.01));
        CHECK(static_cast<double>(4 * layer(net, "CONV5").macs) / 1e9 == doctest::Approx(0.30).epsilon(0.01));
        // fully connected: 9216 x 4096 + 4096 x 4096 + 4096 x 1000 = 58.6 M
        CHECK(net.macs() == 665'784'864 + 58'621'952);
        CHECK(layer(net, "CONV1").outputs[0] == Shape{96, 55, 55});
        CHECK(layer(net, "CONV1").activations == core::Precision::int16);
    }
    TEST_CASE("BERT has the parameters of the published model") {
        check({"bert_base", 109'482'240,
               22'500 / 2.0});  // Hugging Face; 22.5 GFLOPs, TinyBERT (Jiao et al. 2020), table 1
    }
    TEST_CASE("GPT-2 has the parameters of the published model and the multiply-adds of a worked count") {
        // nanoGPT, transformer_sizing.ipynb: forward 291,648,307,200 FLOPs, two a multiply-add
        check({"gpt2", 124'439'808, 291'648.3072 / 2});
        CHECK(read_config("gpt2").macs() == 291'648'307'200 / 2);
    }
    TEST_CASE("a decode step of GPT-2 multiplies one token with everything and with 1024 keys and values") {
        const auto net = read_config("gpt2_decode");
        CHECK(net.parameters() == 124'439'808);
        CHECK(net.macs() == 12ull * (12 * 768 * 768 + 2 * 768 * 1024) + 768ull * 50257);
    }
    TEST_CASE("DCGAN's generator has the parameters of the published example") {
        const auto net = read_config("dcgan_generator");
        CHECK(net.parameters() ==
              3'576'704);  // print(netG) and count: 100-512-256-128-64-3, 4x4 windows, two a channel
        // input pixels x window x channels: 1 x 16 x 100 x 512 + 16 x 16 x 512 x 256 + 64 x 16 x 256 x 128 +
        // 256 x 16 x 128 x 64 + 1024 x 16 x 64 x 3
        CHECK(net.macs() == 819'200 + 3 * 33'554'432 + 3'145'728);
        CHECK(net.layers.back().outputs[0] == Shape{3, 64, 64});
    }
    TEST_CASE("U-Net has the parameters of its figure") {
        const auto net = read_config("unet");
        CHECK(net.parameters() == 31'030'658);
        // With P = 512 x 512 pixels of level 1 and 9-window pairs (in x out + out x out) per level:
        //   down: 64 + 64^2; (64 + 128) 128 / 4; (128 + 256) 256 / 16; (256 + 512) 512 / 64; (512 + 1024) 1024 / 256
        //   up, after the concatenation 2w: (2w + w) w for w = 512, 256, 128, 64 over 64, 16, 4, 1
        //   transposed 2x2: input pixels x 4 x 2w x w = output pixels x 2w w
        const std::uint64_t pixels = 512 * 512;
        const std::uint64_t down = 64 + 64 * 64 + 192 * 128 / 4 + 384 * 256 / 16 + 768 * 512 / 64 + 1536 * 1024 / 256;
        const std::uint64_t up = 3 * (512 * 512 / 64 + 256 * 256 / 16 + 128 * 128 / 4 + 64 * 64);
        const std::uint64_t raise = 2 * (512 * 512 / 64 + 256 * 256 / 16 + 128 * 128 / 4 + 64 * 64);
        CHECK(net.macs() == pixels * (9 * down + 9 * up + raise + 64 * 2));
    }
    TEST_CASE("PointNet has the parameters of its published code and the multiply-adds of its paper") {
        // input transform: 3-64-128-1024 shared, 1024-512-256-9: 803,081; feature transform, 64 x 64: 1,857,344;
        // 3-64-128-1024 shared: 143,104; 1024-512-256-40: 667,944, each with biases and two values a normalised channel
        CHECK(803'081 + 1'857'344 + 143'104 + 667'944 == 3'471'473);
        check({"pointnet_cls", 3'471'473, 440});  // Qi et al. 2017, table 6
    }
    TEST_CASE("PointNet++ has the parameters of its published code and the multiply-adds of later papers") {
        // first set: 3-64-64-128: 13,248; second: 131-128-128-256: 67,456; third: 259-256-512-1024: 727,040;
        // classifier 1024-512-256-40: 667,944
        CHECK(13'248 + 67'456 + 727'040 + 667'944 == 1'475'688);
        check({"pointnet2_ssg_cls", 1'475'688,
               1'684 / 2.0});  // 1684 MFLOPs, two a multiply-add (RS-CNN, Liu et al. 2019)
    }
    TEST_CASE("every shipped network lowers with its products and parameters, fused or not") {
        for (const auto& name : core::list_configs("networks")) {
            CAPTURE(name);
            const auto network = read_config(name);
            const auto fused = lower(network, {}), plain = lower(network, {.fusion = false});
            CHECK(fused.macs() == network.macs());
            CHECK(plain.macs() == network.macs());
            CHECK(fused.parameters() == network.parameters());
            CHECK(plain.parameters() == network.parameters());
            CHECK(fused.nodes().size() < plain.nodes().size());
            for (const auto& node : plain.nodes()) CHECK(node.kernel.macs() + node.kernel.vector.total() > 0);
        }
    }
}

}  // namespace dyad::arch_space
