// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <map>

#include "arch_space/torch/data/data_set.hpp"
#include "arch_space/torch/training/checkpoint.hpp"

namespace dyad::arch_space::torch {

/// What requests of one session have read from disk: each data set once, a checkpoint again when its file has changed.
class Shelf {
public:
    [[nodiscard]] const DataSet& data(const std::string& folder);
    /// Throws core::Error, too, for a supernet that is not trained to its end.
    [[nodiscard]] const Checkpoint& checkpoint(const std::string& file);

private:
    struct Dated {
        std::filesystem::file_time_type time;
        Checkpoint checkpoint;
    };
    std::map<std::string, DataSet> data_;
    std::map<std::string, Dated> checkpoints_;
};

}  // namespace dyad::arch_space::torch
