// SPDX-License-Identifier: Apache-2.0
#include "arch_space/fingerprint.hpp"

#include "arch_space/spelling.hpp"
#include "core/value.hpp"
#include "tests/arch_space/network_text.hpp"

namespace dyad::arch_space {

TEST_SUITE("arch_space/fingerprint") {
    TEST_CASE("names and the order of a sum do not tell networks apart, weights and wiring do") {
        const auto print = [](const std::string& layers) { return fingerprint(parse("[4, 8, 8]", layers)); };
        const std::string known = "[conv: {name: a, out: 4}, conv: {name: b, from: x, out: 4, kernel: 3}, add: [a, b]]";
        CHECK(print(known) ==
              print("[conv: {name: c, out: 4}, conv: {name: d, from: x, out: 4, kernel: 3}, add: [d, c]]"));
        CHECK(print(known) !=
              print("[conv: {name: a, out: 4}, conv: {name: b, from: x, out: 4, kernel: 5}, add: [a, b]]"));
        CHECK(print(known) != print("[conv: {name: a, out: 4}, conv: {name: b, out: 4, kernel: 3}, add: [a, b]]"));
        CHECK(print(known) !=
              print("[conv: {name: a, out: 4}, conv: {name: b, from: x, out: 4, kernel: 3}, mul: [a, b]]"));
        CHECK(print("[conv: {out: 4, precision: int4}]") != print("[conv: {out: 4}]"));
        // one convolution twice is not two convolutions
        CHECK(print("[conv: {name: a, out: 4}, add: [a, a]]") !=
              print("[conv: {name: a, out: 4}, conv: {name: b, from: x, out: 4}, add: [a, b]]"));
    }

    TEST_CASE("cells of NAS-Bench-201 that differ in what is never read, or in the numbering of nodes, are one") {
        const auto document = core::read_document(std::string(DYAD_SOURCE_DIR) + "/configs/spaces/nasbench201.yaml");
        const core::ChoiceSpace space(*document);
        core::Errors errors;
        const auto spelling = Spelling::find(core::Value(*document, nullptr, errors), space, "arch_str").value();
        const auto print = [&](const std::string& cell) {
            const auto genome = spelling.read(cell).value();
            return fingerprint(parse_network(core::Value(*document, &genome, errors)).value());
        };
        const auto unread = print("|nor_conv_3x3~0|+|none~0|none~1|+|nor_conv_1x1~0|none~1|none~2|");
        CHECK(unread == print("|none~0|+|none~0|none~1|+|nor_conv_1x1~0|none~1|none~2|"));
        CHECK(unread == print("|none~0|+|none~0|nor_conv_3x3~1|+|nor_conv_1x1~0|skip_connect~1|avg_pool_3x3~2|"));
        CHECK(unread != print("|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|"));
        // 0 -> 1 -> 3 and 0 -> 2 -> 3
        CHECK(print("|nor_conv_3x3~0|+|none~0|none~1|+|none~0|nor_conv_1x1~1|none~2|") ==
              print("|none~0|+|nor_conv_3x3~0|none~1|+|none~0|none~1|nor_conv_1x1~2|"));
    }
}

}  // namespace dyad::arch_space
