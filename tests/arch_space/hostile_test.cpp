// SPDX-License-Identifier: Apache-2.0
#include "core/random.hpp"
#include "tests/arch_space/network_text.hpp"

namespace dyad::arch_space {
namespace {

/// Reads and lowers; true unless something other than core::Error comes out. (A crash or hang ends the test.)
bool survives(const std::string& text) {
    try {
        (void)lower(parse(text), {.batch = 2});
    } catch (const core::Error&) {
        return true;
    } catch (const std::exception& other) {
        MESSAGE(other.what() << " from\n" << text);
        return false;
    }
    return true;
}

std::string config(const std::string& name) {
    return core::read_file(std::string(DYAD_SOURCE_DIR) + "/configs/networks/" + name + ".yaml");
}

const char* const sources[] = {"mobilenet_v3_small", "googlenet",       "unet",
                               "gpt2_decode",        "bert_base",       "pointnet_cls",
                               "pointnet2_ssg_cls",  "dcgan_generator", "efficientnet_b0"};

/// Pieces that change what a file says rather than only breaking its syntax.
const char* const pieces[] = {"0",        "-1",
                              "16777216", "99999999999999999999",
                              "1e9",      ".nan",
                              "[]",       "{}",
                              "null",     "relu",
                              "conv",     "previous",
                              "input",    "[1, 2, 3, 4, 5]",
                              "same",     "$out",
                              "$out * 0", "$out / 0",
                              "true",     "stride",
                              "kernel",   "1",
                              "16777215", "x.999999",
                              "out: 0",   "repeat",
                              "from",     "!choice [1, 2]"};

std::string replaced_word(const std::string& text, core::Stream& random) {
    const auto start = text.find_first_of(" [{:,", random.below(text.size()));
    if (start == std::string::npos) return text;
    const auto end = text.find_first_of(",]}\n", start + 1);
    return text.substr(0, start + 1) + pieces[random.below(std::size(pieces))] +
           (end == std::string::npos ? "" : text.substr(end));
}

}  // namespace

TEST_SUITE("arch_space/hostile") {
    TEST_CASE("a file that ends anywhere is an error or a shorter network") {
        for (const auto* name : sources) {
            const auto text = config(name);
            for (std::size_t length = 0; length < text.size(); length += 13) CHECK(survives(text.substr(0, length)));
        }
    }
    TEST_CASE("files with changed bytes are errors or other networks") {
        for (std::uint64_t i = 0; i < 400; ++i) {
            core::Stream random(1, "changed bytes", i);
            auto text = config(sources[i % std::size(sources)]);
            for (int k = 0; k < 3; ++k) text[random.below(text.size())] = static_cast<char>(random.below(256));
            CHECK(survives(text));
        }
    }
    TEST_CASE("files with changed words are errors or other networks") {
        for (std::uint64_t i = 0; i < 1500; ++i) {
            core::Stream random(1, "changed words", i);
            auto text = config(sources[i % std::size(sources)]);
            for (std::uint64_t k = 0; k <= i % 3; ++k) text = replaced_word(text, random);
            CHECK(survives(text));
        }
    }
    TEST_CASE("files with lines taken out or repeated are errors or other networks") {
        for (std::uint64_t i = 0; i < 400; ++i) {
            core::Stream random(1, "changed lines", i);
            auto text = config(sources[i % std::size(sources)]);
            const auto start = text.find('\n', random.below(text.size()));
            const auto end = start == std::string::npos ? start : text.find('\n', start + 1);
            if (end == std::string::npos) continue;
            const auto line = text.substr(start, end - start);
            text = random.chance(0.5) ? text.substr(0, start) + text.substr(end) : text.insert(end, line);
            CHECK(survives(text));
        }
    }
    TEST_CASE("deep arithmetic is refused") {
        const auto text =
            "network: n\nparameters: {a: 1}\ninput: {x: [8]}\nlayers: [linear: {out: \"\"}, linear: {out: " +
            std::string(10'000, '(') + "$a}]\n";
        CHECK(survives(text));
        CHECK(errors_of(text).find("expected arithmetic on numbers") != std::string::npos);
    }
}

}  // namespace dyad::arch_space
