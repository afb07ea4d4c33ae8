// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/robustness/groups.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "core/error.hpp"
#include "core/files.hpp"

namespace dyad::arch_space::torch {
namespace {

Groups by_brightness(const Images& images) {
    const auto count = images.size();
    const auto sums = images.pixels.reshape({count, -1}).to(at::kLong).sum(1);
    const auto order = std::get<1>(sums.sort(true, 0, false));
    auto of = at::empty({count}, at::kLong);
    of.index_copy_(0, order, (at::arange(count, at::kLong) * 3).div(count, "floor"));
    return {{"dark", "middle", "bright"}, of};
}

Groups read(const std::filesystem::path& file, std::int64_t images, const char* whose) {
    std::istringstream lines(core::read_file(file));
    std::map<std::string, std::int64_t> numbers;
    std::vector<std::string> all;
    for (std::string line; std::getline(lines, line);) {
        if (line.ends_with('\r')) line.pop_back();
        if (line.empty())
            throw core::Error(
                fmt::format("{}:{}: found nothing, expected the name of a group", file.string(), all.size() + 1));
        numbers.emplace(line, 0);
        all.push_back(line);
    }
    if (static_cast<std::int64_t>(all.size()) != images)
        throw core::Error(
            fmt::format("{}: found {} lines, expected {}, one {}", file.string(), all.size(), images, whose));
    Groups groups;
    for (auto& [name, number] : numbers) {
        number = static_cast<std::int64_t>(groups.names.size());
        groups.names.push_back(name);
    }
    if (groups.names.size() < 2)
        throw core::Error(fmt::format("{}: found one group, expected two or more", file.string()));
    std::vector<std::int64_t> of;
    for (const auto& name : all) of.push_back(numbers.at(name));
    groups.of = at::tensor(of, at::kLong);
    return groups;
}

}  // namespace

Groups read_groups(const std::filesystem::path& file, const DataSet& data) {
    const auto beside = std::filesystem::path(data.folder) / "test_groups.txt";
    if (file.empty() && !std::filesystem::exists(beside)) return by_brightness(data.test);
    return read(file.empty() ? beside : file, data.test.size(), "a test image");
}

Groups groups_to_learn(const std::filesystem::path& file, const DataSet& data, const at::Tensor& numbers) {
    if (!file.empty()) throw core::Error(fmt::format("{}: groups of test images: ask for split test", file.string()));
    const auto beside = std::filesystem::path(data.folder) / "train_groups.txt";
    if (std::filesystem::exists(beside)) return read(beside, data.train.size(), "an image to learn from");
    auto groups = by_brightness({data.train.pixels.index_select(0, numbers), {}});
    groups.of = at::zeros({data.train.size()}, at::kLong).index_copy_(0, numbers, groups.of);
    return groups;
}

Gap gap_between(const Groups& groups, const at::Tensor& hits, const at::Tensor& numbers) {
    const auto of = groups.of.index_select(0, numbers);
    std::vector<std::pair<double, double>> shares;  // with their variances
    for (std::size_t g = 0; g < groups.names.size(); ++g) {
        const auto own = hits.masked_select(of.eq(static_cast<std::int64_t>(g))).to(at::kDouble);
        if (own.numel() == 0) continue;
        const double mean = own.mean().item<double>();
        shares.emplace_back(mean, mean * (1 - mean) / static_cast<double>(own.numel()));
    }
    const auto [worst, best] = std::ranges::minmax(shares);
    return {best.first - worst.first, best.second + worst.second};
}

}  // namespace dyad::arch_space::torch
