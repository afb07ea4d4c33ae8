// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/energy.hpp"
#include "models/report.hpp"
#include "models/schedule.hpp"

namespace dyad::models {

/// Where the energy of a played schedule goes, by kind of event: so much to reads of a buffer, to multiply-accumulates
/// of one width, to leakage. With it other constants can be tried without mapping or playing again.
class EnergyEvents {
public:
    /// `report` is what playing `schedule` gave.
    EnergyEvents(const Schedule& schedule, const Report& report);

    /// The energy of the same mapping, traffic and times on `chip`, which is the schedule's but for constants of energy
    /// and area.
    [[nodiscard]] core::Joules on(const hw_space::Accelerator& chip) const;

private:
    enum class Kind : std::uint8_t {
        mac,        ///< of an engine, by the widths of its operands
        operation,  ///< elementary, of an engine, which and how wide
        custom,     ///< of a custom unit: its own operation, or a cycle of all its parts
        storage,    ///< an access in the elements of an engine, by operand
        buffer_read,
        buffer_write,
        dram_read,
        dram_write,
        activate,
        background,
        leakage,
        wire,
        core
    };
    struct Event {
        Kind kind;
        std::size_t place = 0;  ///< of the engine or buffer
        unsigned first = 0, second = 0;
        friend auto operator<=>(const Event&, const Event&) = default;
    };
    struct Share {
        Event event;
        double joules, price;
    };

    static double price(const Event& event, const hw_space::Accelerator& chip, const EnergyTable& table);
    void spend(const Event& event, double joules);
    void add_arithmetic(const Schedule& schedule, const Step& step, double joules);
    void add_storage(const Step& step, double joules);
    void add_network(const Schedule& schedule, const Step& step, double joules);
    void add_buffers(const KernelReport& kernel, const hw_space::Accelerator& chip);
    void add_dram(const Report& report, const hw_space::Accelerator& chip);

    EnergyTable table_;
    std::vector<Share> shares_;
};

}  // namespace dyad::models
