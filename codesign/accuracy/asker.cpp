// SPDX-License-Identifier: Apache-2.0
#include "codesign/accuracy/asker.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "arch_space/network_json.hpp"
#include "codesign/accuracy/program.hpp"
#include "core/error.hpp"
#include "core/statistics.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;

/// One metric over all seeds.
struct Figures {
    std::vector<double> values;
    double told = 0;  ///< sum of the spreads that the program gave

    [[nodiscard]] double mean() const { return core::mean(values); }
    [[nodiscard]] double spread() const {
        const auto n = static_cast<double>(values.size());
        double square = 0;
        for (const double v : values) square += (v - mean()) * (v - mean());
        const double deviation = values.size() > 1 ? std::sqrt(square / (n - 1)) : 0;
        return std::hypot(told / n, core::normal_90 * deviation);
    }
};

}  // namespace

struct Asker::Impl {
    explicit Impl(AccuracyEvaluator asked) : evaluator(std::move(asked)) {}

    [[nodiscard]] AccuracyAnswer ask(const Json& network, std::uint64_t seed) {
        if (!program) program.emplace(command_of(evaluator), evaluator.timeout);
        return program->ask(request(network, seed));
    }

    [[nodiscard]] Json request(const Json& network, std::uint64_t seed) const {
        auto metrics = Json::array();
        for (const auto metric : evaluator.metrics) metrics.push_back(info(metric).name);
        return {{"id", 0},
                {"network", network},
                {"metrics", metrics},
                {"evaluator", evaluator.name},
                {"options", Json::parse(evaluator.options)},
                {"seed", seed}};
    }

    /// Adds an answer's figures; what is wrong with it, or "".
    [[nodiscard]] std::string add(const AccuracyAnswer& answer, std::vector<Figures>& figures) const {
        if (!answer.error.empty()) return answer.error;
        for (std::size_t m = 0; m < figures.size(); ++m) {
            const auto* name = info(evaluator.metrics[m]).name;
            const auto found = answer.metrics.find(name);
            if (found == answer.metrics.end()) return fmt::format("the evaluator gave no '{}'", name);
            if (found->second.unit == "score" && !evaluator.is_score())
                return fmt::format("the evaluator's '{}' is a score, and the experiment expects %", name);
            figures[m].values.push_back(found->second.value);
            figures[m].told += std::abs(found->second.spread);
        }
        return "";
    }

    [[nodiscard]] Evaluation ask(const arch_space::Network& network);

    AccuracyEvaluator evaluator;
    std::optional<AccuracyProgram> program;  ///< from the first question on
};

Asker::Asker(const AccuracyEvaluator& evaluator) : impl_(std::make_unique<Impl>(evaluator)) {}
Asker::~Asker() = default;

std::vector<std::string> command_of(const AccuracyEvaluator& evaluator) {
    return evaluator.name == "command" ? evaluator.command : std::vector<std::string>{own_accuracy_program()};
}

Evaluation Asker::ask(const arch_space::Network& network) {
    try {
        return impl_->ask(network);
    } catch (const core::Error& error) {  // the program is gone: no network's fault
        auto none = Evaluation::failure(fmt::format("accuracy: {}", error.what()));
        none.ends_run = true;
        return none;
    }
}

Evaluation Asker::Impl::ask(const arch_space::Network& network) {
    const auto& metrics = evaluator.metrics;
    const auto json = arch_space::to_json(network);
    std::vector<Figures> figures(metrics.size());
    for (std::uint64_t seed = 1; seed <= evaluator.seeds; ++seed) {
        const auto problem = add(ask(json, seed), figures);
        if (!problem.empty()) return Evaluation::failure("accuracy: " + problem);
    }
    auto evaluation = Evaluation::failure("unset");
    evaluation.reason.clear();
    for (std::size_t m = 0; m < metrics.size(); ++m) {
        evaluation.metrics[static_cast<std::size_t>(metrics[m])] = figures[m].mean();
        evaluation.spreads[static_cast<std::size_t>(metrics[m])] = figures[m].spread();
    }
    return evaluation;
}

}  // namespace dyad::codesign
