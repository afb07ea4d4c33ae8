// SPDX-License-Identifier: Apache-2.0
#include "models/chain/builder.hpp"

#include <algorithm>
#include <cmath>

#include "models/compression.hpp"
#include "models/schedule/residence.hpp"

namespace dyad::models::chain {
namespace {

using core::Bytes;

constexpr auto w = static_cast<std::size_t>(Operand::weights), i = static_cast<std::size_t>(Operand::inputs),
               o = static_cast<std::size_t>(Operand::outputs);

template <class Axis>
Cuts cut_axis(const std::vector<Member>& members, Axis axis, std::uint64_t tile, bool cached) {
    std::vector<AxisShape> shapes;
    for (const auto& member : members) shapes.push_back(member.*axis);
    return cut(shapes, tile, cached);
}

std::uint64_t launch_of(const KernelPlan& plan) { return plan.compute.count() - totals(plan.tiles).compute_cycles; }

/// part / of of a count.
std::uint64_t share(std::uint64_t whole, std::uint64_t part, std::uint64_t of) {
    __extension__ using Wide = unsigned __int128;
    return of == 0 ? 0 : static_cast<std::uint64_t>(Wide{whole} * part / of);
}

/// Keeps `bytes` of what tiles load of one operand, the last ones taking what rounding leaves.
void load_only(std::vector<TileRun>& runs, std::size_t operand, std::uint64_t bytes, std::uint64_t planned) {
    auto left = bytes;
    for (auto& run : runs) {
        run.tile.load_bytes[operand] = share(run.tile.load_bytes[operand], bytes, planned);
        left -= run.count * run.tile.load_bytes[operand];
    }
    if (left == 0) return;
    auto last = runs.back();
    if (--runs.back().count == 0) runs.pop_back();
    last.count = 1;
    last.tile.load_bytes[operand] += left;
    runs.push_back(last);
}

void append(TileProgram& tiles, std::vector<TileRun> runs) {
    if (runs.empty()) return;
    if (!tiles.empty() && tiles.back().runs == runs)
        ++tiles.back().repeat;
    else
        tiles.push_back({1, std::move(runs)});
}

/// Loaded bytes as a buffer keeps them.
Bytes filled(Bytes loaded, double ratio) {
    return ratio == 1 ? loaded
                      : Bytes(static_cast<std::uint64_t>(std::llround(static_cast<double>(loaded.count()) * ratio)));
}

class Builder {
public:
    Builder(const std::vector<Member>& members, const Shape& shape, Slices& slices)
        : members_(members),
          shape_(shape),
          slices_(slices),
          chip_(slices.chip()),
          rows_(cut_axis(members, &Member::rows, shape.rows, shape.cached)),
          cols_(cut_axis(members, &Member::cols, shape.cols, false)),
          tiles_(rows_.size() * cols_.size() * members.front().images),
          loads_(members.size()) {}

    std::shared_ptr<const KernelPlan> run() {
        if (!map_slices()) return nullptr;
        lay_out();
        for (const auto& lane : chain_->lanes)
            plan_->tiles.insert(plan_->tiles.end(), lane.tiles.begin(), lane.tiles.end());
        add_up();
        if (!set_space()) return nullptr;
        plan_->chain = std::move(chain_);
        return std::move(plan_);
    }

private:
    /// What member `m` computes for tile `t` of the chain.
    [[nodiscard]] const Slice& slice(std::size_t m, std::uint64_t t) const {
        return *of_tile_[m][t % (rows_.size() * cols_.size())];
    }

    bool map_slices() {
        for (std::size_t m = 0; m < members_.size(); ++m) {
            of_tile_.emplace_back();
            for (const auto& rows : rows_)
                for (const auto& cols : cols_) {
                    const auto r = rows[m].length(), c = cols[m].length();
                    const auto& slice = slices_.get(members_[m], r, c);
                    if (r * c > 0 && !slice.plan) return false;
                    of_tile_[m].push_back(&slice);
                    macs_ += slice.plan && members_[m].kernel->nest ? macs_of(m, r * c) : 0;
                }
        }
        return true;
    }

    [[nodiscard]] std::uint64_t macs_of(std::size_t m, std::uint64_t outputs) const {
        const auto& member = members_[m];
        return member.kernel->macs() / member.outputs_per_channel() * outputs * member.images;
    }

    /// Goes through the tiles, all engines side by side.
    void lay_out() {
        for (const auto& member : members_)
            if (std::ranges::find(chain_->lanes, member.engine, &Lane::engine) == chain_->lanes.end())
                chain_->lanes.push_back({member.engine, {}, {}});
        const auto lag = lags(members_);
        std::vector<std::size_t> turned(chain_->lanes.size(), members_.size());  // the member that a lane ran last
        for (std::uint64_t at = 0; at < tiles_ + lag.back(); ++at) {
            for (std::size_t l = 0; l < chain_->lanes.size(); ++l) {
                auto& lane = chain_->lanes[l];
                std::vector<TileRun> runs;
                for (std::size_t m = 0; m < members_.size(); ++m)
                    if (members_[m].engine == lane.engine && at >= lag[m] && at - lag[m] < tiles_)
                        add_tile(runs, lane, turned[l], m, at - lag[m]);
                append(lane.tiles, std::move(runs));
            }
        }
    }

    void add_tile(std::vector<TileRun>& runs, Lane& lane, std::size_t& turned, std::size_t m, std::uint64_t t) {
        auto own = tile_runs(m, t);
        const auto& plan = slice(m, t).plan;
        if (plan && turned == members_.size()) lane.launch = core::Cycles(launch_of(*plan));
        if (plan && turned != m && turned != members_.size()) turn_to(own, launch_of(*plan));
        if (plan) turned = m;
        runs.insert(runs.end(), own.begin(), own.end());
    }

    /// An engine pays its launch each time it turns to another kernel.
    static void turn_to(std::vector<TileRun>& runs, std::uint64_t launch) {
        if (launch == 0) return;
        if (runs.front().count > 1) {
            runs.insert(runs.begin(), runs.front());
            --runs[1].count;
            runs[0].count = 1;
            runs[0].closes = runs[1].opens = false;
        }
        runs.front().tile.compute_cycles += launch;
    }

    /// The slice's tiles with only what crosses DRAM when everything between the members stays.
    std::vector<TileRun> tile_runs(std::size_t m, std::uint64_t t) {
        const auto& part = slice(m, t);
        auto runs = part.plan ? part.runs : std::vector<TileRun>{{}};
        const auto& planned = part.totals.load_bytes;
        const auto weights = t == 0 || !weight_buffer(chip_) ? planned[w] : 0;
        const auto inputs = m == 0 ? input_bytes(t, planned[i]) : 0;
        if (weights < planned[w]) load_only(runs, w, weights, planned[w]);
        if (inputs < planned[i]) load_only(runs, i, inputs, planned[i]);
        loads_[m][w] += weights;
        loads_[m][i] += inputs;
        for (auto& run : runs) {
            run.member = m;
            run.opens = run.closes = false;
            if (m + 1 < members_.size()) run.tile.store_bytes = 0;
        }
        runs.front().opens = runs.back().closes = true;
        return runs;
    }

    /// Of the first member's inputs, those that are not there yet.
    [[nodiscard]] std::uint64_t input_bytes(std::uint64_t t, std::uint64_t planned) const {
        const auto row = t % (rows_.size() * cols_.size()) / cols_.size();
        if (!shape_.cached || row == 0) return planned;
        const auto& first = members_.front().rows;
        const auto now = inputs_of(first, rows_[row][0]), before = inputs_of(first, rows_[row - 1][0]);
        const auto fresh = now.end - std::min(now.end, std::max(now.begin, before.end));
        return now.length() == 0 ? 0 : share(planned, fresh, now.length());
    }

    /// Energy and traffic of all slices, less what stays on chip.
    void add_up() {
        const auto images = members_.front().images;
        for (std::size_t m = 0; m < members_.size(); ++m)
            for (const auto* part : of_tile_[m])
                if (part->plan) add(*part, images);
        for (std::size_t m = 0; m < members_.size(); ++m) spare(m);
        plan_->energy.dram = {};
        for (auto& row : plan_->traffic) {
            if (row.level != chip_.dram.name) continue;
            const auto moved = totals(plan_->tiles);
            row.read = Bytes(moved.load_bytes[static_cast<std::size_t>(row.operand)]);
            row.write = Bytes(row.operand == Operand::outputs ? moved.store_bytes : 0);
            plan_->energy.dram +=
                slices_.energy().dram_read_byte * row.read + slices_.energy().dram_write_byte * row.write;
        }
        for (const auto& lane : chain_->lanes)
            plan_->compute = std::max(plan_->compute, lane.launch + core::Cycles(totals(lane.tiles).compute_cycles));
        plan_->cycles = plan_->compute;
        std::uint64_t own = 0;
        for (const auto& member : members_) own += member.kernel->macs();
        chain_->recomputed_macs = macs_ - std::min(macs_, own);
        chain_->room = rooms(members_);
        chain_->tiles = tiles_;
        chain_->rows = shape_.rows;
        chain_->cols = shape_.cols;
        chain_->cached = shape_.cached;
    }

    void add(const Slice& part, std::uint64_t images) {
        const auto& plan = *part.plan;
        const auto n = static_cast<double>(images);
        auto& sum = plan_->energy;
        sum.mac += n * plan.energy.mac;
        sum.reg += n * plan.energy.reg;
        sum.buffer += n * plan.energy.buffer;
        sum.network += n * plan.energy.network;
        plan_->used_macs_per_cycle = std::max(plan_->used_macs_per_cycle, plan.used_macs_per_cycle);
        for (const auto& row : plan.traffic) {
            auto& to = traffic(row.level, row.operand);
            to.read += images * row.read;
            to.write += images * row.write;
        }
    }

    Traffic& traffic(const std::string& level, Operand operand) {
        for (auto& row : plan_->traffic)
            if (row.level == level && row.operand == operand) return row;
        return plan_->traffic.emplace_back(Traffic{level, operand, {}, {}});
    }

    /// Takes back the fills of what member `m` finds in the buffer.
    void spare(std::size_t m) {
        std::array<std::uint64_t, 3> planned{};
        for (const auto* part : of_tile_[m])
            for (const auto operand : {w, i}) planned[operand] += members_[m].images * part->totals.load_bytes[operand];
        const std::array buffers{weight_buffer(chip_), residence(chip_)};
        const auto at_dram = stored_fractions(chip_.dram.compression, *members_[m].kernel);
        for (const auto operand : {w, i}) {
            const auto& buffer = buffers[operand];
            const Bytes spared(planned[operand] - std::min(planned[operand], loads_[m][operand]));
            if (!buffer || spared == Bytes()) continue;
            auto& row = traffic(chip_.buffers[*buffer].name, operands[operand]);
            const auto here = stored_fractions(chip_.buffers[*buffer].compression, *members_[m].kernel);
            const auto writes = std::min(row.write, filled(spared, here[operand] / at_dram[operand]));
            row.write -= writes;
            plan_->energy.buffer -= slices_.energy().buffers[*buffer].write_byte * writes;
        }
    }

    /// Space by buffer; false when members that run side by side do not fit into one that is not the residence.
    bool set_space() {
        const auto home = *residence(chip_);
        const auto at_home = space(members_, shape_, chip_);
        plan_->space.resize(chip_.buffers.size());
        for (std::size_t b = 0; b < chip_.buffers.size(); ++b) {
            auto& own = plan_->space[b];
            own = b == home ? at_home.operands : beside_home(b);
            const auto sum = own[w] + own[i] + own[o];
            if (b != home && sum > chip_.buffers[b].size) return false;
            plan_->working_set += sum;
        }
        chain_->held = at_home.held + gathering(home);
        plan_->working_set += chain_->held;
        return true;
    }

    [[nodiscard]] std::array<Bytes, 3> beside_home(std::size_t b) const {
        std::array<Bytes, 3> sum{};
        for (const auto& lane : chain_->lanes) {
            std::array<Bytes, 3> most{};
            for (std::size_t m = 0; m < members_.size(); ++m)
                for (const auto* part : of_tile_[m])
                    for (const auto operand : {w, i, o})
                        if (part->plan && members_[m].engine == lane.engine)
                            most[operand] = std::max(most[operand], part->plan->space[b][operand]);
            for (const auto operand : {w, i, o}) sum[operand] += most[operand];
        }
        if (weight_buffer(chip_) != b) return sum;
        sum[w] = {};
        for (const auto& member : members_) sum[w] += member.kernel->weight_bytes;
        return sum;
    }

    /// Partial sums gather beside what stays in the residence buffer afterwards: a tile at a time on each engine.
    [[nodiscard]] Bytes gathering(std::size_t home) const {
        Bytes sum;
        for (const auto& lane : chain_->lanes) {
            Bytes most;
            for (std::size_t m = 0; m < members_.size(); ++m)
                for (const auto* part : of_tile_[m])
                    if (part->plan && members_[m].engine == lane.engine && part->totals.buffer_read_bytes[o] > 0)
                        most = std::max(most, part->plan->space[home][o]);
            sum += Bytes(core::ceil_div(most.count(), chip_.buffers[home].double_buffered ? 2 : 1));
        }
        return sum;
    }

    const std::vector<Member>& members_;
    const Shape shape_;
    Slices& slices_;
    const hw_space::Accelerator& chip_;
    const Cuts rows_, cols_;
    const std::uint64_t tiles_;
    std::vector<std::vector<const Slice*>> of_tile_;   ///< by member and tile of one image
    std::vector<std::array<std::uint64_t, 3>> loads_;  ///< bytes from DRAM, by member and operand
    std::uint64_t macs_ = 0;
    std::shared_ptr<KernelPlan> plan_ = std::make_shared<KernelPlan>();
    std::shared_ptr<Chain> chain_ = std::make_shared<Chain>();
};

}  // namespace

std::vector<std::uint64_t> lags(const std::vector<Member>& members) {
    std::vector<std::uint64_t> lag(members.size());
    for (std::size_t m = 1; m < members.size(); ++m) {
        lag[m] = lag[m - 1];
        if (members[m].engine == members[m - 1].engine) continue;
        for (std::size_t earlier = 0; earlier < m; ++earlier)
            if (members[earlier].engine == members[m].engine) lag[m] = std::max(lag[m], lag[earlier] + 1);
    }
    return lag;
}

std::vector<std::uint64_t> rooms(const std::vector<Member>& members) {
    const auto lag = lags(members);
    std::vector<std::uint64_t> room(members.size());
    for (std::size_t m = 0; m + 1 < members.size(); ++m) {
        const std::uint64_t beside = members[m].engine == members[m + 1].engine ? 1 : 2;
        room[m] = std::max(lag[m + 1] - lag[m] + 1, beside);
    }
    return room;
}

std::shared_ptr<const KernelPlan> build(const std::vector<Member>& members, const Shape& shape, Slices& slices) {
    return Builder(members, shape, slices).run();
}

}  // namespace dyad::models::chain
