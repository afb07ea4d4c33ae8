// SPDX-License-Identifier: Apache-2.0
// Members of the benchmarks' spaces, by the benchmarks' own spelling and counts.
#include "arch_space/spelling.hpp"
#include "core/choice_space.hpp"
#include "core/random.hpp"
#include "core/value.hpp"
#include "tests/arch_space/network_text.hpp"

namespace dyad::arch_space {
namespace {

struct Benchmark {
    std::shared_ptr<const core::Document> document;
    core::ChoiceSpace space{*document};
    core::Errors errors{};
    Spelling spelling;

    Benchmark(const std::string& name, const std::string& column)
        : document(core::read_document(std::string(DYAD_SOURCE_DIR) + "/configs/spaces/" + name + ".yaml")),
          spelling(Spelling::find(core::Value(*document, nullptr, errors), space, column).value()) {
        errors.throw_if_any();
    }
    Network member(const std::string& text) {
        const auto genome = spelling.read(text).value();
        auto network = parse_network(core::Value(*document, &genome, errors));
        errors.throw_if_any();
        return std::move(network).value();
    }
};

struct Published {
    const char* text;
    std::uint64_t macs, parameters;
};

}  // namespace

TEST_SUITE("arch_space/benchmark_spaces") {
    TEST_CASE("members of NAS-Bench-201 count as the benchmark counts what is live") {
        // Live MACs and parameters of cells (NATS-Bench, Dong et al. 2021), by their index in the benchmark's own
        // spelling.
        static constexpr Published cells[] = {
            {"|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|",
             15647360, 129306},
            // all edges live
            {"|nor_conv_1x1~0|+|skip_connect~0|nor_conv_1x1~1|+|nor_conv_3x3~0|none~1|avg_pool_3x3~2|", 51036800,
             372346},
            // node 1 feeds only an absent edge
            {"|nor_conv_1x1~0|+|nor_conv_1x1~0|nor_conv_1x1~1|+|nor_conv_3x3~0|none~1|none~2|", 43172480, 316346},
            // node 2 is read from, but what it reads is absent or dead
            {"|none~0|+|avg_pool_3x3~0|skip_connect~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|", 11715200,
             101306},
            // nothing reaches the output: the skeleton is left
            {"|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|nor_conv_1x1~2|", 7783040, 73306},
        };
        Benchmark benchmark("nasbench201", "arch_str");
        CHECK(benchmark.space.size() == 15625);
        for (const auto& cell : cells) {
            CAPTURE(cell.text);
            const auto network = benchmark.member(cell.text);
            CHECK(network.macs() == cell.macs);
            CHECK(network.parameters() == cell.parameters);
            CHECK(lower(network, {}).nodes().size() > 5);
        }
    }

    TEST_CASE("members of NAS-Bench-Macro count as the benchmark counts them") {
        static constexpr Published members[] = {{"00000010", 14115328, 791594},
                                                {"00000020", 20910592, 1219370},
                                                {"00000102", 25160192, 1339050},
                                                {"02012100", 47327744, 890666},
                                                {"11111221", 65012224, 2181386}};
        Benchmark benchmark("nasbench_macro", "arch");
        CHECK(benchmark.space.size() == 6561);  // 3^8
        for (const auto& [text, macs, parameters] : members) {
            CAPTURE(text);
            const auto network = benchmark.member(text);
            CHECK(network.macs() == macs);
            CHECK(network.parameters() == parameters);
        }
    }

    TEST_CASE("a member's text leads back to it, and other text to none") {
        Benchmark benchmark("nasbench201", "arch_str");
        core::Stream random(1, "spelling");
        for (int i = 0; i < 20; ++i) {
            const auto genome = benchmark.space.sample(random);
            CHECK(benchmark.spelling.read(benchmark.spelling.write(genome)) == genome);
        }
        const auto known = benchmark.spelling.write(benchmark.space.at(7));
        CHECK_FALSE(benchmark.spelling.read(known + "|").has_value());
        CHECK_FALSE(benchmark.spelling.read(known.substr(1)).has_value());
        CHECK_FALSE(benchmark.spelling.read("|sep_conv~0|").has_value());
        CHECK_FALSE(benchmark.spelling.read("").has_value());
    }
}

}  // namespace dyad::arch_space
