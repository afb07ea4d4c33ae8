// SPDX-License-Identifier: Apache-2.0
#include "codesign/experiment/accuracy_evaluator.hpp"

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/document.hpp"
#include "core/files.hpp"
#include "core/quantity.hpp"
#include "core/value.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;

Json scalar(const core::Node& node) {
    if (node.quoted) return node.text;
    if (node.text == "true" || node.text == "false") return node.text == "true";
    const char* last = node.text.data() + node.text.size();
    std::uint64_t whole = 0;
    if (const auto [end, error] = std::from_chars(node.text.data(), last, whole); error == std::errc{} && end == last)
        return whole;
    double number = 0;
    if (const auto [end, error] = std::from_chars(node.text.data(), last, number); error == std::errc{} && end == last)
        return number;
    return node.text;
}

Json json_of(const core::Node& node) {
    if (node.kind == core::Node::Kind::scalar) return scalar(node);
    if (node.kind == core::Node::Kind::list) {
        auto list = Json::array();
        for (const auto& item : node.items) list.push_back(json_of(item));
        return list;
    }
    if (node.kind != core::Node::Kind::map) return nullptr;
    auto map = Json::object();
    for (const auto& entry : node.entries) map[entry.key] = json_of(entry.value);
    return map;
}

/// One text, or a list of them.
std::vector<std::string> texts(const core::Value& value) {
    if (!value.is_list()) return {value.text()};
    std::vector<std::string> all;
    for (const auto& item : value.list()) all.push_back(item.text());
    if (all.empty()) value.fail("expected at least one entry");
    return all;
}

/// Records an error where it is none.
bool is_map(const core::Value& value) {
    (void)value.map().entries();
    return value.is_map();
}

/// A supernet's checkpoint is looked for beside the experiment first.
Json supernet_options(Json json, const std::filesystem::path& file) {
    if (const auto name = json.value("checkpoint", Json()); name.is_string())
        if (const auto near = file.parent_path() / name.get<std::string>(); std::filesystem::exists(near))
            json["checkpoint"] = near.string();
    return json;
}

std::vector<std::string> words(const core::Value& command) {
    if (command.is_list()) return texts(command);
    return {"/bin/sh", "-c", "exec " + command.text()};
}

}  // namespace

std::filesystem::path AccuracyEvaluator::checkpoint() const {
    const auto found = Json::parse(options).value("checkpoint", Json());
    return name == "supernet" && found.is_string() ? found.get<std::string>() : "";
}

std::string AccuracyEvaluator::checkpoint_hash() const {
    const auto file = checkpoint();
    return file.empty() ? "" : core::sha256(core::read_file(file));
}

std::string AccuracyEvaluator::question() const {
    auto asked = Json::array(), chosen = Json::parse(options);
    if (const auto hash = checkpoint_hash(); !hash.empty()) chosen["checkpoint"] = hash;
    for (const auto metric : metrics) asked.push_back(info(metric).name);
    return Json{{"evaluator", name}, {"command", command}, {"options", chosen}, {"metrics", asked}, {"seeds", seeds}}
        .dump();
}

AccuracyEvaluator parse_evaluator(core::Object& entry, const std::string& name, const std::filesystem::path& file) {
    AccuracyEvaluator evaluator;
    evaluator.name = name;
    if (name == "command") {
        const auto command = entry.require("command", "the program: a text for the shell, or a list of words");
        if (!command.is_null()) evaluator.command = words(command);
    }
    const bool supernet = name == "supernet";
    if (supernet) evaluator.unit = "%";
    if (const auto options = entry.find("options"); options && is_map(*options)) {
        const auto json = json_of(options->resolved());
        evaluator.options = (supernet ? supernet_options(json, file) : json).dump();
    }
    if (const auto training = supernet ? entry.find("training") : std::nullopt; training && is_map(*training))
        evaluator.training = json_of(training->resolved()).dump();
    if (supernet && evaluator.checkpoint().empty())
        entry.fail("expected options: {checkpoint: FILE}, the trained supernet; it is trained where it is not there");
    if (const auto seeds = entry.find("seeds")) evaluator.seeds = static_cast<std::uint64_t>(seeds->integer(1, 1000));
    if (const auto timeout = entry.find("timeout"))
        evaluator.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(
            1000 * timeout->quantity<core::Seconds>(core::Seconds(0.001), core::Seconds(1e6)).count()));
    if (const auto unit = name == "command" ? entry.find("unit") : std::nullopt)
        evaluator.unit = unit->one_of<std::string>({{"%", "%"}, {"score", "score"}});
    if (const auto reuse = entry.find("reuse")) evaluator.reuse = texts(*reuse);
    return evaluator;
}

}  // namespace dyad::codesign
