// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/session.hpp"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "arch_space/network_json.hpp"
#include "core/error.hpp"

namespace dyad::arch_space::torch {
namespace {

using Json = nlohmann::ordered_json;

struct Evaluator {
    const char* name;
    Metrics (*evaluate)(const Request& request);
};
constexpr Evaluator evaluators[] = {{"zero_cost", zero_cost}, {"train", train_alone}, {"supernet", supernet}};

const Evaluator& evaluator(const Json& request) {
    const auto given = request.value("evaluator", Json("zero_cost"));
    std::vector<std::string> names;
    for (const auto& one : evaluators) {
        if (given == one.name) return one;
        names.emplace_back(one.name);
    }
    const auto text = given.is_string() ? given.get<std::string>() : given.dump();
    throw core::Error(fmt::format("evaluator: unknown '{}'{}", core::shortened(text), core::did_you_mean(text, names)));
}

std::vector<std::string> metrics_of(const Json& request) {
    const auto given = request.value("metrics", Json::array({"accuracy"}));
    const auto is_text = [](const Json& item) { return item.is_string(); };
    if (!given.is_array() || given.empty() || !std::ranges::all_of(given, is_text))
        throw core::Error("metrics: expected a list of names");
    return given.get<std::vector<std::string>>();
}

Json json_of(const Metrics& metrics) {
    Json result = Json::object();
    for (const auto& [name, metric] : metrics)
        result[name] = {{"value", metric.value}, {"spread", metric.spread}, {"unit", metric.unit}};
    return result;
}

std::string line_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string greeting() { return R"({"protocol": "dyad/accuracy/1", "name": "dyad-accuracy"})"; }

Json Session::evaluate(const Json& json) {
    expect_known(json, {"id", "network", "space", "metrics", "evaluator", "options", "seed"});
    if (json.contains("network") == json.contains("space"))
        throw core::Error("missing key 'network' (its layers), or 'space' (a file) to train a supernet");
    const auto& chosen = evaluator(json);
    const auto metrics = metrics_of(json);
    const auto options = json.value("options", Json::object());
    if (!options.is_object()) throw core::Error("options: expected an object");
    const auto seed = whole(json, "seed", 1, 0, std::uint64_t{1} << 62);
    if (json.contains("space")) {
        if (chosen.evaluate != supernet) throw core::Error("space: only the evaluator 'supernet' trains one");
        return json_of(train_supernet(text(json, "space", ""), options, seed, shelf_));
    }
    const auto network = network_from_json(json["network"], "network");
    return json_of(chosen.evaluate({network, metrics, options, seed, shelf_}));
}

std::string Session::answer(std::string_view line) noexcept {
    Json id;
    const auto failure = [&](const std::string& why) { return line_of({{"id", id}, {"error", why}}); };
    try {
        const auto request = parse_json(line, "request");
        id = request.value("id", Json());
        return line_of({{"id", id}, {"metrics", evaluate(request)}});
    } catch (const core::Error& error) {
        return failure(error.what());
    } catch (const c10::Error& error) {
        return failure("libtorch: " + error.msg());
    } catch (const std::exception& error) {
        return failure(fmt::format("internal error: {}", error.what()));
    }
}

}  // namespace dyad::arch_space::torch
