// SPDX-License-Identifier: Apache-2.0
#include "sim/plugin/library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include "core/error.hpp"

namespace dyad::sim {

PluginLibrary::PluginLibrary(const std::string& unit, const std::string& file) {
    const auto refuse = [&](const std::string& why) {
        throw core::Error(fmt::format("unit '{}': library {}: {}", unit, file, why));
    };
    const auto last_error = [] {
        const auto* text = ::dlerror();
        return std::string(text ? text : "unknown reason");
    };
    auto* const loaded = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (loaded == nullptr) refuse(last_error());
    handle_ = {loaded, [](void* handle) { ::dlclose(handle); }};
    entry_ = static_cast<const plugin::Entry*>(::dlsym(loaded, "dyad_plugin_entry"));
    if (entry_ == nullptr) refuse("has no dyad_plugin_entry; expected DYAD_PLUGIN(Module) in its source");
    if (entry_->version != plugin::interface_version)
        refuse(fmt::format("was built for version {} of the plug-in interface, expected {}", entry_->version,
                           plugin::interface_version));
    if (entry_->systemc != plugin::systemc_version)
        refuse(fmt::format("was built with SystemC {}, expected {}", entry_->systemc, plugin::systemc_version));
    if (entry_->create == nullptr) refuse("its entry point makes no module");
}

std::unique_ptr<plugin::Unit> PluginLibrary::create(const char* name, double clock_hz) const {
    return std::unique_ptr<plugin::Unit>(entry_->create(name, clock_hz));
}

}  // namespace dyad::sim
