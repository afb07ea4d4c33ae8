// SPDX-License-Identifier: Apache-2.0
#include "core/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <set>

#include "core/error.hpp"

namespace dyad::core {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail(const fs::path& file, const char* what, int reason) {
    throw Error(fmt::format("{}: {}: {}", file.string(), what, std::strerror(reason)));
}

/// An open file descriptor, closed at the end of its scope.
class Descriptor {
public:
    Descriptor(const fs::path& file, int flags) : id_(::open(file.c_str(), flags | O_CLOEXEC, 0666)) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (id_ >= 0) ::close(id_);
    }
    [[nodiscard]] int id() const { return id_; }

private:
    int id_;
};

void write_all(const Descriptor& out, std::string_view bytes, const fs::path& file) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(out.id(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail(file, "cannot write", errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void write_in_place(const fs::path& file, std::string_view bytes) {
    const Descriptor out(file, O_WRONLY);
    if (out.id() < 0) fail(file, "cannot write", errno);
    write_all(out, bytes, file);
}

void write_and_sync(const fs::path& temporary, std::string_view bytes, const fs::path& file) {
    const Descriptor out(temporary, O_WRONLY | O_CREAT | O_TRUNC);
    if (out.id() < 0) fail(file, "cannot write", errno);
    write_all(out, bytes, file);
    if (::fsync(out.id()) != 0) fail(file, "cannot write", errno);
}

/// The share folder of an installation: PREFIX/bin/dyad has PREFIX/share/dyad/configs.
fs::path installed_configs() {
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    return error ? fs::path() : program.parent_path().parent_path() / "share" / "dyad" / "configs";
}

std::vector<fs::path> candidates(const std::string& name, const std::string& kind, const fs::path& beside) {
    std::vector<fs::path> all;
    const fs::path nearby = beside.empty() ? fs::path(name) : beside.parent_path() / name;
    all.push_back(nearby);
    if (!beside.empty()) all.push_back(nearby.string() + ".yaml");
    for (const fs::path& folder : config_folders())
        for (const fs::path& place : {folder / name, folder / kind / name}) {
            all.push_back(place);
            all.push_back(place.string() + ".yaml");
        }
    return all;
}

/// Anything that can be read, pipes included, but no folder.
bool is_readable_kind(const fs::path& path) {
    std::error_code error;
    const auto status = fs::status(path, error);
    return fs::exists(status) && !fs::is_directory(status);
}

}  // namespace

std::vector<fs::path> config_folders() {
    std::vector<fs::path> folders;
    if (const char* chosen = std::getenv("DYAD_CONFIGS"); chosen != nullptr && *chosen != '\0')
        folders.emplace_back(chosen);
    folders.emplace_back("configs");
    std::error_code error;
    const fs::path installed = installed_configs();
    const fs::path source = DYAD_SOURCE_CONFIGS;
    if (!installed.empty() && fs::is_directory(installed, error))
        folders.push_back(installed);
    else if (fs::is_directory(source, error))
        folders.push_back(source);
    return folders;
}

fs::path find_config(const std::string& name, const std::string& kind, const fs::path& beside) {
    if (!name.empty())
        for (const fs::path& candidate : candidates(name, kind, beside))
            if (is_readable_kind(candidate)) return candidate;
    throw Error(fmt::format("'{}': no such file, nor is there a configs/{}/{}.yaml{}", name, kind, name,
                            did_you_mean(name, list_configs(kind))));
}

std::vector<std::string> list_configs(const std::string& kind) {
    std::set<std::string> names;
    for (const fs::path& folder : config_folders()) {
        std::error_code error;
        for (fs::directory_iterator it(folder / kind, error), end; !error && it != end; it.increment(error))
            if (it->path().extension() == ".yaml") names.insert(it->path().stem().string());
    }
    return {names.begin(), names.end()};
}

std::string read_file(const fs::path& file, std::size_t limit) {
    const Descriptor in(file, O_RDONLY);
    if (in.id() < 0) fail(file, "cannot read", errno);
    std::string bytes;
    std::size_t length = 0;
    while (true) {
        bytes.resize(length + std::min<std::size_t>(std::max<std::size_t>(length, 64 << 10), 16 << 20));
        const ssize_t got = ::read(in.id(), bytes.data() + length, bytes.size() - length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail(file, "cannot read", errno);
        length += static_cast<std::size_t>(got);
        if (length > limit) throw Error(fmt::format("{}: larger than {} bytes", file.string(), limit));
        if (got == 0) break;
    }
    bytes.resize(length);
    return bytes;
}

void write_file(const fs::path& file, std::string_view bytes) {
    std::error_code error;
    fs::path target = fs::canonical(file, error);  // writes through links, as an editor would
    if (error) target = file;
    const auto status = fs::status(target, error);
    if (fs::is_directory(status)) fail(file, "cannot write", EISDIR);
    if (fs::exists(status) && !fs::is_regular_file(status)) return write_in_place(target, bytes);  // a pipe or device

    fs::path temporary = target;
    temporary.replace_filename("." + target.filename().string() + "." + std::to_string(::getpid()) + ".tmp");
    try {
        write_and_sync(temporary, bytes, file);
        if (::rename(temporary.c_str(), target.c_str()) != 0) fail(file, "cannot write", errno);
    } catch (const Error&) {
        ::unlink(temporary.c_str());
        throw;
    }
}

}  // namespace dyad::core
