// SPDX-License-Identifier: Apache-2.0
#include "tests/models/mapper_support.hpp"

namespace dyad::models::mapper_test {

using namespace hw_space;
using core::Joules;

namespace {

constexpr double pj = 1e-12;

/// Whole numbers from 1 to `most`.
std::uint64_t up_to(core::Stream& stream, std::uint64_t most) { return 1 + stream.below(most); }

ConvShape random_shape(core::Stream& stream) {
    ConvShape shape{.n = up_to(stream, 2), .k = up_to(stream, 9), .c = up_to(stream, 9)};
    shape.p = up_to(stream, 8);
    shape.q = up_to(stream, 8);
    shape.r = up_to(stream, 3);
    shape.s = up_to(stream, 3);
    shape.stride_h = up_to(stream, 2);
    shape.stride_w = up_to(stream, 2);
    shape.dilation_h = up_to(stream, 2);
    if (stream.chance(0.25)) shape.g = up_to(stream, 6);
    if (stream.chance(0.25)) shape.k = shape.c = 1;
    return shape;
}

PeArray random_array(core::Stream& stream) {
    auto array = small_array(static_cast<ArrayDataflow>(stream.below(5)));
    array.rows = up_to(stream, 6);
    array.cols = up_to(stream, 6);
    array.pipeline = stream.chance(0.5) ? Pipeline::simple : Pipeline::overlapped;
    array.row_dims = {"C"};
    array.col_dims = stream.chance(0.5) ? std::vector<std::string>{"K"} : std::vector<std::string>{"Q", "K"};
    array.registers = {up_to(stream, 20), stream.below(20), up_to(stream, 8)};
    array.output_lanes = stream.below(4);
    return array;
}

/// One buffer, or one for each of some operands, or one behind another.
std::vector<Buffer> random_buffers(core::Stream& stream, const Buffer& like) {
    auto first = like, second = like;
    first.size = core::Bytes(stream.chance(0.2) ? 2 + stream.below(20) : 64 + stream.below(2000));
    first.double_buffered = stream.chance(0.7);
    second.size = core::Bytes(32 + stream.below(800));
    second.name = "second";
    switch (stream.below(4)) {
        case 0:
            first.keeps = {.outputs = false};
            second.keeps = {.weights = false, .inputs = false};
            return {first, second};
        case 1:
            first.keeps = {.weights = stream.chance(0.5), .inputs = stream.chance(0.5)};
            return {first};
        case 2:
            second.keeps = {.inputs = false};
            return {first, second};
        default:
            return {first};
    }
}

}  // namespace

PeArray small_array(ArrayDataflow dataflow) {
    PeArray array;
    array.rows = array.cols = 4;
    array.dataflow = dataflow;
    array.registers = {.weights = 1, .psums = 1};
    return array;
}

Accelerator small_chip(core::Bytes buffer) {
    DramStandard standard;
    standard.bus_bits = 64;
    standard.transfers_per_s = 1e9;
    Accelerator chip;
    chip.clock = core::Hertz(1e9);
    chip.dram.standard = std::make_shared<const DramStandard>(standard);
    Buffer only;
    only.name = "buffer";
    only.size = buffer;
    only.width = core::Bytes(64);
    chip.buffers = {only};
    chip.engines = {small_array(ArrayDataflow::weight_stationary)};
    return chip;
}

EnergyTable round_energies(const Accelerator& chip) {
    EnergyTable energy;
    energy.buffers.assign(chip.buffers.size(), {Joules(1 * pj), Joules(2 * pj)});
    energy.dram_read_byte = energy.dram_write_byte = Joules(100 * pj);
    energy.operations.assign(7, {Joules(0.3 * pj), Joules(0.2 * pj)});
    energy.register_bits.assign(chip.engines.size(), {});
    energy.unit_cycle.assign(chip.engines.size(), {});
    return energy;
}

Kernel conv_kernel(const ConvShape& shape) {
    Kernel kernel;
    kernel.name = kernel.op = "conv";
    kernel.nest = conv_nest(shape);
    kernel.kernel_side = shape.r;
    kernel.stride = shape.stride_h;
    kernel.depthwise = shape.g > 1 && shape.k == 1 && shape.c == 1;
    return kernel;
}

RandomCase random_case(std::uint64_t number) {
    core::Stream stream(7, "mapper cases", number);
    auto chip = small_chip(core::Bytes(1));
    chip.engines = {random_array(stream)};
    chip.buffers = random_buffers(stream, chip.buffers.front());
    auto kernel = conv_kernel(random_shape(stream));
    if (stream.chance(0.2)) kernel.weight_precision = core::Precision::int16;
    auto energy = round_energies(chip);
    energy.dram_read_byte = energy.dram_write_byte = Joules((1 + 200 * stream.uniform()) * pj);
    return {std::move(kernel), std::move(chip), std::move(energy)};
}

mapper::Problem problem_of(const RandomCase& random, Objective objective) {
    auto problem = mapper::problem(random.kernel, random.chip, 0, {.objective = objective}, random.energy).value();
    if (!mapper::fit_accumulator(problem, mapper::NestByRole(*problem.nest))) problem.buffers.front().bytes = 0;
    return problem;
}

}  // namespace dyad::models::mapper_test
