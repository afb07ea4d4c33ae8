// SPDX-License-Identifier: Apache-2.0
// What a library of an older interface shows: its first word is the version, the rest means nothing to us.
#include <cstdint>

extern "C" const std::uint32_t dyad_plugin_entry[8];
const std::uint32_t dyad_plugin_entry[8] = {0};
