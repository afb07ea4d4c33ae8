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
constexpr Evaluator evaluators[] = {{"zero_cost", zero_cost}};

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

Json evaluate(const Json& json) {
    expect_known(json, {"id", "network", "metrics", "evaluator", "options", "seed"});
    if (!json.contains("network")) throw core::Error("missing key 'network' (its layers)");
    const auto& chosen = evaluator(json);
    const auto metrics = metrics_of(json);
    const auto options = json.value("options", Json::object());
    if (!options.is_object()) throw core::Error("options: expected an object");
    const auto seed = whole(json, "seed", 1, 0, std::uint64_t{1} << 62);
    const auto network = network_from_json(json["network"], "network");
    Json result = Json::object();
    for (const auto& [name, metric] : chosen.evaluate({network, metrics, options, seed}))
        result[name] = {{"value", metric.value}, {"spread", metric.spread}, {"unit", metric.unit}};
    return result;
}

std::string line_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string greeting() { return R"({"protocol": "dyad/accuracy/1", "name": "dyad-accuracy"})"; }

std::string answer(std::string_view line) noexcept {
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

std::uint64_t whole(const Json& options, const std::string& key, std::uint64_t fallback, std::uint64_t min,
                    std::uint64_t max) {
    if (!options.contains(key)) return fallback;
    const auto& value = options[key];
    const auto number = value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
    if (!value.is_number_unsigned() || number < min || number > max)
        throw core::Error(fmt::format("{}: found {}, expected a whole number from {} to {}", key,
                                      core::shortened(line_of(value)), min, max));
    return number;
}

void expect_known(const Json& options, const std::vector<std::string>& known) {
    for (const auto& [key, value] : options.items())
        if (std::ranges::find(known, key) == known.end())
            throw core::Error(fmt::format("unknown key '{}'{}", core::shortened(key), core::did_you_mean(key, known)));
}

}  // namespace dyad::arch_space::torch
