// SPDX-License-Identifier: Apache-2.0
#include "codesign/report/specialisation.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "codesign/evaluation/decode.hpp"
#include "codesign/run/targets.hpp"
#include "models/device/device.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;

double metric(const Pair& pair, Metric m) { return pair.evaluation.metrics[static_cast<std::size_t>(m)]; }

const char* operator_class(const models::Kernel& kernel) {
    if (kernel.depthwise) return "depthwise";
    if (kernel.op == "linear" || kernel.op == "matmul") return "linear";
    return kernel.kernel_side > 1 ? "dense window" : "pointwise";
}

/// Each share of the whole that the counts add up to.
Json shares(const std::map<std::string, double>& counts) {
    double whole = 0;
    for (const auto& [key, count] : counts) whole += count;
    Json json = Json::object();
    for (const auto& [key, count] : counts) json[key] = count / whole;
    return json;
}

std::uint64_t resolution(const arch_space::Network& network) {
    for (const auto& layer : network.layers)
        if (std::holds_alternative<arch_space::Input>(layer.op)) return layer.outputs.front().back();
    return 0;
}

/// What tells one network of a space from another: windows by number of kernels, operators by MACs.
Json shape_json(const arch_space::Network& network) {
    std::map<std::string, double> windows, operators;
    double width = 0, depth = 0;
    const auto dataflow = arch_space::lower(network, {});
    for (const auto& node : dataflow.nodes()) {
        const auto& kernel = node.kernel;
        if (!kernel.nest) continue;
        if (kernel.kernel_side > 1) windows[fmt::format("{0}x{0}", kernel.kernel_side)] += 1;
        operators[operator_class(kernel)] += static_cast<double>(kernel.macs());
        depth += 1;
        for (const char* channels : {"K", "G"})
            if (const auto dim = kernel.nest->dim(channels); dim && kernel.nest->dims[*dim].size > 1)
                width += static_cast<double>(kernel.nest->dims[*dim].size);
    }
    return {{"resolution", resolution(network)},      {"depth", depth},
            {"width", depth > 0 ? width / depth : 0}, {"macs", network.macs()},
            {"parameters", network.parameters()},     {"windows", shares(windows)},
            {"operators", shares(operators)}};
}

/// The network's own on a chip; a device computes in its own.
std::string precision(const Target& target, const arch_space::Network& network) {
    if (target.device) return fmt::format("{:g} bits (the device's)", 8 * target.device->platform.bytes_per_element);
    return std::string(core::name(network.layers.back().weights));
}

Json champion_json(const Experiment& experiment, const Pair& pair, const Target& target) {
    const auto network = decode_networks(experiment, pair.genome).front();
    Json json{{"target", target.name},
              {"kind", target.device ? "device" : "chip"},
              {"pair", pair.id},
              {"latency_s", metric(pair, Metric::latency)}};
    if (pair.evaluation.latency_high > 0)
        json["interval_s"] = {pair.evaluation.latency_low, pair.evaluation.latency_high};
    if (const double accuracy = metric(pair, Metric::accuracy); std::isfinite(accuracy)) json["accuracy"] = accuracy;
    json["precision"] = precision(target, network);
    json.update(shape_json(network));
    return json;
}

std::string share_text(const Json& list) {
    std::string text;
    for (const auto& [key, value] : list.items())
        text += fmt::format("{}{} {:.0f} %", text.empty() ? "" : ", ", key, 100 * value.get<double>());
    return text;
}

std::string accuracy(const Json& champion) {
    return champion.contains("accuracy") ? fmt::format("{:.2f} %", champion["accuracy"].get<double>()) : "-";
}

std::string milliseconds(const Json& champion) {
    auto text = fmt::format("{:.3f}", 1e3 * champion["latency_s"].get<double>());
    if (champion.contains("interval_s"))
        text += fmt::format(" ({:.3f} to {:.3f})", 1e3 * champion["interval_s"][0].get<double>(),
                            1e3 * champion["interval_s"][1].get<double>());
    return text;
}

}  // namespace

Json specialisation_json(const Run& run) {
    const auto& experiment = *run.experiment;
    if (!has_targets(experiment) || experiment.networks.size() != 1) return nullptr;
    const auto best = champions(experiment, run.pairs);
    const auto places = by_genome(run.pairs);
    Json json{{"targets", Json::array()}, {"latency_s", Json::array()}, {"loss", Json::array()}};
    for (std::size_t i = 0; i < best.size(); ++i) {
        if (!best[i]) continue;
        const auto& pair = run.pairs[*best[i]];
        json["targets"].push_back(champion_json(experiment, pair, experiment.targets[i]));
        Json times = Json::array(), losses = Json::array();
        for (std::size_t j = 0; j < best.size(); ++j) {
            if (!best[j]) continue;
            const auto place = places.find(moved(experiment, pair.genome, j));
            const bool known = place != places.end() && !run.pairs[place->second].evaluation.failed();
            const double time = known ? metric(run.pairs[place->second], Metric::latency) : std::nan("");
            times.push_back(known ? Json(time) : Json(nullptr));
            losses.push_back(known ? Json(time / metric(run.pairs[*best[j]], Metric::latency) - 1) : Json(nullptr));
        }
        json["latency_s"].push_back(std::move(times));
        json["loss"].push_back(std::move(losses));
    }
    return json;
}

std::string specialisation_markdown(const Json& specialisation) {
    if (specialisation.is_null()) return "";
    const auto& targets = specialisation["targets"];
    std::string text =
        "## A network for each target\n\n"
        "| target | latency in ms (90 %) | accuracy | resolution | kernels | mean width | MMACs | windows | MACs by "
        "operator | "
        "precision |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- | --- |\n";
    for (const auto& t : targets)
        text +=
            fmt::format("| {} | {} | {} | {} | {} | {:.0f} | {:.0f} | {} | {} | {} |\n", t["target"].get<std::string>(),
                        milliseconds(t), accuracy(t), t["resolution"].get<std::uint64_t>(), t["depth"].get<double>(),
                        t["width"].get<double>(), 1e-6 * t["macs"].get<double>(), share_text(t["windows"]),
                        share_text(t["operators"]), t["precision"].get<std::string>());
    text += "\nTime lost when a target runs the network of another:\n\n| network of |";
    std::string line = "\n| --- |";
    for (const auto& t : targets) {
        text += fmt::format(" on {} |", t["target"].get<std::string>());
        line += " ---: |";
    }
    text += line + "\n";
    for (std::size_t i = 0; i < targets.size(); ++i) {
        text += fmt::format("| {} |", targets[i]["target"].get<std::string>());
        for (const auto& loss : specialisation["loss"][i])
            text += loss.is_null() ? " - |" : fmt::format(" {:+.1f} % |", 100 * loss.get<double>());
        text += "\n";
    }
    return text + "\n";
}

}  // namespace dyad::codesign
