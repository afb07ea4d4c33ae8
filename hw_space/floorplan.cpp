// SPDX-License-Identifier: Apache-2.0
#include "hw_space/floorplan.hpp"

#include <algorithm>

namespace dyad::hw_space {

std::size_t shared_buffers(const Accelerator& chip) {
    return chip.cores.given ? chip.cores.first_buffer : chip.buffers.size();
}

bool has_own_buffers(const Accelerator& chip) { return shared_buffers(chip) < chip.buffers.size(); }

std::size_t network_nodes(const Accelerator& chip) {
    return 1 + shared_buffers(chip) + (chip.cores.given ? chip.cores.count : chip.engines.size());
}

std::size_t mesh_columns(const Accelerator& chip) {
    if (chip.network.columns > 0) return chip.network.columns;
    std::size_t columns = 1;
    while (columns * columns < network_nodes(chip)) ++columns;
    return columns;
}

std::size_t mesh_hops(const Accelerator& chip, std::size_t from, std::size_t to) {
    const auto columns = mesh_columns(chip);
    const auto apart = [](std::size_t a, std::size_t b) { return std::max(a, b) - std::min(a, b); };
    return apart(from % columns, to % columns) + apart(from / columns, to / columns);
}

double mean_hops(const Accelerator& chip) {
    const auto shared = 1 + shared_buffers(chip), nodes = network_nodes(chip);
    if (nodes == shared) return 0;
    std::size_t sum = 0;
    for (std::size_t from = 0; from < shared; ++from)
        for (std::size_t to = shared; to < nodes; ++to) sum += mesh_hops(chip, from, to);
    return static_cast<double>(sum) / static_cast<double>(shared * (nodes - shared));
}

}  // namespace dyad::hw_space
