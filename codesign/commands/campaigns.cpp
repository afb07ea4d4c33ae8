// SPDX-License-Identifier: Apache-2.0
// `sweep`, `merge`, `search`, `compare` and `report`.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "codesign/accuracy/supernet.hpp"
#include "codesign/commands/command.hpp"
#include "codesign/compare/compare.hpp"
#include "codesign/evaluation/pair_evaluator.hpp"
#include "codesign/evaluation/ranks.hpp"
#include "codesign/experiment/target.hpp"
#include "codesign/report/data.hpp"
#include "codesign/run/campaign.hpp"
#include "codesign/run/interrupt.hpp"
#include "codesign/run/merge.hpp"
#include "codesign/run/pair_text.hpp"
#include "codesign/run/targets.hpp"
#include "core/error.hpp"
#include "core/files.hpp"

namespace dyad::codesign {
namespace {

struct CampaignArguments {
    std::string experiment;
    bool resume = false;
    std::optional<unsigned> workers;
    std::optional<std::uint64_t> seed;
    Shard shard;
};

void add_workers(CLI::App& app, std::optional<unsigned>& workers) {
    app.add_option("--workers", workers,
                   "worker processes (default: one a core; 0: none; under mpirun the ranks but the first)")
        ->check(CLI::Range(0U, 1024U).description(""))
        ->option_text("N");
}

unsigned processes(const std::optional<unsigned>& workers) {
    return workers.value_or(std::max(1U, std::thread::hardware_concurrency()));
}

void add_common(CLI::App& app, CampaignArguments& arguments) {
    app.add_option("EXPERIMENT", arguments.experiment, "an experiment file, or the name of one")->required();
    app.add_flag("--resume", arguments.resume, "go on with the run in the directory");
    add_workers(app, arguments.workers);
}

std::string value_text(const Experiment& experiment, Metric metric, const Evaluation& evaluation) {
    const auto m = static_cast<std::size_t>(metric);
    const auto value = text_of(experiment, metric, evaluation.metrics[m]);
    return evaluation.spreads[m] > 0 ? fmt::format("{} +- {:.3g}", value, evaluation.spreads[m]) : value;
}

std::string one_line(const Experiment& experiment, const Pair& pair) {
    std::string text;
    for (const auto metric : experiment.objectives)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", info(metric).name,
                            value_text(experiment, metric, pair.evaluation));
    return text;
}

/// No pair keeps every budget: why, and the first pairs that come nearest.
std::string nearest_pairs(const Run& run) {
    constexpr std::size_t most = 3;
    std::string text = run.verdict + "\n";
    for (std::size_t i = 0; i < std::min(most, run.front.size()); ++i)
        text += fmt::format("least violating: pair {} ({})\n", run.pairs[run.front[i]].id,
                            one_line(*run.experiment, run.pairs[run.front[i]]));
    return text;
}

/// The fastest pair of each target within the budgets.
std::string by_target(const Run& run) {
    const auto& experiment = *run.experiment;
    std::string text;
    const auto fastest = champions(experiment, run.pairs);
    for (std::size_t t = 0; t < fastest.size(); ++t)
        text += fastest[t] ? fmt::format("fastest on {}: pair {} ({})\n", experiment.targets[t].name,
                                         run.pairs[*fastest[t]].id, one_line(experiment, run.pairs[*fastest[t]]))
                           : fmt::format("{}: no pair keeps every budget\n", experiment.targets[t].name);
    return text;
}

/// The best pair of each objective, and where the rest is.
std::string summary(const Run& run, const std::filesystem::path& directory) {
    const auto& experiment = *run.experiment;
    std::string text =
        fmt::format("{}: {} pairs evaluated ({}), {} {}\n", experiment.name, run.evaluated, fidelity_text(experiment),
                    run.front.size(), run.feasible || run.front.empty() ? "on the front" : "nearest to the budgets");
    if (run.feasible && has_targets(experiment))
        return text + by_target(run) + (directory / "report.html").string() + "\n";
    if (!run.feasible) return text + nearest_pairs(run) + (directory / "report.html").string() + "\n";
    for (const auto metric : experiment.objectives) {
        const auto better = [&](std::size_t a, std::size_t b) {
            const auto m = static_cast<std::size_t>(metric);
            return signed_objective(metric, run.pairs[a].evaluation.metrics[m]) <
                   signed_objective(metric, run.pairs[b].evaluation.metrics[m]);
        };
        const auto best = *std::min_element(run.front.begin(), run.front.end(), better);
        text += fmt::format("best {}: pair {} ({})\n", info(metric).name, run.pairs[best].id,
                            one_line(experiment, run.pairs[best]));
    }
    return text + (directory / "report.html").string() + "\n";
}

std::string front_text(const Run& run, Format format, const std::filesystem::path& directory) {
    if (format == Format::json) return json_text(front_json(run));
    if (format == Format::table) return summary(run, directory);
    std::vector<const Pair*> front;
    for (const auto i : run.front) front.push_back(&run.pairs[i]);
    return pairs_csv(*run.experiment, front);
}

using Campaign = std::function<Outcome(std::shared_ptr<const Experiment>, Evaluator&, const CampaignOptions&)>;
/// What is printed of a finished run.
using Told = std::function<std::string(const Run&)>;

std::shared_ptr<const Experiment> read_for(const CampaignArguments& arguments) {
    auto read = read_experiment(arguments.experiment);
    if (arguments.seed) read.search.seed = *arguments.seed;
    return std::make_shared<const Experiment>(std::move(read));
}

/// Under mpirun, what every rank but the first does: it neither writes nor prints.
int assist(const CampaignArguments& arguments, const CampaignOptions& options) {
    Interrupt interrupt;  // mpirun passes signals on to all ranks; the first one decides
    const auto prepare = [&] { return std::make_unique<PairEvaluator>(read_for(arguments)); };
    auto limit = options.time_limit;
    try {
        limit = time_limit(*read_for(arguments), limit);
    } catch (const core::Error&) {  // prepare() meets it too, and tells rank 0
    }
    serve_rank(prepare, limit, [&] { return interrupt.requested(); });
    return good;
}

int run_campaign(const Campaign& campaign, const CampaignArguments& arguments, const Output& output, const Told& told) {
    CampaignOptions options;
    const auto place = place_under_mpirun();
    if (place.rank > 0) return assist(arguments, options);
    const auto experiment = read_for(arguments);
    PairEvaluator evaluator(experiment);
    options.ranks = place.ranks;
    options.directory = output.path;
    options.resume = arguments.resume;
    options.quiet = output.quiet;
    options.workers = processes(arguments.workers);
    options.shard = arguments.shard;
    train_if_missing(*experiment, output.quiet);
    check_space(*experiment, evaluator);
    if (!output.quiet && experiment->search.method == Method::nsga2 && experiment->objectives.size() > 4)
        fmt::print(stderr, "hint: above four objectives 'algorithm: nsga3' spreads its pairs better than nsga2\n");
    const auto outcome = campaign(experiment, evaluator, options);
    if (outcome.interrupted) {
        fmt::print(stderr, "interrupted: {} pairs are in {}; go on with --resume\n", outcome.run.evaluated,
                   output.path);
        return interrupted;
    }
    write_report(output.path, quick_report());
    print({output.format, "", output.quiet}, told(outcome.run));
    return good;
}

int run_campaign(const Campaign& campaign, const CampaignArguments& arguments, const Output& output) {
    return run_campaign(campaign, arguments, output,
                        [&](const Run& run) { return front_text(run, output.format, output.path); });
}

std::string comparison_text(const StrategyComparison& comparison, const Output& output) {
    write_comparison(comparison, output.path);
    const std::filesystem::path directory = output.path;
    if (output.format == Format::json) return json_text(to_json(comparison));
    if (output.format == Format::csv) return core::read_file(directory / "compare.csv");
    return words(comparison) + (directory / "compare.html").string() + "\n";
}

/// `I/N`
Shard parse_shard(const std::string& text) {
    Shard shard;
    char slash = 0, more = 0;
    std::istringstream in(text);
    if (in >> shard.index >> slash >> shard.count && slash == '/' && !(in >> more) && shard.index >= 1 &&
        shard.index <= shard.count && text.find('-') == std::string::npos)
        return shard;
    throw CLI::ValidationError("--shard", fmt::format("found '{}', expected I/N with 1 <= I <= N", text));
}

}  // namespace

Action define_search(CLI::App& app, std::shared_ptr<Output> output) {
    auto arguments = std::make_shared<CampaignArguments>();
    add_common(app, *arguments);
    app.add_option("--seed", arguments->seed, "instead of the seed in the file")
        ->check(CLI::Validator(check_seed, ""))
        ->option_text("N");
    return [=] { return run_campaign(search, *arguments, *output); };
}

Action define_sweep(CLI::App& app, std::shared_ptr<Output> output) {
    auto arguments = std::make_shared<CampaignArguments>();
    add_common(app, *arguments);
    app.add_option_function<std::string>(
           "--shard", [arguments](const std::string& text) { arguments->shard = parse_shard(text); },
           "only part I of N of the settings")
        ->option_text("I/N");
    return [=] { return run_campaign(sweep, *arguments, *output); };
}

Action define_compare(CLI::App& app, std::shared_ptr<Output> output) {
    auto arguments = std::make_shared<CampaignArguments>();
    auto seeds = std::make_shared<std::uint64_t>(10);
    add_common(app, *arguments);
    app.add_option("--seeds", *seeds, "repetitions of each strategy (default 10)")
        ->check(CLI::Range(1U, 1000U).description(""))
        ->option_text("N");
    return [=] {
        StrategyComparison comparison;
        const auto campaign = [&](std::shared_ptr<const Experiment> experiment, Evaluator& evaluator,
                                  const CampaignOptions& options) {
            auto compared = compare(std::move(experiment), evaluator, options, *seeds);
            comparison = std::move(compared.comparison);
            return std::move(compared.outcome);
        };
        return run_campaign(campaign, *arguments, *output,
                            [&](const Run&) { return comparison_text(comparison, *output); });
    };
}

Action define_merge(CLI::App& app, std::shared_ptr<Output> output) {
    auto shards = std::make_shared<std::vector<std::string>>();
    app.add_option("DIR", *shards, "the directories of all shards of a sweep")->required();
    return [=] {
        const auto run = merge({shards->begin(), shards->end()}, output->path);
        write_report(output->path, quick_report());
        print({output->format, "", output->quiet}, front_text(run, output->format, output->path));
        return good;
    };
}

Action define_report(CLI::App& app, std::shared_ptr<Output> output) {
    auto directories = std::make_shared<std::vector<std::string>>();
    auto baseline = std::make_shared<bool>(false);
    auto workers = std::make_shared<std::optional<unsigned>>();
    auto options = std::make_shared<ReportOptions>();
    app.add_option("DIR", *directories, "the directory of a run; those of others are compared with it")->required();
    app.add_flag("--baseline", *baseline, "first evaluate as many random pairs, for comparison");
    app.add_option("--workers", *workers, "worker processes of --baseline (default: one a core; 0: none)")
        ->check(CLI::Range(0U, 1024U).description(""))
        ->option_text("N");
    app.add_option("--layers", options->layers,
                   "pairs examined layer by layer, spread evenly over the front, at most (default 500; at least 4, the "
                   "pairs to look at first among them)")
        ->check(CLI::Range(1U, 100'000U).description(""))
        ->option_text("N");
    return [=] {
        const std::filesystem::path directory = directories->front();
        options->beside.assign(directories->begin() + 1, directories->end());
        if (*baseline && !add_baseline(directory, processes(*workers), output->quiet)) return interrupted;
        write_report(directory, *options);
        const auto run = read_run(directory);
        print(*output, front_text(run, output->format, directory));
        return good;
    };
}

}  // namespace dyad::codesign
