// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace dyad::codesign {

/// The folder of one run, held by one process at a time.
class RunDirectory {
public:
    /// Makes it where it is missing. Throws core::Error when it cannot be made or written, when another process writes
    /// to it, when something else is in it, and when a run is in it that `resume` does not ask for.
    RunDirectory(std::filesystem::path path, bool resume);
    ~RunDirectory();
    RunDirectory(const RunDirectory&) = delete;
    RunDirectory& operator=(const RunDirectory&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path database() const { return path_ / "run.sqlite"; }

private:
    void hold();

    std::filesystem::path path_;
    int lock_ = -1;
};

}  // namespace dyad::codesign
