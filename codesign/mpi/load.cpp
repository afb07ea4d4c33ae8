// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>

#include "codesign/mpi/messages.hpp"
#include "core/error.hpp"

namespace dyad::codesign {
namespace {

/// Beside the program in a build, in the library folder of an installation.
void* load_module() {
    const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    const auto built = folder / "dyad_mpi.so", installed = folder / DYAD_MPI_INSTALLED;
    const auto file = std::filesystem::exists(built) ? built : installed;
    // MPI's own plug-ins look for its symbols among those of the whole program.
    if (void* module = ::dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL)) return module;
    throw core::Error(fmt::format("mpirun: this dyad has no MPI: {}", ::dlerror()));
}

}  // namespace

std::unique_ptr<Messages> start_mpi() {
    using Start = Messages* (*)();
    const auto start = reinterpret_cast<Start>(::dlsym(load_module(), "dyad_start_mpi"));
    if (start == nullptr) throw core::Error(fmt::format("mpirun: this dyad has no MPI: {}", ::dlerror()));
    return std::unique_ptr<Messages>(start());
}

}  // namespace dyad::codesign
