// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/session.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "arch_space/network_json.hpp"
#include "core/statistics.hpp"
#include "tests/arch_space/network_text.hpp"

namespace dyad::arch_space::torch {
namespace {

using Json = nlohmann::ordered_json;

const char* const small = R"({"network": "n", "input": {"x": [3]}, "layers": [{"linear": {"out": 2}}]})";

std::string answer(const std::string& line) { return Session().answer(line); }

/// The answer to a request for `network`, with further keys.
Json ask(const std::string& network, const std::string& more = "") {
    return Json::parse(answer(R"({"id": 7, "network": )" + network + more + "}"));
}
std::string error_of(const std::string& network, const std::string& more = "") {
    const auto json = ask(network, more);
    CHECK(json["id"] == 7);
    return json.value("error", Json("")).get<std::string>();
}

}  // namespace

TEST_SUITE("arch_space/torch/session") {
    TEST_CASE("the program says what it speaks") {
        CHECK(greeting() == R"({"protocol": "dyad/accuracy/1", "name": "dyad-accuracy"})");
    }
    TEST_CASE("an answer has the request's id and each metric with value, spread and unit") {
        const auto json = ask(small, R"(, "metrics": ["parameters", "accuracy"], "options": {"proxy": "macs"})");
        CHECK(json.dump() == R"({"id":7,"metrics":{"parameters":{"value":8.0,"spread":0.0,"unit":"score"},)"
                             R"("accuracy":{"value":6.0,"spread":0.0,"unit":"score"}}})");  // 3 x 2 + 2; 3 x 2
    }
    TEST_CASE("the same seed gives the same score, and repeats over seeds their mean and spread") {
        const auto value = [](const std::string& seed, const char* key = "value", const std::string& options = "{}") {
            const auto json = ask(small, R"(, "metrics": ["l2_norm"], "seed": )" + seed + R"(, "options": )" + options);
            return json["metrics"]["l2_norm"][key].get<double>();
        };
        CHECK(value("3") == value("3"));
        CHECK(value("3") != value("4"));
        const auto pair = R"({"seeds": 2})";
        CHECK(value("3", "value", pair) == doctest::Approx((value("3") + value("4")) / 2));
        // the deviation of two is their distance over root 2
        CHECK(value("3", "spread", pair) ==
              doctest::Approx(core::normal_90 * std::abs(value("3") - value("4")) / std::sqrt(2.0)));
    }
    TEST_CASE("what is no request is named") {
        CHECK(Json::parse(answer("hello"))["error"] == "request: no JSON: byte 1");
        CHECK(Json::parse(answer("[]"))["error"] == "request: expected a JSON object");
        CHECK(Json::parse(answer("{}"))["error"] ==
              "missing key 'network' (its layers), or 'space' (a file) to train a supernet");
        CHECK(Json::parse(answer("{}"))["id"].is_null());
        CHECK(error_of(small, R"(, "metric": [])") == "unknown key 'metric', did you mean 'metrics'?");
        CHECK(error_of(small, R"(, "metrics": "accuracy")") == "metrics: expected a list of names");
        CHECK(error_of(small, R"(, "metrics": ["synflw"])") ==
              "zero_cost has no metric 'synflw', did you mean 'synflow'?");
        CHECK(error_of(small, R"(, "evaluator": "zero-cost")") ==
              "evaluator: unknown 'zero-cost', did you mean 'zero_cost'?");
        CHECK(error_of(small, R"(, "options": {"seeds": 0})") ==
              "seeds: found 0, expected a whole number from 1 to 1000");
        CHECK(error_of(small, R"(, "options": {"seeds": -1})") ==
              "seeds: found -1, expected a whole number from 1 to 1000");
    }
    TEST_CASE("what is no network is named") {
        CHECK(error_of("3") == "network:1:1: expected a map, got '3'");
        CHECK(error_of(R"({"network": "n", "input": {"x": [3]}, "layers": [{"linaer": {"out": 2}}]})")
                  .find("unknown operator or block 'linaer', did you mean 'linear'?") != std::string::npos);
    }
    TEST_CASE("a network without weights cannot be trained") {
        CHECK(error_of(R"({"network": "n", "input": {"x": [3]}, "layers": ["relu"]})") ==
              "the network has no weights: it cannot be trained, and no proxy scores it");
    }
    TEST_CASE("a score that is no number is named") {
        // no rectifier whose codes could differ
        CHECK(error_of(small, R"(, "metrics": ["naswot"])") == "naswot of this network is not finite (nan)");
    }
    TEST_CASE("a network that needs too much memory is named before it is built") {
        // 2^24 x 2^14 weights: 2^38 values, thrice 4 bytes each: 3072 GiB
        CHECK(
            error_of(
                R"({"network": "n", "input": {"x": [16384]}, "layers": [{"linear": {"out": 16777216, "bias": false}}]})")
                .find("1 sample needs 3073 GiB, at most 8 are used; ask for fewer samples") != std::string::npos);
    }
    TEST_CASE("the session lives on after errors") {
        Session session;
        (void)session.answer(std::string(1000, '{'));
        CHECK(Json::parse(session.answer(std::string(R"({"id": 7, "network": )") + small + "}")).contains("metrics"));
    }
}

}  // namespace dyad::arch_space::torch
