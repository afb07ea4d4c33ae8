// SPDX-License-Identifier: Apache-2.0
#include "codesign/evaluation/evaluation.hpp"

#include <cmath>
#include <exception>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.hpp"

namespace dyad::codesign {

Evaluation Evaluation::failure(std::string reason) {
    Evaluation evaluation;
    evaluation.metrics.fill(std::numeric_limits<double>::quiet_NaN());
    evaluation.reason = reason.empty() ? "unknown error" : std::move(reason);
    return evaluation;
}

nlohmann::ordered_json to_json(const Evaluation& evaluation) {
    nlohmann::ordered_json json = nlohmann::ordered_json::object();
    for (const auto& row : metric_table()) {
        const double value = evaluation.metrics[static_cast<std::size_t>(row.metric)];
        if (std::isfinite(value)) json[row.name] = value;
    }
    for (const auto& row : metric_table()) {
        const double spread = evaluation.spreads[static_cast<std::size_t>(row.metric)];
        if (spread > 0) json[std::string(row.name) + "_spread"] = spread;
    }
    if (evaluation.latency_high > 0) json["latency_low"] = evaluation.latency_low;
    if (evaluation.latency_high > 0) json["latency_high"] = evaluation.latency_high;
    if (evaluation.failed()) json["reason"] = evaluation.reason;
    if (evaluation.ends_run) json["ends_run"] = true;
    return json;
}

Evaluation evaluation_from_json(const nlohmann::ordered_json& json) {
    auto evaluation = Evaluation::failure("unknown error");
    evaluation.reason = json.value("reason", "");
    evaluation.ends_run = json.value("ends_run", false);
    for (const auto& row : metric_table())
        if (json.contains(row.name))
            evaluation.metrics[static_cast<std::size_t>(row.metric)] = json.at(row.name).get<double>();
    for (const auto& row : metric_table())
        evaluation.spreads[static_cast<std::size_t>(row.metric)] = json.value(std::string(row.name) + "_spread", 0.0);
    evaluation.latency_low = json.value("latency_low", 0.0);
    evaluation.latency_high = json.value("latency_high", 0.0);
    return evaluation;
}

Evaluation evaluate_safely(Evaluator& evaluator, const core::Genome& genome) {
    try {
        return evaluator.evaluate(genome);
    } catch (const core::Error& error) {
        return Evaluation::failure(error.what());
    } catch (const std::bad_alloc&) {
        return Evaluation::failure("out of memory");
    } catch (const std::exception& error) {
        return Evaluation::failure(std::string("internal error: ") + error.what());
    }
}

}  // namespace dyad::codesign
