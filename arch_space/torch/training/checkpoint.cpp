// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/training/checkpoint.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

#include "arch_space/network_json.hpp"
#include "core/document.hpp"
#include "core/error.hpp"
#include "core/files.hpp"

namespace dyad::arch_space::torch {
namespace {

using Json = nlohmann::ordered_json;
using Sizes = std::vector<std::int64_t>;

static_assert(std::endian::native == std::endian::little, "checkpoints hold the smallest byte first");

constexpr std::string_view magic = "dyad/supernet/1 ";
constexpr std::size_t digest = 64, longest = std::size_t{4} << 30;

Json json_of(const Recipe& r) {
    return {{"epochs", r.epochs},      {"batch", r.batch}, {"images", r.images}, {"validation", r.validation},
            {"learning_rate", r.rate}, {"decay", r.decay}, {"seed", r.seed}};
}

Recipe recipe_of(const Json& json) {
    return {json.at("epochs"),        json.at("batch"), json.at("images"), json.at("validation"),
            json.at("learning_rate"), json.at("decay"), json.at("seed")};
}

void append(std::string& bytes, const at::Tensor& tensor) {
    const auto values = tensor.contiguous();
    bytes.append(static_cast<const char*>(values.data_ptr()), values.nbytes());
}

class Reader {
public:
    Reader(const std::filesystem::path& file, std::string bytes) : file_(file), bytes_(std::move(bytes)) {}

    Checkpoint read() {
        check_digest();
        try {
            return read_header(parse_json(line(), file_.string() + ": header"));
        } catch (const nlohmann::json::exception& error) {
            fail(fmt::format("header: {}", error.what()));
        }
    }

private:
    [[noreturn]] void fail(const std::string& what) const {
        throw core::Error(fmt::format("{}: {}", file_.string(), what));
    }
    void check_digest() {
        if (!bytes_.starts_with(magic))
            fail(fmt::format("no checkpoint of a supernet: expected it to begin with '{}'", magic));
        const auto first = line();
        const auto found = core::sha256(std::string_view(bytes_).substr(at_));
        if (first.size() != magic.size() + digest || first.substr(magic.size()) != found)
            fail(fmt::format("damaged or truncated: found SHA-256 {}, expected {}", found,
                             core::shortened(first.substr(magic.size()), digest)));
    }
    std::string_view line() {
        const auto end = std::min(bytes_.find('\n', at_), bytes_.size());
        const auto text = std::string_view(bytes_).substr(at_, end - at_);
        at_ = std::min(end + 1, bytes_.size());
        return text;
    }
    Checkpoint read_header(const Json& json) {
        Checkpoint checkpoint{
            json.at("space"), json.at("sha256"), json.at("data"), recipe_of(json.at("recipe")),
            json.at("step"),  json.at("steps"),  json.at("loss"), SharedWeights(json.at("recipe").at("seed"))};
        for (const auto& [key, sizes] : json.at("weights").items()) {
            const auto shape = sizes.get<Sizes>();
            auto value = tensor(key, shape);
            checkpoint.weights.set(key, {std::move(value), tensor(key, shape)});
        }
        if (at_ != bytes_.size()) fail(fmt::format("found {} bytes after the last weight", bytes_.size() - at_));
        return checkpoint;
    }
    at::Tensor tensor(const std::string& key, const Sizes& sizes) {
        const auto left = (bytes_.size() - at_) / sizeof(float);
        std::size_t count = 1;
        for (const auto size : sizes) {
            if (size <= 0 || static_cast<std::size_t>(size) > left / count)
                fail(fmt::format("'{}': found {} values, expected those of its shape {}", core::shortened(key), left,
                                 Json(sizes).dump()));
            count *= static_cast<std::size_t>(size);
        }
        auto result = at::empty(sizes, at::kFloat);
        std::memcpy(result.data_ptr(), bytes_.data() + at_, count * sizeof(float));
        at_ += count * sizeof(float);
        if (!result.isfinite().all().item<bool>())
            fail(fmt::format("'{}': a value is no number", core::shortened(key)));
        return result;
    }

    const std::filesystem::path& file_;
    std::string bytes_;
    std::size_t at_ = 0;
};

}  // namespace

void write_checkpoint(const std::filesystem::path& file, const Checkpoint& checkpoint) {
    Json weights = Json::object();
    std::string values;
    for (const auto& [key, entry] : checkpoint.weights.entries()) {
        weights[key] = entry.value.sizes().vec();
        append(values, entry.value);
        append(values, entry.velocity);
    }
    const Json header{{"space", checkpoint.space}, {"sha256", checkpoint.sha256},
                      {"data", checkpoint.data},   {"recipe", json_of(checkpoint.recipe)},
                      {"step", checkpoint.step},   {"steps", checkpoint.steps},
                      {"loss", checkpoint.loss},   {"weights", std::move(weights)}};
    const auto rest = header.dump() + "\n" + values;
    core::write_file(file, fmt::format("{}{}\n", magic, core::sha256(rest)) + rest);
}

Checkpoint read_checkpoint(const std::filesystem::path& file) {
    return Reader(file, core::read_file(file, longest)).read();
}

}  // namespace dyad::arch_space::torch
