// SPDX-License-Identifier: Apache-2.0
#include "sim/cycle/engine_run.hpp"

#include <fmt/format.h>

#include <utility>
#include <variant>

#include "core/error.hpp"
#include "models/systolic.hpp"
#include "sim/cycle/reference.hpp"

namespace dyad::sim {
namespace {

using hw_space::ArrayDataflow;
using hw_space::DepthwiseUnit;
using hw_space::PeArray;

bool is_systolic(ArrayDataflow dataflow) {
    return dataflow == ArrayDataflow::weight_stationary || dataflow == ArrayDataflow::output_stationary ||
           dataflow == ArrayDataflow::input_stationary;
}

core::Precision precision_of(const hw_space::Engine& engine) {
    return std::visit([](const auto& one) { return one.precision; }, engine);
}

bool movable(core::Precision precision) { return core::is_integer(precision) && core::bits(precision) <= 16; }

void check_precisions(const models::Kernel& kernel, const hw_space::Engine& engine) {
    for (const auto precision : {kernel.weight_precision, kernel.input_precision, precision_of(engine)})
        if (!movable(precision))
            throw core::Error(
                fmt::format("--fidelity cycle: kernel '{}' on '{}' works with {}; data are moved as "
                            "integers of at most 16 bits",
                            kernel.name, hw_space::name(engine), core::name(precision)));
    if (const auto each = hw_space::narrow_rate(engine, kernel.weight_precision, kernel.input_precision); each > 1)
        throw core::Error(fmt::format(
            "--fidelity cycle: kernel '{}' on '{}' does {} products of {} in the place of one; data are moved for one "
            "(`rates: {{{}: 1}}` in the accelerator file)",
            kernel.name, hw_space::name(engine), each, core::name(kernel.weight_precision),
            core::name(kernel.weight_precision)));
}

}  // namespace

std::vector<std::size_t> steps_moving_data(const models::Schedule& schedule, std::size_t engine) {
    const auto& one = schedule.accelerator->engines[engine];
    const auto* array = std::get_if<PeArray>(&one);
    if (array == nullptr && !std::holds_alternative<DepthwiseUnit>(one)) return {};
    std::vector<std::size_t> steps;
    for (std::size_t s = 0; s < schedule.steps.size(); ++s) {
        if (schedule.steps[s].engine != static_cast<int>(engine)) continue;
        const auto& kernel = schedule.dataflow->nodes()[schedule.steps[s].node].kernel;
        if (array != nullptr && !is_systolic(array->dataflow))
            throw core::Error(
                fmt::format("--fidelity cycle: '{}' of '{}' is neither weight-, output- nor "
                            "input-stationary; only such arrays and depthwise units move data",
                            array->name, schedule.accelerator->name));
        check_precisions(kernel, one);
        steps.push_back(s);
    }
    return steps;
}

EngineRun::EngineRun(const models::Schedule& schedule, std::size_t engine, std::vector<std::size_t> steps,
                     const CycleOptions& options)
    : schedule_(schedule), engine_(engine), options_(options) {
    for (const auto step : steps) {
        std::uint64_t number = 0;
        for (auto& tile : tile_samples(*kernel(step).nest, schedule.steps[step].plan->order, options.jump))
            samples_.push_back({step, std::move(tile), number++});
    }
}

const models::Kernel& EngineRun::kernel(std::size_t step) const {
    return schedule_.dataflow->nodes()[schedule_.steps[step].node].kernel;
}

Slicing EngineRun::slicing(std::size_t step) const {
    const auto& one = kernel(step);
    return {core::bits(one.input_precision), core::bits(one.weight_precision),
            core::bits(precision_of(schedule_.accelerator->engines[engine_]))};
}

double EngineRun::element_cycles(const Sample& sample) const {
    auto nest = *kernel(sample.step).nest;
    for (std::size_t d = 0; d < nest.dims.size(); ++d) nest.dims[d].size = sample.tile.size[d];
    const auto [input, weight, engine] = slicing(sample.step);
    const auto passes = static_cast<double>(core::ceil_div(input, engine) * core::ceil_div(weight, engine));
    const auto* array = std::get_if<PeArray>(&schedule_.accelerator->engines[engine_]);
    if (array == nullptr) return passes * static_cast<double>(nest.macs());
    const auto work = models::systolic_work(nest);
    const auto groups = static_cast<double>(nest.macs() / (work.pixels * work.filters * work.window));
    const auto cost = models::systolic(work, array->rows, array->cols, array->dataflow, array->pipeline);
    return passes * groups * static_cast<double>(cost.cycles.count()) * static_cast<double>(array->rows * array->cols);
}

double EngineRun::element_cycles() const {
    double sum = 0;
    for (const auto& sample : samples_) sum += element_cycles(sample);
    return sum;
}

void EngineRun::connect(Bench& bench) {
    const auto& engine = schedule_.accelerator->engines[engine_];
    const auto check = [](const Product& product) { check_outputs(product, product.name); };
    if (const auto* array = std::get_if<PeArray>(&engine)) {
        const ArrayShape shape{array->rows, array->cols, array->dataflow, array->pipeline};
        sequencer_ = &bench.add_array(
            array->name, shape, [this] { return next_product(); }, check);
    } else {
        const auto& unit = std::get<DepthwiseUnit>(engine);
        feeder_ = &bench.add_depthwise(
            unit.name, unit.lanes, [this] { return next_sample(); }, check);
    }
}

Channels EngineRun::next_sample() {
    if (next_ == samples_.size()) return {};
    const auto& [step, tile, number] = samples_[next_++];
    auto products = products_of(*kernel(step).nest, tile.size, slicing(step), {options_.seed, step, number});
    for (const auto& product : products) {
        product->name = kernel(step).name;
        product->longest_stream = schedule_.steps[step].plan->order.longest_stream;
    }
    products.front()->apart = number == 0;
    first_product_.push_back(std::exchange(product_count_, product_count_ + products.size()));
    return products;
}

std::shared_ptr<Product> EngineRun::next_product() {
    if (products_.empty())
        for (auto& product : next_sample()) products_.push_back(std::move(product));
    if (products_.empty()) return nullptr;
    auto product = std::move(products_.front());
    products_.pop_front();
    return product;
}

void EngineRun::read() {
    const auto begin = [this](std::size_t sample) {
        if (sample == samples_.size()) return sequencer_ ? sequencer_->cycles() : feeder_->cycles();
        return sequencer_ ? sequencer_->begins().at(first_product_[sample]) : feeder_->begins().at(sample);
    };
    for (std::size_t s = 0; s < samples_.size(); ++s)
        cycles_[samples_[s].step] += samples_[s].tile.count * (begin(s + 1) - begin(s));
}

void check_work(const models::Schedule& schedule, const std::deque<EngineRun>& runs) {
    double sum = 0;
    for (const auto& run : runs) sum += run.element_cycles();
    if (sum <= most_element_cycles) return;
    throw core::Error(
        fmt::format("--fidelity cycle: {} on {} takes {:.3g} element-cycles, more than {:.3g}; expected a "
                    "smaller network or batch, or fidelity systemc",
                    schedule.dataflow->name(), schedule.accelerator->name, sum, most_element_cycles));
}

}  // namespace dyad::sim
