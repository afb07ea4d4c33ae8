// SPDX-License-Identifier: Apache-2.0
#include "codesign/experiment/experiment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "codesign/experiment/parse_terms.hpp"
#include "codesign/experiment/start.hpp"
#include "codesign/experiment/target.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/value.hpp"
#include "hw_space/unit_file.hpp"

namespace dyad::codesign {
namespace {

/// All 64 bits, as after --seed.
std::uint64_t read_seed(const core::Value& value) {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    const auto text = value.text();
    std::uint64_t seed = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
    if (error != std::errc{} || rest != text.data() + text.size())
        value.fail(fmt::format("expected a whole number between 0 and {}, got '{}'", most, core::shortened(text)));
    return seed;
}

/// Reads one experiment file and the files it names, collecting the errors of all.
class Reader {
public:
    Reader(const ConfigReader& read, core::Errors& errors) : read_(read), errors_(errors) {}

    Experiment experiment(const std::string& name) {
        result_.configs.push_back(read_("experiments", name, {}));
        const auto& config = result_.configs.front();
        const auto document = core::parse_document(config.text, config.file);
        file_ = config.file;
        core::Object object(core::Value(*document, nullptr, errors_));
        result_.name = object.require("experiment", "the experiment's name").text();
        parse_networks(object);
        parse_accelerator(object);
        parse_accuracy(object);
        parse_goals(object);
        parse_search(object);
        parse_fidelity(object);
        if (const auto measured = object.find("measured")) parse_measured(*measured);
        if (const auto baseline = object.find("baseline")) result_.baseline = read_pair(*baseline, result_.space);
        if (const auto fusion = object.find("fusion"))
            result_.fusion = fusion->one_of<Fusion>(
                {{"off", Fusion::off}, {"operators", Fusion::operators}, {"chains", Fusion::chains}});
        if (const auto batch = object.find("batch"))
            result_.batch = static_cast<std::uint64_t>(batch->integer(1, 1 << 20));
        return std::move(result_);
    }

private:
    void parse_networks(core::Object& object) {
        const auto one = object.find("network"), suite = object.find("networks");
        if (one.has_value() == suite.has_value())
            object.fail(one ? "found both 'network' and 'networks', expected one of them"
                            : "missing key 'network' (a network or a space of networks)");
        else if (one)
            result_.networks.push_back(part("networks", *one, "network."));
        else
            parse_suite(*suite);
        if (const auto aggregate = object.find("aggregate")) {
            if (!suite) aggregate->fail("only for a suite ('networks')");
            result_.aggregate = aggregate->one_of<Aggregate>(
                {{"geomean", Aggregate::geomean}, {"sum", Aggregate::sum}, {"worst", Aggregate::worst}});
        }
    }

    void parse_suite(const core::Value& suite) {
        const auto items = suite.list();
        if (items.empty()) suite.fail("expected at least one network");
        for (std::size_t i = 0; i < items.size(); ++i) {
            const auto prefix = fmt::format("networks[{}].", i);
            if (items[i].is_scalar()) {
                result_.networks.push_back(part("networks", items[i], prefix));
                continue;
            }
            core::Object entry(items[i]);
            auto network = part("networks", entry.require("use", "a network"), prefix);
            if (const auto weight = entry.find("weight")) network.weight = weight->number(1e-9, 1e9);
            result_.networks.push_back(std::move(network));
        }
    }

    void parse_accelerator(core::Object& object) {
        const auto several = object.find("targets"), one = object.find("accelerator");
        if (several && one) object.fail("found both 'accelerator' and 'targets', expected one of them");
        if (several) return parse_targets(*several);
        const auto mention = object.require("accelerator", "an accelerator or a space of accelerators");
        result_.accelerator = part("accelerators", mention, "accelerator.");
        auto& document = result_.accelerator.document;
        if (document && is_device(*document))
            result_.targets.push_back(read_target(mention, std::exchange(document, nullptr)));
        else if (document)
            add_units(*document);
    }

    void parse_targets(const core::Value& targets) {
        for (const auto& item : targets.list()) {
            const auto target = part("accelerators", item, "");
            if (!target.document) continue;
            if (target.genes > 0) item.fail(fmt::format("'{}' is a space, expected one chip or device", item.text()));
            const auto same = [&](const Target& other) { return other.name == item.text(); };
            if (std::ranges::any_of(result_.targets, same)) item.fail(fmt::format("'{}' is listed twice", item.text()));
            if (!is_device(*target.document)) add_units(*target.document);
            result_.targets.push_back(read_target(item, target.document));
        }
        if (targets.is_list() && targets.list().size() < 2) targets.fail("expected at least two; one is 'accelerator'");
        result_.accelerator.first_gene = result_.space.genes().size();
        result_.accelerator.genes = 1;
        const core::ChoiceSpace choice({target_gene(result_.targets)});
        result_.space = core::ChoiceSpace::join(result_.space, "", choice, "");
    }

    /// Their files are as much of the run as the accelerator's. One that is missing fails the candidates that use it.
    void add_units(const core::Document& accelerator) {
        for (const auto& name : hw_space::used_units(accelerator.root)) {
            try {
                result_.configs.push_back(read_("units", name, accelerator.file));
            } catch (const core::Error&) {
            }
        }
    }

    /// Reads the file that `mention` names and appends its genes to the joint space.
    Part part(const std::string& kind, const core::Value& mention, const std::string& prefix) {
        Part found;
        if (mention.is_null()) return found;
        const auto name = mention.text();
        try {
            auto config = read_(kind, name, file_);
            found.document = core::parse_document(config.text, config.file);
            result_.configs.push_back(std::move(config));
        } catch (const core::Error& error) {
            mention.fail(error.what());
            return found;
        }
        const core::ChoiceSpace space(*found.document);
        found.first_gene = result_.space.genes().size();
        found.genes = space.genes().size();
        result_.space = core::ChoiceSpace::join(result_.space, "", space, prefix);
        return found;
    }

    void parse_accuracy(core::Object& object) {
        const auto accuracy = object.find("accuracy");
        if (!accuracy) return;
        core::Object entry(*accuracy);
        const auto evaluator = entry.require("evaluator", "surrogate, zero_cost, supernet or command");
        if (evaluator.is_null()) return;
        const auto kind = evaluator.one_of<std::string>(
            {{"surrogate", "surrogate"}, {"zero_cost", "zero_cost"}, {"supernet", "supernet"}, {"command", "command"}});
        if (kind != "surrogate") {
            result_.evaluator = parse_evaluator(entry, kind, file_);
            return;
        }
        const auto model = entry.require("model", "the name of an accuracy model");
        if (model.is_null()) return;
        result_.surrogate = model.text();
        try {
            auto config = read_("accuracy", *result_.surrogate, file_);
            result_.surrogate_file = config.file;
            result_.configs.push_back(std::move(config));
        } catch (const core::Error& error) {
            model.fail(error.what());
        }
    }

    void parse_goals(core::Object& object) {
        Offer offer{.accuracy = result_.surrogate || result_.evaluator};
        if (result_.evaluator) {
            offer.robustness = result_.evaluator->name != "zero_cost";
            offer.score = result_.evaluator->is_score();
        }
        const auto objectives = object.require("objectives", "a list of objectives");
        result_.objectives = parse_objectives(objectives, offer);
        refuse_unmeasured(objectives, result_.targets);
        if (const auto constraints = object.find("constraints")) {
            result_.constraints = parse_constraints(*constraints, offer);
            refuse_unmeasured(*constraints, result_.targets);
        }
        if (result_.evaluator) result_.evaluator->metrics = asked_for();
    }

    /// What the goals need of an evaluator; the accuracy in any case.
    [[nodiscard]] std::vector<Metric> asked_for() const {
        std::vector<Metric> asked;
        for (const auto metric : told_of_networks) {
            const bool goal =
                std::ranges::find(result_.objectives, metric) != result_.objectives.end() ||
                std::ranges::find(result_.constraints, metric, &Constraint::metric) != result_.constraints.end();
            if (goal || metric == Metric::accuracy) asked.push_back(metric);
        }
        return asked;
    }

    void parse_search(core::Object& object) {
        result_.reference.resize(result_.objectives.size());
        const auto search = object.find("search");
        if (!search) return;
        core::Object entry(*search);
        if (const auto algorithm = entry.find("algorithm"))
            result_.search.method = algorithm->one_of<Method>({{"nsga2", Method::nsga2},
                                                               {"nsga3", Method::nsga3},
                                                               {"random", Method::random},
                                                               {"exhaustive", Method::exhaustive},
                                                               {"local", Method::local}});
        if (const auto stagnation = entry.find("stagnation"))
            result_.search.stagnation = static_cast<std::size_t>(stagnation->integer(1, 1'000'000));
        if (const auto start = entry.find("start")) parse_start(*start);
        if (const auto population = entry.find("population"))
            result_.search.population = static_cast<std::size_t>(population->integer(2, 1'000'000));
        if (const auto generations = entry.find("generations"))
            result_.search.generations = static_cast<std::size_t>(generations->integer(1, 1'000'000));
        if (const auto seed = entry.find("seed")) result_.search.seed = read_seed(*seed);
        if (const auto reference = entry.find("reference"))
            result_.reference = parse_reference(*reference, result_.objectives);
    }

    void parse_start(const core::Value& start) {
        try {
            auto config = read_("start", start.text(), file_);
            result_.search.start = read_start(config, result_.space);
            result_.configs.push_back(std::move(config));
        } catch (const core::Error& error) {
            start.fail(error.what());
        }
    }

    void parse_measured(const core::Value& measured) {
        try {
            auto config = read_("measured", measured.text(), file_);
            result_.measured = read_measured(config, result_.space, result_.targets);
            result_.configs.push_back(std::move(config));
        } catch (const core::Error& error) {
            measured.fail(error.what());
        }
    }

    void parse_fidelity(core::Object& object) {
        using models::Fidelity;
        const auto fidelity = object.find("fidelity");
        const auto devices = std::ranges::count_if(result_.targets, [](const auto& t) { return t.device != nullptr; });
        const bool measured = devices > 0 && static_cast<std::size_t>(devices) == result_.targets.size();
        if (measured) result_.fidelity = Fidelity::calibrated;
        if (!fidelity) return;
        result_.fidelity = fidelity->one_of<Fidelity>({{"analytic", Fidelity::analytic},
                                                       {"systemc", Fidelity::systemc},
                                                       {"cycle", Fidelity::cycle},
                                                       {"calibrated", Fidelity::calibrated}});
        if (measured && result_.fidelity != Fidelity::calibrated)
            fidelity->fail(fmt::format("'{}' plays chips; measured devices are 'calibrated'", fidelity->text()));
        if (!measured && result_.fidelity == Fidelity::calibrated)
            fidelity->fail("'calibrated' is for measured devices, not for chips; expected analytic, systemc or cycle");
    }

    const ConfigReader& read_;
    core::Errors& errors_;
    Experiment result_;
    std::filesystem::path file_;
};

}  // namespace

core::Genome Part::slice(const core::Genome& joint) const {
    const auto begin = joint.begin() + static_cast<std::ptrdiff_t>(first_gene);
    return {begin, begin + static_cast<std::ptrdiff_t>(genes)};
}

ConfigText read_config(const std::string& kind, const std::string& name, const std::filesystem::path& beside) {
    std::filesystem::path path;
    try {
        path = core::find_config(name, kind, beside);
    } catch (const core::Error&) {
        for (const auto* other : {"spaces", "devices"})
            if (std::ranges::count(core::list_configs(other), name) > 0) path = core::find_config(name, other, beside);
        if (path.empty()) throw;
    }
    auto text = core::read_file(path);
    auto hash = core::sha256(text);
    return {kind, name, path.string(), std::move(hash), std::move(text)};
}

Experiment read_experiment(const std::string& name, const ConfigReader& reader) {
    core::Errors errors;
    auto experiment = Reader(reader, errors).experiment(name);
    errors.throw_if_any();
    return experiment;
}

std::string unit_of(const Experiment& experiment, Metric metric) {
    return told_of_network(metric) && experiment.evaluator ? experiment.evaluator->unit : info(metric).unit;
}

std::string text_of(const Experiment& experiment, Metric metric, double value) {
    return unit_of(experiment, metric) == "score" ? fmt::format("{:.4g} (a score)", value) : to_text(metric, value);
}

double signed_objective(Metric metric, double value) { return info(metric).maximise ? -value : value; }

Point minimised(const Experiment& experiment, const Metrics& metrics) {
    Point point;
    for (const auto metric : experiment.objectives)
        point.push_back(signed_objective(metric, metrics[static_cast<std::size_t>(metric)]));
    return point;
}

}  // namespace dyad::codesign
