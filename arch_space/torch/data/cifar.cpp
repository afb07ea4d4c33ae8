// SPDX-License-Identifier: Apache-2.0
// CIFAR's binary version (Krizhevsky 2009, cs.toronto.edu/~kriz/cifar.html): records of one label byte (CIFAR-100:
// coarse, then fine) and 3 x 32 x 32 pixels.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cstring>

#include "arch_space/torch/data/formats.hpp"
#include "core/error.hpp"
#include "core/files.hpp"

namespace dyad::arch_space::torch {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t picture = 3 * 32 * 32;

struct Format {
    std::int64_t labels;  ///< bytes before the pixels; the last is the class
    std::int64_t classes;
    const char* name;
};

Images read_records(const fs::path& file, const Format& format) {
    const auto bytes = core::read_file(file);
    const auto record = format.labels + picture, size = static_cast<std::int64_t>(bytes.size());
    if (size == 0 || size % record != 0)
        throw core::Error(fmt::format("{}: truncated: found {} bytes, expected a multiple of {} ({} records)",
                                      file.string(), size, record, format.name));
    auto records = at::empty({size / record, record}, at::kByte);
    std::memcpy(records.data_ptr(), bytes.data(), bytes.size());
    Images images{records.narrow(1, format.labels, picture).reshape({-1, 3, 32, 32}),
                  records.select(1, format.labels - 1).to(at::kLong)};
    expect_classes(images.classes, format.classes, file.string(), fmt::format("classes of {}", format.name));
    return images;
}

Images join(const std::vector<Images>& parts) {
    std::vector<at::Tensor> pixels, classes;
    for (const auto& part : parts) {
        pixels.push_back(part.pixels);
        classes.push_back(part.classes);
    }
    return {at::cat(pixels), at::cat(classes)};
}

}  // namespace

std::optional<DataSet> read_cifar(const fs::path& folder) {
    constexpr Format ten{1, 10, "CIFAR-10"}, hundred{2, 100, "CIFAR-100"};
    if (fs::exists(folder / "train.bin"))
        return DataSet{.folder = "",
                       .classes = hundred.classes,
                       .train = read_records(folder / "train.bin", hundred),
                       .test = read_records(folder / "test.bin", hundred)};
    std::vector<Images> parts;
    for (int i = 1; i <= 5; ++i) {
        const auto file = folder / fmt::format("data_batch_{}.bin", i);
        if (!fs::exists(file)) break;
        parts.push_back(read_records(file, ten));
    }
    if (parts.empty()) return std::nullopt;
    return DataSet{.folder = "",
                   .classes = ten.classes,
                   .train = join(parts),
                   .test = read_records(folder / "test_batch.bin", ten)};
}

}  // namespace dyad::arch_space::torch
