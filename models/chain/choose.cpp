// SPDX-License-Identifier: Apache-2.0
#include "models/chain/choose.hpp"

#include <algorithm>
#include <optional>
#include <ranges>

#include "models/chain/room.hpp"
#include "models/chain/ways.hpp"
#include "models/schedule/residence.hpp"

namespace dyad::models::chain {
namespace {

constexpr std::size_t most_members = 5;     ///< longer chains gain little more
constexpr std::uint64_t most_heights = 3;   ///< tried per chain: the largest that fits and smaller ones
constexpr std::uint64_t most_tiles = 1024;  ///< of a chain: all are played
constexpr double worth_trying = 0.03;       ///< of what the members take apart

class Chooser {
public:
    Chooser(const Schedule& plain, const Report& played, const MapOptions& options, const EnergyTable& energy,
            MapperMemo& memo)
        : plain_(plain),
          dataflow_(*plain.dataflow),
          chip_(*plain.accelerator),
          played_(played),
          options_(options),
          energy_(energy),
          room_(plain),
          ways_(chip_, options, energy, memo),
          step_of_(dataflow_.nodes().size()) {
        for (std::size_t s = 0; s < plain.steps.size(); ++s) step_of_[plain.steps[s].node] = s;
    }

    std::vector<Choice> run() {
        std::vector<Choice> chosen;
        for (const auto& path : paths())
            for (auto& choice : best_of(path)) chosen.push_back(std::move(choice));
        return chosen;
    }

private:
    struct Found {
        Choice choice;
        double gain = 0;  ///< of the objective, relative to the whole schedule
    };

    [[nodiscard]] const Step& step(std::size_t node) const { return plain_.steps[step_of_[node]]; }

    /// How much of the objective so much time and energy are, of the whole schedule's.
    [[nodiscard]] double weight(core::Seconds time, core::Joules energy) const {
        const auto t = time / played_.latency, e = energy / played_.energy;
        return options_.objective == Objective::latency ? t : options_.objective == Objective::energy ? e : t + e;
    }

    /// Whether one engine runs the node, as its file says: a module of its own plays whole kernels.
    [[nodiscard]] bool on_one_engine(std::size_t node) const {
        const auto& plan = step(node).plan;
        if (!plan || !plan->parts.empty()) return false;
        const auto* unit = std::get_if<hw_space::CustomUnit>(&chip_.engines[engine(node)]);
        return unit == nullptr || unit->plugin.empty();
    }

    /// The node that alone reads what `node` writes, as its main input.
    [[nodiscard]] std::optional<std::size_t> next(std::size_t node) const {
        const auto& writes = dataflow_.nodes()[node].writes;
        if (writes.size() != 1 || !on_one_engine(node)) return std::nullopt;
        const auto& consumers = dataflow_.tensors()[writes[0]].consumers;
        if (consumers.size() != 1 || !on_one_engine(consumers[0])) return std::nullopt;
        std::size_t main = 0;
        for (const auto& use : dataflow_.nodes()[consumers[0]].reads) {
            if (!use.side) ++main;
            if (use.tensor == writes[0] && (use.side || use.operand != Operand::inputs)) return std::nullopt;
        }
        return main == 1 ? std::optional(consumers[0]) : std::nullopt;
    }

    [[nodiscard]] bool has_side(std::size_t node) const {
        return std::ranges::any_of(dataflow_.nodes()[node].reads, &Use::side);
    }

    /// Nodes one after another, each the only reader of the one before.
    [[nodiscard]] std::vector<std::vector<std::size_t>> paths() const {
        std::vector<bool> inside(dataflow_.nodes().size());
        for (std::size_t n = 0; n < inside.size(); ++n)
            if (const auto after = next(n)) inside[*after] = true;
        std::vector<std::vector<std::size_t>> result;
        for (std::size_t n = 0; n < inside.size(); ++n) {
            if (inside[n]) continue;
            std::vector path{n};
            for (auto after = next(n); after; after = next(*after)) path.push_back(*after);
            if (path.size() > 1) result.push_back(std::move(path));
        }
        return result;
    }

    /// The disjoint chains of a path that together gain most.
    std::vector<Choice> best_of(const std::vector<std::size_t>& path) {
        std::vector<double> gain(path.size() + 1);                  // of the first so many nodes
        std::vector<std::optional<Found>> ending(path.size() + 1);  // the chain that ends there, if one does
        for (std::size_t begin = 0; begin < path.size(); ++begin) {
            if (begin > 0 && gain[begin - 1] >= gain[begin]) {
                gain[begin] = gain[begin - 1];
                ending[begin].reset();
            }
            try_from(path, begin, [&](std::size_t end, const std::vector<Member>& members) {
                const auto from = gain.begin() + static_cast<std::ptrdiff_t>(begin);
                const auto so_far = *std::max_element(from, gain.begin() + static_cast<std::ptrdiff_t>(end) + 1);
                auto found = best_shape(members, so_far - gain[begin]);
                if (!found) return;
                gain[end] = gain[begin] + found->gain;
                ending[end] = std::move(found);
            });
        }
        std::vector<Choice> result;
        auto end = path.size();
        if (gain[end - 1] >= gain[end]) ending[end].reset();
        while (end > 0) {
            if (!ending[end]) {
                --end;
                continue;
            }
            const auto members = ending[end]->choice.nodes.size();
            result.push_back(std::move(ending[end]->choice));
            end -= members;
        }
        return result;
    }

    /// All chains that begin at a place of a path. A residual can only come in at the end of one.
    template <class Take>
    void try_from(const std::vector<std::size_t>& path, std::size_t begin, const Take& take) {
        auto first = first_member(dataflow_, path[begin], engine(path[begin]));
        if (!first || has_side(path[begin])) return;
        std::vector members{*first};
        for (auto end = begin + 1; end < std::min(path.size(), begin + most_members); ++end) {
            const auto member = next_member(dataflow_, members.back(), path[end], engine(path[end]));
            if (!member) return;
            members.push_back(*member);
            take(end + 1, members);
            if (has_side(path[end])) return;
        }
    }

    [[nodiscard]] std::size_t engine(std::size_t node) const { return static_cast<std::size_t>(step(node).engine); }

    /// What the members cost one by one, and less than which the chain cannot.
    struct Apart {
        core::Seconds time, least_time;
        core::Joules energy, saved;  ///< saved: DRAM energy of what lies between
    };
    [[nodiscard]] Apart apart(const std::vector<Member>& members) const {
        Apart sum;
        std::vector<core::Seconds> busy(chip_.engines.size());
        for (const auto& member : members) {
            const auto s = step_of_[member.node];
            sum.time += played_.kernels[s].latency;
            sum.energy += played_.kernels[s].energy.total();
            busy[member.engine] += plain_.steps[s].plan->compute / chip_.clock;
            const auto moved = totals(plain_.steps[s].plan->tiles);
            if (&member != &members.back() && plain_.steps[s].outputs == Home::dram)
                sum.saved += energy_.dram_write_byte * core::Bytes(moved.store_bytes);
            if (&member != &members.front() && plain_.steps[s].inputs == Home::dram)
                sum.saved += energy_.dram_read_byte * core::Bytes(moved.load_bytes[1]);
        }
        sum.least_time = std::max(*std::ranges::max_element(busy), least_crossing(members) / chip_.dram.peak());
        return sum;
    }

    /// Bytes over DRAM that no way to run the chain spares: weights, what it reads first and what it makes in the end.
    [[nodiscard]] core::Bytes least_crossing(const std::vector<Member>& members) const {
        core::Bytes sum;
        for (const auto& member : members)
            sum += std::min(member.kernel->weight_bytes, core::Bytes(loaded(member.node)[0]));
        const auto &first = step(members.front().node), &last = step(members.back().node);
        if (first.inputs == Home::dram) {
            core::Bytes whole;
            for (const auto& use : dataflow_.nodes()[first.node].reads)
                if (!use.side) whole += dataflow_.tensors()[use.tensor].bytes();
            sum += std::min(whole, core::Bytes(loaded(first.node)[1]));
        }
        if (last.outputs == Home::dram) sum += core::Bytes(totals(last.plan->tiles).store_bytes);
        return sum + last.side_from_dram;
    }
    [[nodiscard]] std::array<std::uint64_t, 3> loaded(std::size_t node) const {
        return totals(step(node).plan->tiles).load_bytes;
    }

    /// The best way to run the chain; nothing when none gains more than `least`.
    std::optional<Found> best_shape(const std::vector<Member>& members, double least) {
        const auto sum = apart(members);
        const auto bound = std::max(core::Seconds(), sum.time - sum.least_time);
        const auto hope = weight(bound, sum.saved + (energy_.leakage + energy_.dram_background) * bound);
        if (hope <= least || hope < worth_trying * weight(sum.time, sum.energy)) return std::nullopt;
        std::vector<std::size_t> steps, nodes;
        for (const auto& member : members) {
            steps.push_back(step_of_[member.node]);
            nodes.push_back(member.node);
        }
        const auto room = room_.left_for(steps);
        std::optional<Found> best;
        for_each_plan(members, room, [&](const Shape& shape, const Schedule& only) {
            const auto cost = ways_.estimate(members, shape, only);
            const auto gain = weight(sum.time - cost.time, sum.energy - cost.energy);
            if (gain <= (best ? best->gain : std::max(least, 0.0))) return false;
            best = Found{{nodes, {members.front().engine, only.steps.front().plan, cost}}, gain};
            return true;
        });
        return best;
    }

    /// Plans that fit: with rows cached the largest, and those of half and a quarter of its rows; with them computed
    /// again the largest only, narrower than the image where nothing else fits.
    template <class Visit>
    void for_each_plan(const std::vector<Member>& members, core::Bytes room, const Visit& visit) {
        const auto cols = members.back().cols.size;
        try_heights(members, cols, true, room, most_heights, visit);
        if (!shares_rows(members)) return;
        for (auto width = cols; width > 0; width = width == 1 ? 0 : (width + 1) / 2)
            if (try_heights(members, width, false, room, 1, visit)) return;
    }

    /// Visits up to `most` plans, each of half the rows of the one before, as long as they get better; false when none
    /// fits.
    template <class Visit>
    bool try_heights(const std::vector<Member>& members, std::uint64_t width, bool cached, core::Bytes room,
                     std::uint64_t most, const Visit& visit) {
        std::uint64_t found = 0;
        for (auto cuts = fewest_cuts(members, width, cached, room); cuts > 0 && found < most; cuts *= 2) {
            const auto shape = cut_into(members, cuts, width, cached);
            if (!shape) break;
            const auto plan = ways_.plan(members, *shape);
            if (!plan) continue;
            const auto step = alone(members, plan);
            if (!fits(step, room)) continue;
            ++found;
            if (!visit(*shape, Schedule{plain_.dataflow, plain_.accelerator, {step}, {}})) break;
        }
        return found > 0;
    }

    /// Into how many tiles of equal rows, 2, 3, 5, 8, 12 ..., the image has to be cut to fit; 0 when single rows do
    /// not.
    [[nodiscard]] std::uint64_t fewest_cuts(const std::vector<Member>& members, std::uint64_t width, bool cached,
                                            core::Bytes room) {
        if (!fits(members, {1, width, cached}, room)) return 0;
        std::uint64_t cuts = 2;
        for (auto shape = cut_into(members, cuts, width, cached); shape;
             shape = cut_into(members, cuts, width, cached)) {
            if (fits(members, *shape, room)) return cuts;
            cuts += (cuts + 1) / 2;
        }
        return 0;
    }

    /// The outputs of the chain in so many tiles of equal rows; nothing when there are not so many, or too many tiles.
    [[nodiscard]] static std::optional<Shape> cut_into(const std::vector<Member>& members, std::uint64_t cuts,
                                                       std::uint64_t width, bool cached) {
        const auto& last = members.back();
        const Shape shape{core::ceil_div(last.rows.size, cuts), width, cached};
        const auto tiles = core::ceil_div(last.rows.size, shape.rows) * core::ceil_div(last.cols.size, width);
        if (cuts >= 2 * last.rows.size || tiles * last.images > most_tiles) return std::nullopt;
        return shape;
    }

    /// Whether neighbouring tiles need rows or columns in common, of which there may be fewer to keep than to compute.
    static bool shares_rows(const std::vector<Member>& members) {
        return std::ranges::any_of(members | std::views::drop(1), [](const Member& m) {
            return m.rows.window > m.rows.stride || m.cols.window > m.cols.stride;
        });
    }

    [[nodiscard]] bool fits(const std::vector<Member>& members, const Shape& shape, core::Bytes room) {
        return ways_.space(members, shape)
                   .total(step(members.front().node).inputs == Home::buffer,
                          step(members.back().node).outputs == Home::buffer) <= room;
    }

    /// The step fits beside what else stays, and by itself when nothing stays.
    [[nodiscard]] bool fits(Step step, core::Bytes room) const {
        const auto home = *residence(chip_);
        if (working_space(step, home, true) > room) return false;
        step.inputs = step.outputs = Home::dram;
        return working_space(step, home, true) <= chip_.buffers[home].size;
    }

    /// The chain as a step; all that it reads and writes lives where it does without it.
    [[nodiscard]] Step alone(const std::vector<Member>& members, const std::shared_ptr<const KernelPlan>& plan) const {
        const auto& first = step(members.front().node);
        auto only = step(members.back().node);
        only.plan = plan;
        only.inputs = first.inputs;
        only.weights = Home::dram;
        only.prefetch = std::min(first.prefetch, core::Bytes(plan->tiles.front().runs.front().tile.load_bytes[0]));
        return only;
    }

    const Schedule& plain_;
    const Dataflow& dataflow_;
    const hw_space::Accelerator& chip_;
    const Report& played_;
    const MapOptions& options_;
    const EnergyTable& energy_;
    const Room room_;
    Ways ways_;
    std::vector<std::size_t> step_of_;
};

}  // namespace

std::vector<Choice> choose(const Schedule& plain, const Report& played, const MapOptions& options,
                           const EnergyTable& energy, MapperMemo& memo) {
    return Chooser(plain, played, options, energy, memo).run();
}

}  // namespace dyad::models::chain
