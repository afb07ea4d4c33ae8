// SPDX-License-Identifier: Apache-2.0
#include "core/files.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/error.hpp"
#include "tests/scratch.hpp"

using namespace dyad::core;
namespace fs = std::filesystem;

namespace {

/// A folder of its own for the test, which becomes the working directory; gone afterwards.
class Workplace {
public:
    Workplace() : before_(fs::current_path()) { fs::current_path(folder_.path()); }
    Workplace(const Workplace&) = delete;
    Workplace& operator=(const Workplace&) = delete;
    ~Workplace() {
        fs::current_path(before_);
        unsetenv("DYAD_CONFIGS");
    }
    static void put(const fs::path& file, const std::string& text = "x") {
        if (file.has_parent_path()) fs::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }

private:
    fs::path before_;
    dyad::test::Scratch folder_;
};

std::size_t files_in(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST_SUITE_BEGIN("core/files");

TEST_CASE("A path from the working directory wins, then the chosen folder, then ./configs") {
    const Workplace place;
    place.put("configs/networks/small.yaml");
    CHECK(find_config("small", "networks") == "configs/networks/small.yaml");
    CHECK(find_config("networks/small.yaml", "networks") == "configs/networks/small.yaml");
    place.put("chosen/networks/small.yaml");
    setenv("DYAD_CONFIGS", "chosen", 1);
    CHECK(find_config("small", "networks") == "chosen/networks/small.yaml");
    place.put("small");
    CHECK(find_config("small", "networks") == "small");
}

TEST_CASE("A name in a file is looked for next to that file first, and not in the working directory") {
    const Workplace place;
    place.put("chip.yaml");
    place.put("configs/accelerators/chip.yaml");
    place.put("mine/run.yaml");
    CHECK(find_config("chip", "accelerators", "mine/run.yaml") == "configs/accelerators/chip.yaml");
    CHECK(find_config("chip.yaml", "accelerators", "mine/run.yaml") == "configs/accelerators/chip.yaml");
    place.put("mine/chip.yaml");
    CHECK(find_config("chip", "accelerators", "mine/run.yaml") == "mine/chip.yaml");
}

TEST_CASE("A name that nothing has is refused with the nearest one") {
    const Workplace place;
    place.put("configs/zoo/zebra_net.yaml");
    place.put("configs/zoo/notes.txt");
    fs::create_directory("a_folder");
    CHECK_THROWS_WITH_AS(
        (void)find_config("zebra_ned", "zoo"),
        "'zebra_ned': no such file, nor is there a configs/zoo/zebra_ned.yaml, did you mean 'zebra_net'?", Error);
    CHECK_THROWS_WITH_AS((void)find_config("a_folder", "zoo"),
                         "'a_folder': no such file, nor is there a configs/zoo/a_folder.yaml", Error);
    CHECK_THROWS_AS((void)find_config("", "zoo"), Error);
    CHECK(list_configs("zoo") == std::vector<std::string>{"zebra_net"});
    CHECK(list_configs("none").empty());
}

TEST_CASE("What was written is read back, bytes and all, and nothing else is left behind") {
    const Workplace place;
    const std::string bytes("a\0b\r\n\xff", 6);
    write_file("out.bin", "older and longer");
    write_file("out.bin", bytes);
    CHECK(read_file("out.bin") == bytes);
    CHECK(files_in(".") == 1);
    write_file("empty", "");
    CHECK(read_file("empty").empty());
}

TEST_CASE("A link is written through") {
    const Workplace place;
    place.put("target", "old");
    fs::create_symlink("target", "link");
    write_file("link", "new");
    CHECK(fs::is_symlink("link"));
    CHECK(read_file("target") == "new");
}

TEST_CASE("What cannot be read is named with the reason") {
    const Workplace place;
    CHECK_THROWS_WITH_AS((void)read_file("none.yaml"), "none.yaml: cannot read: No such file or directory", Error);
    CHECK_THROWS_WITH_AS((void)read_file("."), ".: cannot read: Is a directory", Error);
    place.put("ten", "0123456789");
    CHECK(read_file("ten", 10).size() == 10);
    CHECK_THROWS_WITH_AS((void)read_file("ten", 9), "ten: larger than 9 bytes", Error);
    CHECK_THROWS_WITH_AS((void)read_file("/dev/zero", 1000), "/dev/zero: larger than 1000 bytes", Error);
}

TEST_CASE("What cannot be written is named with the reason, and the old file stays") {
    const Workplace place;
    CHECK_THROWS_WITH_AS(write_file("none/out", "x"), "none/out: cannot write: No such file or directory", Error);
    CHECK_THROWS_WITH_AS(write_file(".", "x"), ".: cannot write: Is a directory", Error);
    CHECK_THROWS_WITH_AS(write_file("/dev/full", "x"), "/dev/full: cannot write: No space left on device", Error);
    CHECK_THROWS_WITH_AS(write_file("/proc/out", "x"), "/proc/out: cannot write: No such file or directory", Error);
    CHECK(fs::is_character_file("/dev/full"));
}

TEST_CASE("A folder without write permission is refused") {
    const Workplace place;
    place.put("shut/out", "old");
    if (geteuid() == 0) return;  // root may write anywhere
    chmod("shut", 0555);
    CHECK_THROWS_WITH_AS(write_file("shut/out", "new"), "shut/out: cannot write: Permission denied", Error);
    chmod("shut", 0755);
    CHECK(read_file("shut/out") == "old");
}

TEST_SUITE_END();
