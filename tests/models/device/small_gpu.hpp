// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "models/device/device.hpp"

namespace dyad::models {

/// A GPU of round numbers: 10 multiprocessors, 1 Top/s, 100 GB/s, 1 MiB of cache.
inline Device small_gpu(const std::string& name = "small_gpu") {
    Device device;
    device.name = name;
    device.platform = {.kind = Platform::Kind::gpu,
                       .units = 10,
                       .peak = core::OpsPerSecond(1e12),
                       .bandwidth = core::BytesPerSecond(1e11),
                       .cache = core::Bytes(1 << 20)};
    return device;
}

}  // namespace dyad::models
