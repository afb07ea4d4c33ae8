// SPDX-License-Identifier: Apache-2.0
#include "models/schedule/residence.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "models/compression.hpp"

namespace dyad::models {
namespace {

constexpr auto index_of(Operand operand) { return static_cast<std::size_t>(operand); }

/// Disjoint sets of tensors (union-find); the smallest member stands for its set.
class Sets {
public:
    explicit Sets(std::size_t size) : parent_(size) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
    [[nodiscard]] std::size_t find(std::size_t x) const {
        while (parent_[x] != x) x = parent_[x];
        return x;
    }
    void join(std::size_t a, std::size_t b) {
        a = find(a);
        b = find(b);
        parent_[std::max(a, b)] = std::min(a, b);
    }

private:
    std::vector<std::size_t> parent_;
};

/// The tensors of one operand of a node, the residual apart.
std::vector<std::size_t> tensors_of(const Node& node, Operand operand) {
    if (operand == Operand::outputs) return node.writes;
    std::vector<std::size_t> result;
    for (const auto& use : node.reads)
        if (!use.side && use.operand == operand) result.push_back(use.tensor);
    return result;
}

/// What is known of each tensor before it has a home.
struct Survey {
    Sets sets;
    std::vector<bool> barred;
    std::vector<core::Bytes> saved;
};

void survey_operand(Survey& survey, const std::vector<std::size_t>& tensors, bool barred, std::uint64_t moved) {
    for (const auto t : tensors) {
        survey.sets.join(tensors.front(), t);
        if (barred) survey.barred[t] = true;
    }
    if (!tensors.empty()) survey.saved[tensors.front()] += core::Bytes(moved);
}

void survey_step(Survey& survey, const Step& step, const Node& node, const hw_space::Buffer& buffer) {
    const bool host = !step.plan;
    const auto moved = host ? TileTotals{} : totals(step.plan->tiles);
    const auto spilled = moved.load_bytes[index_of(Operand::outputs)] > 0;
    survey_operand(survey, tensors_of(node, Operand::inputs), host, moved.load_bytes[index_of(Operand::inputs)]);
    survey_operand(survey, tensors_of(node, Operand::weights), host || !buffer.keeps.weights,
                   moved.load_bytes[index_of(Operand::weights)]);
    survey_operand(survey, node.writes, host || spilled, moved.store_bytes);
    for (const auto& use : node.reads)
        if (use.side && host) survey.barred[use.tensor] = true;
}

Survey survey(const Schedule& schedule, const hw_space::Buffer& buffer) {
    const auto& tensors = schedule.dataflow->tensors();
    Survey result{Sets(tensors.size()), std::vector<bool>(tensors.size()), std::vector<core::Bytes>(tensors.size())};
    for (std::size_t t = 0; t < tensors.size(); ++t)
        result.barred[t] = tensors[t].producer == TensorInfo::none || tensors[t].consumers.empty();
    for (const auto& step : schedule.steps) survey_step(result, step, schedule.dataflow->nodes()[step.node], buffer);
    for (const auto& node : schedule.dataflow->nodes())
        for (const auto& use : node.reads)
            if (use.side) result.saved[use.tensor] += tensors[use.tensor].bytes();
    return result;
}

}  // namespace

std::optional<std::size_t> residence(const hw_space::Accelerator& accelerator) {
    for (std::size_t b = 0; b < accelerator.buffers.size(); ++b)
        if (!accelerator.cores.own(b) && accelerator.buffers[b].keeps.inputs && accelerator.buffers[b].keeps.outputs)
            return b;
    return std::nullopt;
}

std::optional<std::size_t> weight_buffer(const hw_space::Accelerator& accelerator) {
    for (std::size_t b = 0; b < accelerator.buffers.size(); ++b)
        if (accelerator.buffers[b].keeps.weights) return b;
    return std::nullopt;
}

std::size_t watched_buffer(const hw_space::Accelerator& accelerator) {
    if (const auto home = residence(accelerator)) return *home;
    return weight_buffer(accelerator).value_or(0);
}

std::vector<TensorGroup> resident_candidates(const Schedule& schedule) {
    const auto known = survey(schedule, schedule.accelerator->buffers[residence(*schedule.accelerator).value()]);
    const auto& tensors = schedule.dataflow->tensors();
    std::vector<TensorGroup> groups(tensors.size());
    std::vector<bool> barred(tensors.size());
    for (std::size_t t = 0; t < tensors.size(); ++t) {
        const auto set = known.sets.find(t);
        groups[set].tensors.push_back(t);
        groups[set].saved += known.saved[t];
        if (known.barred[t]) barred[set] = true;
    }
    std::vector<TensorGroup> result;
    for (std::size_t set = 0; set < groups.size(); ++set)
        if (!groups[set].tensors.empty() && !barred[set]) result.push_back(std::move(groups[set]));
    return result;
}

std::vector<Stay> stays(const Schedule& schedule) {
    const auto& dataflow = *schedule.dataflow;
    std::vector<std::size_t> step_of(dataflow.nodes().size());
    for (std::size_t s = 0; s < schedule.steps.size(); ++s) step_of[schedule.steps[s].node] = s;
    std::vector<Stay> all;
    for (const auto& tensor : dataflow.tensors()) {
        if (tensor.producer == TensorInfo::none) continue;
        const auto maker = step_of[tensor.producer];
        if (schedule.steps[maker].outputs != Home::buffer) continue;
        Stay stay{tensor.bytes(), maker, {maker}};
        for (const auto consumer : tensor.consumers) stay.users.push_back(step_of[consumer]);
        all.push_back(std::move(stay));
    }
    return all;
}

void set_homes(Step& step, const Dataflow& dataflow, const hw_space::Accelerator& chip,
               const std::vector<Home>& home_of_tensor) {
    const auto& node = dataflow.nodes()[step.node];
    const auto home = [&](Operand operand) {
        const auto tensors = tensors_of(node, operand);
        return tensors.empty() ? Home::dram : home_of_tensor[tensors.front()];
    };
    step.weights = home(Operand::weights);
    step.inputs = home(Operand::inputs);
    step.outputs = home(Operand::outputs);
    step.side_from_dram = step.side_from_buffer = core::Bytes();
    for (const auto& use : node.reads) {
        if (!use.side) continue;
        const auto& tensor = dataflow.tensors()[use.tensor];
        if (home_of_tensor[use.tensor] == Home::buffer)
            step.side_from_buffer += tensor.bytes();
        else
            step.side_from_dram += stored_bytes(chip.dram.compression, tensor);
    }
}

core::Bytes working_space(const Step& step, std::size_t buffer, bool is_residence) {
    if (!step.plan) return {};
    if (step.plan->space.empty()) return step.plan->working_set;
    const bool sums_gather = totals(step.plan->tiles).buffer_read_bytes[index_of(Operand::outputs)] > 0;
    const std::array resident{step.weights == Home::buffer, step.inputs == Home::buffer,
                              step.outputs == Home::buffer && !sums_gather};
    auto sum = is_residence && step.plan->chain ? step.plan->chain->held : core::Bytes();
    for (const auto operand : operands)
        if (!is_residence || !resident[index_of(operand)]) sum += step.plan->space.at(buffer)[index_of(operand)];
    return sum;
}

}  // namespace dyad::models
