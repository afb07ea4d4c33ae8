// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dyad::core {

/// The configuration folders in the order they are looked through: $DYAD_CONFIGS, ./configs, the source tree's configs
/// when running from a build, the installed share folder.
[[nodiscard]] std::vector<std::filesystem::path> config_folders();

/// Finds a file by path or by name. Tried in order: `name` as a path from the working directory (only when `beside` is
/// empty), next to the file `beside` that mentions it, then in every config folder as `name`, `name.yaml`, `kind/name`,
/// `kind/name.yaml` (kind: "networks", "accelerators", ...). Throws Error that names the nearest known name.
[[nodiscard]] std::filesystem::path find_config(const std::string& name, const std::string& kind,
                                                const std::filesystem::path& beside = {});

/// Names (stems) of the files of one kind, sorted.
[[nodiscard]] std::vector<std::string> list_configs(const std::string& kind);

/// Whole file as bytes; Error when it cannot be read or is larger than `limit`.
[[nodiscard]] std::string read_file(const std::filesystem::path& file, std::size_t limit = std::size_t{1} << 30);

/// Writes beside the target and renames, so that nothing is ever half-written. Error (with the reason) when it fails.
void write_file(const std::filesystem::path& file, std::string_view bytes);

}  // namespace dyad::core
