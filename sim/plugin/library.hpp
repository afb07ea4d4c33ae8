// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "sim/plugin/dyad_plugin.hpp"

namespace dyad::sim {

/// A shared library with a unit's module. Must outlive the session in which its modules live.
class PluginLibrary {
public:
    /// Throws core::Error naming unit and library: it cannot be loaded, has no entry point, or was built for another
    /// interface or SystemC.
    PluginLibrary(const std::string& unit, const std::string& file);
    /// A new module; whatever its constructor throws comes through.
    [[nodiscard]] std::unique_ptr<plugin::Unit> create(const char* name, double clock_hz) const;

private:
    std::shared_ptr<void> handle_;
    const plugin::Entry* entry_ = nullptr;
};

}  // namespace dyad::sim
