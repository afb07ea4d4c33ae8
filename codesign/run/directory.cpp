// SPDX-License-Identifier: Apache-2.0
#include "codesign/run/directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/error.hpp"

namespace dyad::codesign {
namespace fs = std::filesystem;

RunDirectory::RunDirectory(fs::path path, bool resume) : path_(std::move(path)) {
    std::error_code error;
    fs::create_directories(path_, error);
    if (error || !fs::is_directory(path_))
        throw core::Error(fmt::format("{}: cannot make the directory: {}", path_.string(),
                                      error ? error.message() : "something else has that name"));
    if (::access(path_.c_str(), W_OK) != 0)
        throw core::Error(fmt::format("{}: cannot write there: {}", path_.string(), std::strerror(errno)));
    const bool empty = fs::is_empty(path_, error);
    const bool has_run = fs::exists(database(), error);
    if (!empty && !has_run) throw core::Error(fmt::format("{}: is not empty and holds no run", path_.string()));
    if (has_run && !resume)
        throw core::Error(fmt::format("{}: holds a run already; go on with it by --resume, or choose another directory",
                                      path_.string()));
    hold();
}

RunDirectory::~RunDirectory() {
    if (lock_ >= 0) ::close(lock_);
}

void RunDirectory::hold() {
    // The lock goes with the process, whatever ends it.
    lock_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock_ < 0 || ::flock(lock_, LOCK_EX | LOCK_NB) == 0) return;
    ::close(lock_);
    lock_ = -1;
    throw core::Error(fmt::format("{}: another process writes to this run", path_.string()));
}

}  // namespace dyad::codesign
