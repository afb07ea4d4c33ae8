// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/time.hpp"

namespace dyad::sim {

/// The timeline of a run in the Chrome trace format (JSON), for Perfetto or chrome://tracing.
/// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU ("Trace Event Format")
class Trace {
public:
    /// A row of the timeline. Rows are shown in the order of their making. Slices that overlap get rows of their own
    /// below it, as the format wants the slices of a row nested.
    [[nodiscard]] std::size_t track(std::string name);
    void slice(std::size_t track, std::string name, Picoseconds begin, Picoseconds end);
    /// From `time` on the counter `name` has this value.
    void counter(std::string name, Picoseconds time, double value);
    /// Throws core::Error when the file cannot be written.
    void write(const std::filesystem::path& file) const;

private:
    struct Event {
        std::size_t track;  ///< `no_track` for a counter
        std::string name;
        Picoseconds begin, end;
        double value;
    };
    static constexpr std::size_t no_track = static_cast<std::size_t>(-1);
    /// Rows of the timeline: by track, then the first that is free when a slice begins.
    struct Rows {
        std::vector<std::size_t> of_event;
        std::vector<std::string> names;
    };
    [[nodiscard]] Rows rows() const;
    std::vector<std::string> tracks_;
    std::vector<Event> events_;
};

}  // namespace dyad::sim
