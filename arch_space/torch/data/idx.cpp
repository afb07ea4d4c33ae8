// SPDX-License-Identifier: Apache-2.0
// IDX as LeCun et al. describe it beside MNIST: a magic number 0x000008DD (unsigned bytes, DD axes), the axes' sizes,
// each four bytes, the largest first, and the bytes.
#include <ATen/ATen.h>
#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <memory>

#include "arch_space/torch/data/formats.hpp"
#include "core/error.hpp"

namespace dyad::arch_space::torch {
namespace {

namespace fs = std::filesystem;

/// A file of bytes, compressed or not.
class Bytes {
public:
    explicit Bytes(fs::path file) : file_(std::move(file)), stream_(::gzopen(file_.c_str(), "rb"), ::gzclose) {
        if (!stream_) throw core::Error(fmt::format("{}: cannot be read", file_.string()));
    }
    /// How many were there, at most `count`.
    std::uint64_t read(void* into, std::uint64_t count) {
        std::uint64_t done = 0;
        while (done < count) {
            const auto part = static_cast<unsigned>(std::min<std::uint64_t>(count - done, 1 << 30));
            const int got = ::gzread(stream_.get(), static_cast<char*>(into) + done, part);
            if (got < 0) fail_compressed();
            if (got == 0) break;
            done += static_cast<std::uint64_t>(got);
        }
        int problem = Z_OK;
        (void)::gzerror(stream_.get(), &problem);
        if (problem != Z_OK && problem != Z_STREAM_END) fail_compressed();
        return done;
    }
    [[noreturn]] void fail(const std::string& what) const {
        throw core::Error(fmt::format("{}: {}", file_.string(), what));
    }

private:
    [[noreturn]] void fail_compressed() const { fail("damaged or truncated: found no whole gzip stream"); }

    fs::path file_;
    std::unique_ptr<gzFile_s, int (*)(gzFile)> stream_;
};

std::uint64_t number(const unsigned char* at) {
    return (std::uint64_t{at[0]} << 24) | (std::uint64_t{at[1]} << 16) | (std::uint64_t{at[2]} << 8) | at[3];
}

std::vector<std::int64_t> axes(Bytes& bytes, unsigned count, const char* what) {
    std::array<unsigned char, 16> header{};
    const auto size = 4 + 4 * count;
    if (const auto found = bytes.read(header.data(), size); found < size)
        bytes.fail(fmt::format("truncated: found {} bytes, expected a header of {}", found, size));
    const auto magic = number(header.data()), expected = 0x800 + std::uint64_t{count};
    if (magic != expected)
        bytes.fail(fmt::format("magic number: found {:#010x}, expected {:#010x} ({})", magic, expected, what));
    std::vector<std::int64_t> sizes;
    for (unsigned axis = 0; axis < count; ++axis)
        sizes.push_back(static_cast<std::int64_t>(number(&header[4 + 4 * axis])));
    return sizes;
}

at::Tensor read_array(const fs::path& file, unsigned count, const char* what) {
    Bytes bytes(file);
    const auto sizes = axes(bytes, count, what);
    std::uint64_t total = 1;
    for (const auto size : sizes) {
        total *= static_cast<std::uint64_t>(size);
        if (total == 0 || total > most_pixels)
            bytes.fail(fmt::format("sizes: found {}, expected 1 to {} bytes", fmt::join(sizes, " x "), most_pixels));
    }
    auto array = at::empty(sizes, at::kByte);
    if (const auto found = bytes.read(array.data_ptr(), total); found < total)
        bytes.fail(fmt::format("truncated: found {} bytes after the header, expected {}", found, total));
    char more = 0;
    if (bytes.read(&more, 1) != 0)
        bytes.fail(fmt::format("found more than the expected {} bytes after the header", total));
    return array;
}

fs::path find(const fs::path& folder, const std::string& name) {
    const auto plain = folder / name;
    return fs::exists(plain) ? plain : folder / (name + ".gz");
}

Images read_images(const fs::path& folder, const std::string& part) {
    const auto labels = find(folder, part + "-labels-idx1-ubyte");
    Images images{read_array(find(folder, part + "-images-idx3-ubyte"), 3, "images").unsqueeze(1),
                  read_array(labels, 1, "labels").to(at::kLong)};
    if (images.classes.size(0) != images.size())
        throw core::Error(fmt::format("{}: found {} labels, expected {}, one an image", labels.string(),
                                      images.classes.size(0), images.size()));
    return images;
}

}  // namespace

std::optional<DataSet> read_idx(const fs::path& folder) {
    if (!fs::exists(find(folder, "train-images-idx3-ubyte"))) return std::nullopt;
    DataSet data{.folder = "", .train = read_images(folder, "train"), .test = read_images(folder, "t10k")};
    data.classes = data.train.classes.max().item<std::int64_t>() + 1;
    expect_classes(data.test.classes, data.classes, find(folder, "t10k-labels-idx1-ubyte").string(),
                   "classes of the training images");
    return data;
}

}  // namespace dyad::arch_space::torch
