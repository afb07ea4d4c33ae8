// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/shelf.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

namespace dyad::arch_space::torch {

const DataSet& Shelf::data(const std::string& folder) {
    if (const auto found = data_.find(folder); found != data_.end()) return found->second;
    return data_.emplace(folder, read_data_set(folder)).first->second;
}

const Checkpoint& Shelf::checkpoint(const std::string& file) {
    std::error_code missing;
    const auto time = std::filesystem::last_write_time(file, missing);
    if (const auto found = checkpoints_.find(file); found != checkpoints_.end() && found->second.time == time)
        return found->second.checkpoint;
    auto checkpoint = read_checkpoint(file);
    if (checkpoint.step != checkpoint.steps)
        throw core::Error(
            fmt::format("{}: trained for {} of {} steps: resume it first", file, checkpoint.step, checkpoint.steps));
    return checkpoints_.insert_or_assign(file, Dated{time, std::move(checkpoint)}).first->second.checkpoint;
}

}  // namespace dyad::arch_space::torch
