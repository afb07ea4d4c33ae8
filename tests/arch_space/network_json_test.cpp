// SPDX-License-Identifier: Apache-2.0
#include "arch_space/network_json.hpp"

#include <nlohmann/json.hpp>

#include "core/random.hpp"
#include "core/value.hpp"
#include "tests/arch_space/network_text.hpp"

namespace dyad::arch_space {
namespace {

void check_round_trip(const Network& network) {
    const auto json = to_json(network);
    const auto back = network_from_json(json, "request");
    CHECK(to_json(back) == json);
    CHECK(back.macs() == network.macs());
    CHECK(back.parameters() == network.parameters());
    REQUIRE(back.layers.size() == network.layers.size());
    for (std::size_t i = 0; i < back.layers.size(); ++i) {
        CAPTURE(network.layers[i].name);
        CHECK(back.layers[i].outputs == network.layers[i].outputs);
        CHECK(back.layers[i].inputs == network.layers[i].inputs);
        CHECK(back.layers[i].input_slots == network.layers[i].input_slots);
        if (!network.layers[i].inputs.empty()) CHECK(back.layers[i].weights == network.layers[i].weights);
        CHECK(back.layers[i].activations == network.layers[i].activations);
    }
}

std::string refusal(const std::string& text) {
    try {
        (void)network_from_json(parse_json(text, "request"), "request");
    } catch (const core::Error& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_SUITE("arch_space/network_json") {
    TEST_CASE("every shipped network comes back from JSON as it went in") {
        for (const auto& name : core::list_configs("networks")) {
            CAPTURE(name);
            check_round_trip(read_config(name));
        }
    }

    TEST_CASE("members of every space of networks come back from JSON as they went in") {
        for (const auto& name : core::list_configs("spaces")) {
            const auto document =
                core::read_document(std::string(DYAD_SOURCE_DIR) + "/configs/spaces/" + name + ".yaml");
            if (std::ranges::none_of(document->root.entries, [](const auto& e) { return e.key == "layers"; })) continue;
            CAPTURE(name);
            const core::ChoiceSpace space(*document);
            core::Stream random(1, "members");
            core::Errors errors;
            const auto genome = space.sample(random);
            const auto network = parse_network(core::Value(*document, &genome, errors));
            if (network) check_round_trip(*network);
        }
    }

    TEST_CASE("a layer is an entry of a network file, its shapes beside it") {
        const auto json = to_json(parse("[3, 8, 8]", "[conv: {name: a, out: 4, kernel: 3, stride: 2}, relu]"));
        CHECK(json["input"].dump() == R"({"x":{"shape":[3,8,8],"precision":"int8"}})");
        CHECK(json["layers"][0].dump() ==
              R"({"conv":{"name":"a","from":["x"],"out":4,"kernel":[3,3],"stride":[2,2],"pad":[1,1,1,1],"groups":1,)"
              R"("dilation":[1,1],"bias":true,"precision":{"weights":"int8","activations":"int8"}}})");
        CHECK(json["shapes"]["a"].dump() == "[[4,4,4]]");
    }

    TEST_CASE("JSON from outside is refused by name") {
        CHECK(refusal("") == "request: no JSON: byte 1");
        CHECK(refusal("{\"network\": ") == "request: no JSON: byte 13");
        CHECK(refusal("[1]") == "request: expected a JSON object");
        CHECK(refusal(std::string(100'000, '[')) == "request: nested more than 64 deep");
        CHECK(refusal(R"({"network": "n", "input": {"x": [3]}, "layers": [{"convolution": {"out": 1}}]})")
                  .find("unknown operator or block 'convolution'") != std::string::npos);
    }
}

}  // namespace dyad::arch_space
