// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/data/data_set.hpp"

#include <ATen/ATen.h>
#include <png.h>
#include <zlib.h>

#include "core/error.hpp"
#include "core/files.hpp"
#include "tests/arch_space/torch/tiny_data.hpp"

namespace dyad::arch_space::torch {
namespace {

/// What reading `folder` ends with, without the folder itself.
std::string error_of(const Scratch& folder) {
    try {
        (void)read_data_set(folder.path());
    } catch (const core::Error& error) {
        std::string text = error.what();
        const auto name = folder.path().string();
        for (auto at = text.find(name); at != std::string::npos; at = text.find(name))
            text.replace(at, name.size(), "DIR");
        return text;
    }
    return "";
}

/// A data set of four 2 x 2 images to learn from and two to test, of three classes, in IDX.
struct Idx : Scratch {
    Idx() {
        put("train-images-idx3-ubyte", idx3(4, 2, 2, std::string(16, '\x00')));
        put("train-labels-idx1-ubyte", idx1(std::string("\x00\x01\x02\x01", 4)));
        put("t10k-images-idx3-ubyte", idx3(2, 2, 2, "\x01\x02\x03\x04\x05\x06\x07\x08"));
        put("t10k-labels-idx1-ubyte", idx1(std::string("\x02\x00", 2)));
    }
};

std::string png(int channels, const std::string& bytes) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = image.height = 2;
    image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    std::string file(4096, '\0');
    png_alloc_size_t size = file.size();
    REQUIRE(png_image_write_to_memory(&image, file.data(), &size, 0, bytes.data(), 0, nullptr) != 0);
    file.resize(size);
    return file;
}

}  // namespace

TEST_SUITE("arch_space/torch/data_set") {
    TEST_CASE("IDX files are read as they are, compressed or not") {
        const Idx folder;
        const auto check = [&] {
            const auto data = read_data_set(folder.path());
            CHECK(data.classes == 3);
            CHECK(data.train.size() == 4);
            CHECK(data.train.classes.equal(at::tensor({0, 1, 2, 1}, at::kLong)));
            CHECK(data.test.pixels.sizes() == at::IntArrayRef({2, 1, 2, 2}));
            CHECK(data.test.pixels[1][0][1][0].item<int>() == 7);
        };
        check();
        const auto plain = folder.path() / "t10k-images-idx3-ubyte";
        const auto bytes = core::read_file(plain);
        auto* packed = ::gzopen((plain.string() + ".gz").c_str(), "wb");
        REQUIRE(::gzwrite(packed, bytes.data(), static_cast<unsigned>(bytes.size())) != 0);
        ::gzclose(packed);
        std::filesystem::remove(plain);
        check();
        const auto half = core::read_file(plain.string() + ".gz");
        core::write_file(plain.string() + ".gz", half.substr(0, half.size() - 6));
        CHECK(error_of(folder) == "DIR/t10k-images-idx3-ubyte.gz: damaged or truncated: found no whole gzip stream");
    }
    TEST_CASE("the channels' mean and deviation are those of the training images") {
        const Idx folder;  // one of black and white alike: mean 1/2, deviation 1/2
        folder.put("train-images-idx3-ubyte", idx3(4, 2, 2, std::string(8, '\xff') + std::string(8, '\0')));
        const auto data = read_data_set(folder.path());
        CHECK(data.mean.at(0) == 0.5F);
        CHECK(data.deviation.at(0) == 0.5F);
    }
    TEST_CASE("an IDX file with another magic number is named") {
        const Idx folder;
        folder.put("train-images-idx3-ubyte", idx1("\x01"));
        CHECK(error_of(folder) == "DIR/train-images-idx3-ubyte: truncated: found 9 bytes, expected a header of 16");
        folder.put("train-images-idx3-ubyte", idx1(std::string(20, '\0')));
        CHECK(error_of(folder) ==
              "DIR/train-images-idx3-ubyte: magic number: found 0x00000801, expected 0x00000803 (images)");
        folder.put("train-labels-idx1-ubyte", "GIF89a, not labels");
        folder.put("train-images-idx3-ubyte", idx3(4, 2, 2, std::string(16, '\0')));
        CHECK(error_of(folder) ==
              "DIR/train-labels-idx1-ubyte: magic number: found 0x47494638, expected 0x00000801 (labels)");
    }
    TEST_CASE("an IDX file that ends too soon, goes on too long or claims too much is named") {
        const Idx folder;
        folder.put("train-images-idx3-ubyte", idx3(4, 2, 2, std::string(15, '\0')));
        CHECK(error_of(folder) ==
              "DIR/train-images-idx3-ubyte: truncated: found 15 bytes after the header, expected 16");
        folder.put("train-images-idx3-ubyte", idx3(4, 2, 2, std::string(17, '\0')));
        CHECK(error_of(folder) ==
              "DIR/train-images-idx3-ubyte: found more than the expected 16 bytes after the header");
        folder.put("train-images-idx3-ubyte", idx3(0x10000, 0x10000, 2, ""));  // 2^33 bytes
        CHECK(error_of(folder) ==
              "DIR/train-images-idx3-ubyte: sizes: found 65536 x 65536 x 2, expected 1 to "
              "4294967296 bytes");
        folder.put("train-images-idx3-ubyte", idx3(0, 2, 2, ""));
        CHECK(error_of(folder) ==
              "DIR/train-images-idx3-ubyte: sizes: found 0 x 2 x 2, expected 1 to 4294967296 bytes");
    }
    TEST_CASE("labels out of range, and as many as there are no images, are named") {
        const Idx folder;
        folder.put("t10k-labels-idx1-ubyte", idx1(std::string("\x02\x03", 2)));
        CHECK(error_of(folder) ==
              "DIR/t10k-labels-idx1-ubyte: label 1: found 3, expected below 3 (classes of the training images)");
        folder.put("t10k-labels-idx1-ubyte", idx1(std::string("\x02", 1)));
        CHECK(error_of(folder) == "DIR/t10k-labels-idx1-ubyte: found 1 labels, expected 2, one an image");
        folder.put("t10k-images-idx3-ubyte", idx3(1, 1, 2, "ab"));
        CHECK(error_of(folder) == "DIR: the test images are 1 x 1 x 2, expected 1 x 2 x 2 as those to learn from");
    }
    TEST_CASE("a file or folder that is not there is named") {
        const Idx folder;
        std::filesystem::remove(folder.path() / "t10k-labels-idx1-ubyte");
        CHECK(error_of(folder) == "DIR/t10k-labels-idx1-ubyte.gz: cannot be read");
        const Scratch empty;
        CHECK(error_of(empty) ==
              "DIR: no data set, expected train-images-idx3-ubyte (IDX), data_batch_1.bin or "
              "train.bin (CIFAR), or train/CLASS/*.png");
        std::filesystem::remove(empty.path());
        CHECK(error_of(empty) == "DIR: no such folder, expected that of a data set");
    }

    TEST_CASE("CIFAR's records are a label, or two of which the second counts, and three planes") {
        const Scratch folder;
        const auto record = [](const std::string& labels, char red) {
            return labels + std::string(1024, red) + std::string(2048, '\0');
        };
        folder.put("data_batch_1.bin", record("\x09", '\x7f') + record("\x01", '\x01'));
        folder.put("data_batch_2.bin", record("\x02", '\x02'));
        folder.put("test_batch.bin", record("\x03", '\x03'));
        const auto ten = read_data_set(folder.path());
        CHECK(ten.classes == 10);
        CHECK(ten.train.classes.equal(at::tensor({9, 1, 2}, at::kLong)));
        CHECK(ten.train.pixels[0].sum().item<int>() == 1024 * 127);
        CHECK(ten.train.pixels[0][0].sum().item<int>() == 1024 * 127);
        folder.put("train.bin", record(std::string("\x13\x63", 2), '\x01'));
        folder.put("test.bin", record(std::string("\x00\x05", 2), '\x01'));
        const auto hundred = read_data_set(folder.path());
        CHECK(hundred.classes == 100);
        CHECK(hundred.train.classes[0].item<int>() == 0x63);
    }
    TEST_CASE("a CIFAR file of broken records or labels out of range is named") {
        const Scratch folder;
        folder.put("data_batch_1.bin", std::string(3072, '\0'));
        CHECK(error_of(folder) ==
              "DIR/data_batch_1.bin: truncated: found 3072 bytes, expected a multiple of 3073 (CIFAR-10 records)");
        folder.put("data_batch_1.bin", std::string(3073, '\x0a'));
        CHECK(error_of(folder) == "DIR/data_batch_1.bin: label 0: found 10, expected below 10 (classes of CIFAR-10)");
    }

    TEST_CASE("a folder a class holds PNG, PGM and PPM images") {
        const Scratch grey, colour;
        grey.put("train/cat/1.png", png(1, "abcd"));
        grey.put("train/dog/1.pgm", "P5\n# a comment\n2 2\n255\nefgh");
        grey.put("test/dog/1.pgm", "P5 2 2 255 ijkl");
        const auto data = read_data_set(grey.path());
        CHECK(data.classes == 2);
        CHECK(data.train.classes.equal(at::tensor({0, 1}, at::kLong)));
        CHECK(data.test.classes.equal(at::tensor({1}, at::kLong)));
        CHECK(data.train.pixels[0][0][1][0].item<int>() == 'c');
        CHECK(data.train.pixels[1][0][0][1].item<int>() == 'f');
        colour.put("train/a/1.png", png(3, "rgbRGBxyzXYZ"));
        colour.put("test/a/1.ppm", "P6 2 2 255 rgbRGBxyzXYZ");
        const auto both = read_data_set(colour.path());
        CHECK(both.train.pixels.equal(both.test.pixels));
        CHECK(both.train.pixels[0][1][0][1].item<int>() == 'G');
    }
    TEST_CASE("an image that is none, is cut or has another size is named") {
        const Scratch folder;
        folder.put("train/a/1.png", png(1, "abcd"));
        folder.put("test/a/1.png", png(1, "abcd"));
        folder.put("train/a/2.png", "JFIF");
        CHECK(error_of(folder) ==
              "DIR/train/a/2.png: found no magic number of an image, expected PNG, P5 (PGM) or P6 (PPM)");
        folder.put("train/a/2.png", "P5 2 3 255 abcdef");
        CHECK(error_of(folder) ==
              "DIR/train/a/2.png: found 1 x 3 x 2 (channels x height x width), expected 1 x 2 x 2 "
              "as of DIR/train/a/1.png");
        folder.put("train/a/2.png", "P5 2 2 255 abc");
        CHECK(error_of(folder) == "DIR/train/a/2.png: truncated: found 3 bytes of pixels, expected 4");
        folder.put("train/a/2.png", "P5 2 2 7 abcd");
        CHECK(error_of(folder) == "DIR/train/a/2.png: found a largest value of 7, expected 255");
        folder.put("train/a/2.png", "P5 2 99999 255 a");
        CHECK(error_of(folder) == "DIR/train/a/2.png: found 99999 x 2 pixels, expected 1 to 16384 on a side");
        folder.put("train/a/2.png", std::string("P5\0 2 2 255 abcd", 16));
        CHECK(error_of(folder) == "DIR/train/a/2.png: byte 2: expected a number of the header");
        folder.put("train/a/2.png", "P5 2");
        CHECK(error_of(folder) == "DIR/train/a/2.png: byte 4: expected a number of the header");
        const auto whole = png(1, "abcd");  // ends with 12 bytes IEND and 4 of a checksum
        folder.put("train/a/2.png", whole.substr(0, whole.size() - 20));
        CHECK(error_of(folder) == "DIR/train/a/2.png: damaged or truncated PNG image: read beyond end of data");
        folder.put("train/a/2.png", std::string("\x89PNG\r\n\x1a\n", 8));
        CHECK(error_of(folder).starts_with("DIR/train/a/2.png: no PNG image: "));
        std::filesystem::remove(folder.path() / "train/a/2.png");
        folder.put("test/b/1.png", png(1, "abcd"));
        CHECK(error_of(folder) == "DIR/test/b: found a class that train has not, expected one of a");
    }

    TEST_CASE("Fashion-MNIST as Debian ships it has 70,000 images of ten classes") {
        if (!std::filesystem::exists(fashion_mnist)) return;
        const auto data = read_data_set(fashion_mnist);
        CHECK(data.train.pixels.sizes() == at::IntArrayRef({60000, 1, 28, 28}));
        CHECK(data.test.pixels.sizes() == at::IntArrayRef({10000, 1, 28, 28}));
        CHECK(at::bincount(data.test.classes).eq(1000).all().item<bool>());  // Xiao et al. 2017: 1,000 a class
        CHECK(data.mean[0] == doctest::Approx(0.2860).epsilon(1e-3));        // as its users normalise by
        CHECK(data.deviation[0] == doctest::Approx(0.3530).epsilon(1e-3));
    }
}

}  // namespace dyad::arch_space::torch
