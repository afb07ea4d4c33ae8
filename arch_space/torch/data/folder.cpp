// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "arch_space/torch/data/formats.hpp"
#include "core/error.hpp"

namespace dyad::arch_space::torch {
namespace {

namespace fs = std::filesystem;

/// What is in a folder, sorted by name; what begins with a dot is none of it.
std::vector<fs::path> entries(const fs::path& folder) {
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator(folder))
        if (!entry.path().filename().string().starts_with('.')) all.push_back(entry.path());
    std::ranges::sort(all);
    return all;
}

std::vector<std::string> class_names(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : entries(folder))
        if (fs::is_directory(entry)) names.push_back(entry.filename().string());
    if (names.empty()) throw core::Error(fmt::format("{}: expected a folder a class, found none", folder.string()));
    return names;
}

class Reader {
public:
    void add(const fs::path& file, std::int64_t label) {
        auto image = read_image(file);
        if (!pixels_.empty() && image.sizes() != pixels_[0].sizes())
            throw core::Error(fmt::format("{}: found {} (channels x height x width), expected {} as of {}",
                                          file.string(), fmt::join(image.sizes(), " x "),
                                          fmt::join(pixels_[0].sizes(), " x "), first_));
        total_ += static_cast<std::uint64_t>(image.numel());
        if (total_ > most_pixels)
            throw core::Error(
                fmt::format("{}: the images before it fill {} bytes already", file.string(), most_pixels));
        if (pixels_.empty()) first_ = file.string();
        pixels_.push_back(std::move(image));
        labels_.push_back(label);
    }
    Images images(const fs::path& folder) const {
        if (pixels_.empty()) throw core::Error(fmt::format("{}: expected images in it, found none", folder.string()));
        return {at::stack(pixels_), at::tensor(labels_, at::kLong)};
    }

private:
    std::vector<at::Tensor> pixels_;
    std::vector<std::int64_t> labels_;
    std::string first_;
    std::uint64_t total_ = 0;
};

Images read_classes(const fs::path& folder, const std::vector<std::string>& names) {
    if (!fs::is_directory(folder)) throw core::Error(fmt::format("{}: no such folder", folder.string()));
    Reader reader;
    for (const auto& entry : entries(folder)) {
        if (!fs::is_directory(entry)) continue;
        const auto found = std::ranges::find(names, entry.filename().string());
        if (found == names.end())
            throw core::Error(fmt::format("{}: found a class that train has not, expected one of {}", entry.string(),
                                          core::shortened(fmt::format("{}", fmt::join(names, ", ")), 200)));
        for (const auto& file : entries(entry)) reader.add(file, found - names.begin());
    }
    return reader.images(folder);
}

}  // namespace

std::optional<DataSet> read_image_folder(const fs::path& folder) {
    if (!fs::is_directory(folder / "train")) return std::nullopt;
    const auto names = class_names(folder / "train");
    return DataSet{.folder = "",
                   .classes = static_cast<std::int64_t>(names.size()),
                   .train = read_classes(folder / "train", names),
                   .test = read_classes(folder / "test", names)};
}

}  // namespace dyad::arch_space::torch
