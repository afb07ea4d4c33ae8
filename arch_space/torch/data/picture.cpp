// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <fmt/format.h>
#include <png.h>

#include <charconv>
#include <cstring>

#include "arch_space/torch/data/formats.hpp"
#include "core/error.hpp"
#include "core/files.hpp"

namespace dyad::arch_space::torch {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_file = std::size_t{256} << 20;
constexpr std::uint64_t widest = 1 << 14;

[[noreturn]] void fail(const fs::path& file, const std::string& what) {
    throw core::Error(fmt::format("{}: {}", file.string(), what));
}

void expect_size(const fs::path& file, std::uint64_t height, std::uint64_t width) {
    if (height == 0 || width == 0 || height > widest || width > widest)
        fail(file, fmt::format("found {} x {} pixels, expected 1 to {} on a side", height, width, widest));
}

at::Tensor channels_first(const at::Tensor& interleaved) { return interleaved.permute({2, 0, 1}).contiguous(); }

at::Tensor read_png(const fs::path& file, const std::string& bytes) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    if (png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0)
        fail(file, fmt::format("no PNG image: {}", image.message));
    const bool colour = (image.format & (PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_COLORMAP)) != 0;
    image.format = colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    if (image.height > widest || image.width > widest) png_image_free(&image);
    expect_size(file, image.height, image.width);
    auto pixels = at::empty({image.height, image.width, colour ? 3 : 1}, at::kByte);
    const png_color black{};
    if (png_image_finish_read(&image, &black, pixels.data_ptr(), 0, nullptr) == 0)
        fail(file, fmt::format("damaged or truncated PNG image: {}", image.message));
    return channels_first(pixels);
}

/// Reads the whole numbers of a PGM or PPM header, with their blanks and comments.
class Header {
public:
    Header(const fs::path& file, const std::string& bytes) : file_(file), bytes_(bytes) {}
    std::uint64_t number() {
        while (at_ < bytes_.size() && (blank() || bytes_[at_] == '#')) {
            if (bytes_[at_] == '#') at_ = std::min(bytes_.find('\n', at_), bytes_.size() - 1);
            ++at_;
        }
        std::uint64_t value = 0;
        const auto* first = bytes_.data() + at_;
        const auto [end, error] = std::from_chars(first, bytes_.data() + bytes_.size(), value);
        if (error != std::errc{}) fail(file_, fmt::format("byte {}: expected a number of the header", at_));
        at_ += static_cast<std::size_t>(end - first);
        return value;
    }
    /// Where the pixels begin: one blank after the last number.
    [[nodiscard]] std::size_t end() const { return at_ + 1; }

private:
    [[nodiscard]] bool blank() const { return std::string_view(" \t\r\n").find(bytes_[at_]) != std::string_view::npos; }

    const fs::path& file_;
    const std::string& bytes_;
    std::size_t at_ = 2;
};

at::Tensor read_netpbm(const fs::path& file, const std::string& bytes) {
    Header header(file, bytes);
    const auto width = header.number(), height = header.number(), white = header.number();
    expect_size(file, height, width);
    if (white != 255) fail(file, fmt::format("found a largest value of {}, expected 255", white));
    const std::uint64_t channels = bytes[1] == '6' ? 3 : 1, expected = height * width * channels;
    const auto found = bytes.size() - std::min(header.end(), bytes.size());
    if (found < expected) fail(file, fmt::format("truncated: found {} bytes of pixels, expected {}", found, expected));
    auto pixels = at::empty(
        {static_cast<std::int64_t>(height), static_cast<std::int64_t>(width), static_cast<std::int64_t>(channels)},
        at::kByte);
    std::memcpy(pixels.data_ptr(), bytes.data() + header.end(), expected);
    return channels_first(pixels);
}

}  // namespace

at::Tensor read_image(const fs::path& file) {
    const auto bytes = core::read_file(file, longest_file);
    if (bytes.starts_with("\x89PNG")) return read_png(file, bytes);
    if (bytes.starts_with("P5") || bytes.starts_with("P6")) return read_netpbm(file, bytes);
    fail(file, fmt::format("found no magic number of an image, expected PNG, P5 (PGM) or P6 (PPM)"));
}

}  // namespace dyad::arch_space::torch
