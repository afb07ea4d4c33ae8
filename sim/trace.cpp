// SPDX-License-Identifier: Apache-2.0
#include "sim/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/files.hpp"

namespace dyad::sim {
namespace {

/// A JSON string; bytes that are not UTF-8 are replaced.
std::string quoted(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Microseconds, the unit of the format, to the picosecond.
std::string microseconds(Picoseconds time) { return fmt::format("{}.{:06}", time / 1'000'000, time % 1'000'000); }

}  // namespace

std::size_t Trace::track(std::string name) {
    tracks_.push_back(std::move(name));
    return tracks_.size() - 1;
}

void Trace::slice(std::size_t track, std::string name, Picoseconds begin, Picoseconds end) {
    events_.push_back({track, std::move(name), begin, end, 0});
}

void Trace::counter(std::string name, Picoseconds time, double value) {
    events_.push_back({no_track, std::move(name), time, time, value});
}

Trace::Rows Trace::rows() const {
    Rows result;
    std::vector<std::size_t> order;
    for (std::size_t e = 0; e < events_.size(); ++e)
        if (events_[e].track != no_track) order.push_back(e);
    std::ranges::stable_sort(order, {}, [this](std::size_t e) { return events_[e].begin; });
    std::vector<std::size_t> lane(events_.size()), first(tracks_.size() + 1);
    std::vector<std::vector<Picoseconds>> busy(tracks_.size(), {0});  // until when, by track and lane
    for (const auto e : order) {
        auto& lanes = busy[events_[e].track];
        const auto free = std::ranges::find_if(lanes, [&](auto until) { return until <= events_[e].begin; });
        lane[e] = static_cast<std::size_t>(free - lanes.begin());
        if (free == lanes.end()) lanes.push_back(0);
        lanes[lane[e]] = events_[e].end;
    }
    for (std::size_t t = 0; t < tracks_.size(); ++t) {
        first[t + 1] = first[t] + busy[t].size();
        for (std::size_t l = 0; l < busy[t].size(); ++l)
            result.names.push_back(l == 0 ? tracks_[t] : fmt::format("{} overlap {}", tracks_[t], l));
    }
    for (const auto e : order) lane[e] += first[events_[e].track];
    result.of_event = std::move(lane);
    return result;
}

void Trace::write(const std::filesystem::path& file) const {
    std::string text = "{\"displayTimeUnit\": \"ns\", \"traceEvents\": [\n";
    auto out = std::back_inserter(text);
    fmt::format_to(out, R"({{"ph": "M", "pid": 1, "name": "process_name", "args": {{"name": "chip"}}}})");
    const auto lines = rows();
    for (std::size_t t = 0; t < lines.names.size(); ++t)
        fmt::format_to(
            out,
            ",\n"
            R"({{"ph": "M", "pid": 1, "tid": {0}, "name": "thread_name", "args": {{"name": {1}}}}})"
            ",\n"
            R"({{"ph": "M", "pid": 1, "tid": {0}, "name": "thread_sort_index", "args": {{"sort_index": {0}}}}})",
            t + 1, quoted(lines.names[t]));
    for (std::size_t i = 0; i < events_.size(); ++i) {
        const auto& e = events_[i];
        if (e.track == no_track)
            fmt::format_to(out,
                           ",\n"
                           R"({{"ph": "C", "pid": 1, "name": {}, "ts": {}, "args": {{"value": {}}}}})",
                           quoted(e.name), microseconds(e.begin), e.value);
        else
            fmt::format_to(out,
                           ",\n"
                           R"({{"ph": "X", "pid": 1, "tid": {}, "name": {}, "ts": {}, "dur": {}}})",
                           lines.of_event[i] + 1, quoted(e.name), microseconds(e.begin), microseconds(e.end - e.begin));
    }
    text += "\n]}\n";
    core::write_file(file, text);
}

}  // namespace dyad::sim
