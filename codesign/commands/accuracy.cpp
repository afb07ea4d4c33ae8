// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "codesign/accuracy/scoring.hpp"
#include "codesign/accuracy/training.hpp"
#include "codesign/commands/command.hpp"
#include "core/document.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/progress.hpp"
#include "core/random.hpp"
#include "core/value.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
    std::vector<std::string> networks, proxies{"synflow"};
    std::string evaluator = "zero_cost", command;
    std::uint64_t seed = 1, seeds = 1, samples = 64, members = 16;
    std::optional<std::uint64_t> member_seed;
    double timeout = 0;
    unsigned workers = 1;
    TrainingOptions training{};
    [[nodiscard]] bool is_supernet() const { return evaluator == "supernet"; }
    [[nodiscard]] bool is_trained() const { return is_supernet() || training.train; }
};

/// A network of the command line: a file's, or a member of a file's space.
struct Candidate {
    std::string name;
    std::shared_ptr<const core::Document> document;
    std::optional<core::Genome> genome;
    Json choices = Json::object();
};

std::filesystem::path find(const std::string& name) {
    for (const auto& space : core::list_configs("spaces"))
        if (space == name) return core::find_config(name, "spaces");
    return core::find_config(name, "networks");
}

Json choices_of(const core::ChoiceSpace& space, const core::Genome& genome) {
    Json json = Json::object();
    for (std::size_t i = 0; i < genome.size(); ++i)
        if (space.active(genome, i)) json[space.genes()[i].name] = space.genes()[i].label(genome[i]);
    return json;
}

/// Of a space, as many members as asked for, each uniform over what differs.
void add_candidates(const Arguments& arguments, const std::string& name, std::vector<Candidate>& candidates) {
    const auto document = core::read_document(find(name));
    const core::ChoiceSpace space(*document);
    const auto stem = std::filesystem::path(document->file).stem().string();
    if (space.genes().empty()) {
        candidates.push_back({stem, document, std::nullopt});
        return;
    }
    core::Stream random(arguments.member_seed.value_or(arguments.seed), "members");
    for (std::uint64_t i = 0; i < arguments.members; ++i) {
        auto genome = space.sample(random);
        auto choices = choices_of(space, genome);
        candidates.push_back({fmt::format("{}[{}]", stem, i), document, std::move(genome), std::move(choices)});
    }
}

arch_space::Network decode(const Candidate& candidate) {
    core::Errors errors;
    const auto* genome = candidate.genome ? &*candidate.genome : nullptr;
    auto network = arch_space::parse_network(core::Value(*candidate.document, genome, errors));
    errors.throw_if_any();
    return std::move(network).value();
}

Scoring scoring_of(const Arguments& a, bool quiet) {
    Scoring scoring;
    scoring.evaluator = a.training.train && !a.is_supernet() ? "train" : a.evaluator;
    scoring.command = a.evaluator != "command" ? std::vector<std::string>{own_accuracy_program()}
                                               : std::vector<std::string>{"/bin/sh", "-c", "exec " + a.command};
    if (a.is_trained()) {
        scoring.metrics = a.training.metrics;
        scoring.options = request_options(a.training, a.is_supernet(), quiet).dump();
    } else if (a.evaluator == "zero_cost") {
        scoring.metrics = a.proxies;
        Json options{{"seeds", a.seeds}, {"samples", a.samples}};
        if (!a.training.data.empty()) options["data"] = std::filesystem::absolute(a.training.data).string();
        scoring.options = options.dump();
    }
    scoring.seed = a.seed;
    const double usual = a.training.train ? 1e6 : 60;
    scoring.timeout = std::chrono::milliseconds(static_cast<std::int64_t>((a.timeout > 0 ? a.timeout : usual) * 1000));
    scoring.workers = a.workers;
    return scoring;
}

/// The candidates that have scores, and how each ranks among them by all metrics alike; nothing with fewer than two.
std::vector<std::optional<double>> ranks_of(const std::vector<std::string>& metrics,
                                            const std::vector<AccuracyAnswer>& answers) {
    std::vector<std::size_t> scored;
    for (std::size_t i = 0; i < answers.size(); ++i)
        if (answers[i].error.empty()) scored.push_back(i);
    std::vector<std::vector<double>> scores(metrics.size());
    for (std::size_t m = 0; m < metrics.size(); ++m)
        for (const auto i : scored) {
            const double value = answers[i].metrics.at(metrics[m]).value;
            scores[m].push_back(metrics[m] == "fairness_gap" ? -value : value);
        }
    std::vector<std::optional<double>> ranks(answers.size());
    if (scored.size() < 2) return ranks;
    const auto means = mean_ranks(scores, std::vector<double>(metrics.size(), 1));
    for (std::size_t k = 0; k < scored.size(); ++k) ranks[scored[k]] = means[k];
    return ranks;
}

struct Scored {
    const std::vector<Candidate>& candidates;
    const std::vector<std::string>& metrics;
    const std::vector<AccuracyAnswer>& answers;
    const std::vector<std::optional<double>>& ranks;
};

std::string table_of(const Scored& scored, Format format) {
    const bool csv = format == Format::csv;
    std::vector<std::string> header{"network"};
    for (const auto& metric : scored.metrics) {
        header.push_back(metric);
        if (csv) header.push_back(metric + "_spread");
    }
    header.insert(header.end(), {"rank", "error"});
    Table table(header);
    for (std::size_t i = 0; i < scored.candidates.size(); ++i) {
        const auto& [metrics, error] = scored.answers[i];
        std::vector<std::string> row{scored.candidates[i].name};
        for (const auto& metric : scored.metrics) {
            const auto found = metrics.find(metric);
            const bool known = found != metrics.end();
            const auto one = known ? found->second : AccuracyMetric{};
            row.push_back(!known ? "" : csv ? fmt::format("{}", one.value) : fmt::format("{:.6g}", one.value));
            if (csv) row.push_back(known ? fmt::format("{}", one.spread) : "");
            if (!csv && one.spread > 0) row.back() += fmt::format(" +- {:.2g}", one.spread);
        }
        row.push_back(scored.ranks[i] ? fmt::format("{:.3f}", *scored.ranks[i]) : "");
        row.push_back(error);
        table.add(std::move(row));
    }
    return csv ? table.csv() : table.text();
}

Json json_of(const Scored& scored, const Scoring& scoring) {
    Json networks = Json::array();
    for (std::size_t i = 0; i < scored.candidates.size(); ++i) {
        Json json;
        json["network"] = scored.candidates[i].name;
        if (!scored.candidates[i].choices.empty()) json["choices"] = scored.candidates[i].choices;
        const auto& [metrics, error] = scored.answers[i];
        for (const auto& [name, one] : metrics)
            json["metrics"][name] = {{"value", one.value}, {"spread", one.spread}, {"unit", one.unit}};
        if (scored.ranks[i]) json["rank"] = *scored.ranks[i];
        if (!error.empty()) json["error"] = error;
        networks.push_back(std::move(json));
    }
    return {{"schema", "dyad/accuracy_scores/1"},
            {"evaluator", scoring.evaluator},
            {"seed", scoring.seed},
            {"options", Json::parse(scoring.options)},
            {"networks", std::move(networks)}};
}

/// Metrics that every scored network must have; a program of one's own may leave some out.
void expect_metrics(const std::vector<std::string>& metrics, std::vector<AccuracyAnswer>& answers) {
    for (auto& [given, error] : answers)
        for (const auto& metric : metrics)
            if (error.empty() && !given.contains(metric)) error = fmt::format("the evaluator gave no '{}'", metric);
}

int run_training(const Arguments& arguments, const Output& output) {
    if (arguments.networks.size() != 1) throw core::Error("--evaluator supernet --train: give one space");
    const auto json = train_supernet(find(arguments.networks[0]).string(),
                                     request_options(arguments.training, true, output.quiet), arguments.seed);
    Table table({"quantity", "value"});
    for (const auto& [name, value] : json.items()) table.add({name, fmt::format("{:.6g}", value.get<double>())});
    print(output, output.format == Format::json  ? json_text(json)
                  : output.format == Format::csv ? table.csv()
                                                 : table.text());
    return good;
}

int run_accuracy(const CLI::App& app, const Arguments& arguments, const Output& output) {
    expect_used(app, arguments.training, arguments.evaluator);
    if (arguments.evaluator == "command" && arguments.command.empty())
        throw core::Error("--evaluator command: give the program with --command");
    if (arguments.is_supernet() && arguments.training.train) return run_training(arguments, output);
    std::vector<Candidate> candidates;
    for (const auto& name : arguments.networks) add_candidates(arguments, name, candidates);
    const auto scoring = scoring_of(arguments, output.quiet);
    const bool quiet = output.quiet || candidates.size() < 2 || arguments.training.train;
    core::Progress progress("networks scored", candidates.size(), quiet);
    auto answers = score(
        scoring, candidates.size(), [&](std::size_t i) { return decode(candidates[i]); }, [&] { progress.add(1); });
    expect_metrics(scoring.metrics, answers);
    const bool all_lost = std::ranges::none_of(answers, [](const auto& answer) { return answer.error.empty(); });
    if (all_lost) throw core::Error(fmt::format("{}: {}", candidates[0].name, answers[0].error));
    const auto ranks = ranks_of(scoring.metrics, answers);
    const Scored scored{candidates, scoring.metrics, answers, ranks};
    print(output,
          output.format == Format::json ? json_text(json_of(scored, scoring)) : table_of(scored, output.format));
    return good;
}

}  // namespace

Action define_accuracy(CLI::App& app, std::shared_ptr<Output> output) {
    auto a = std::make_shared<Arguments>();
    app.add_option("NETWORK", a->networks, "networks or spaces of networks: files, or names of such")->required();
    app.add_option(
           "--evaluator", a->evaluator,
           "zero_cost (default): scores of the untrained network; supernet: tests with the weights that a space's "
           "members share; command: --command")
        ->check(CLI::IsMember({"zero_cost", "supernet", "command"}).description(""))
        ->option_text("NAME");
    app.add_option("--proxy", a->proxies,
                   "synflow (default), snip, grad_norm, grasp, fisher, jacob_cov, naswot, zen, l2_norm, parameters, "
                   "macs; several are ranked together")
        ->delimiter(',')
        ->option_text("NAME,...");
    app.add_option("--command", a->command, "a program that speaks the accuracy evaluator protocol")
        ->option_text("COMMAND");
    app.add_option("--members", a->members, "members of a space to score, drawn at random (default 16)")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000}).description(""))
        ->option_text("N");
    app.add_option("--seed", a->seed, "of weights, samples and members (default 1)")
        ->check(CLI::Validator(check_seed, ""))
        ->option_text("N");
    app.add_option("--member-seed", a->member_seed, "of members alone (default: --seed)")
        ->check(CLI::Validator(check_seed, ""))
        ->option_text("N");
    app.add_option("--seeds", a->seeds, "repeat over so many seeds (default 1)")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1000}).description(""))
        ->option_text("N");
    app.add_option("--samples", a->samples, "samples in a batch, where a proxy looks at any (default 64)")
        ->check(CLI::Range(std::uint64_t{2}, std::uint64_t{65536}).description(""))
        ->option_text("N");
    app.add_option("--timeout", a->timeout, "seconds after which a network is given up (default 60; none with --train)")
        ->check(CLI::Range(0.001, 1e6).description(""))
        ->option_text("S");
    app.add_option("--workers", a->workers, "evaluators at a time (default 1)")
        ->check(CLI::Range(1U, 1024U).description(""))
        ->option_text("N");
    add_training_options(app, a->training);
    return [=, &app] { return run_accuracy(app, *a, *output); };
}

}  // namespace dyad::codesign
