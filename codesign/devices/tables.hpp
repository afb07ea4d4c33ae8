// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "models/device/profile.hpp"

namespace dyad::codesign {

/// Kernels of networks that profiles name: members of a space as a benchmark's table writes them, or shipped networks.
/// Remembers what it has read.
class NetworkTables {
public:
    /// `eager`: the framework fuses nothing and runs branches that no output needs.
    explicit NetworkTables(bool eager);
    ~NetworkTables();
    /// Whether the table has a network a row and a device a column (arch_str, op_idx_list, or depths, ks and e).
    [[nodiscard]] static bool knows(const models::CsvTable& table);
    /// Kernels of one row. Throws core::Error when it names no member of the space.
    [[nodiscard]] models::WorkList works(const models::CsvTable& table, std::size_t row, std::uint64_t batch);
    /// Kernels of a shipped network, or of a file, which is looked for next to the `table` that names it first.
    [[nodiscard]] models::WorkList named(const std::string& network, std::uint64_t batch, const std::string& table);

private:
    struct Space;
    Space& space(const std::string& name);
    models::WorkList cells(const std::string& text, std::uint64_t batch);
    bool eager_;
    std::map<std::string, std::unique_ptr<Space>> spaces_;
    std::map<std::pair<std::string, std::uint64_t>, models::WorkList> parts_;
};

/// The rows of several tables that are of one device, with `unnamed` those too that do not say of which they are.
/// Throws core::Error with all errors of all tables.
[[nodiscard]] std::vector<models::Sample> samples_of(const models::Device& device,
                                                     const std::vector<std::string>& files, bool unnamed = true);

/// What the tables call the devices that they measured: names in the column `device`, or the columns of a table with a
/// network a row.
[[nodiscard]] std::string devices_in(const std::vector<std::string>& files);

/// Single kernels of other devices of its kind in the tables, with their platforms.
[[nodiscard]] std::vector<models::Sample> samples_of_others(const models::Device& device,
                                                            const std::vector<std::string>& files);

/// The devices of those names, by commas ("all": all that ship) that are calibrated to networks, the device itself left
/// out. Throws core::Error.
[[nodiscard]] std::vector<std::shared_ptr<const models::Device>> known_devices(const models::Device& device,
                                                                               const std::string& names);

/// Works of every row of a table for a prediction, in order.
[[nodiscard]] std::vector<models::WorkList> rows_to_predict(const models::Device& device,
                                                            const models::CsvTable& table);

/// The device of that name or file, and its siblings that are calibrated.
[[nodiscard]] models::Device find_device(const std::string& name);
[[nodiscard]] std::vector<models::Device> siblings_of(const models::Device& device);

}  // namespace dyad::codesign
