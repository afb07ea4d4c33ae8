// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/fixtures.hpp"

#include "models/tile_program.hpp"

namespace dyad::sim::test {

std::shared_ptr<hw_space::DramStandard> easy_standard() {
    auto s = std::make_shared<hw_space::DramStandard>();
    s->name = "easy";
    s->bus_bits = 32;
    s->transfers_per_s = 1.6e9;
    s->burst_length = 16;
    s->banks = 4;
    s->row = core::Bytes(1024);
    s->capacity = core::Bytes(std::uint64_t{1} << 30);
    s->cas = core::Seconds(20e-9);
    s->rcd = core::Seconds(15e-9);
    s->precharge = core::Seconds(15e-9);
    s->cwl = core::Seconds(20e-9);
    s->ras = core::Seconds(45e-9);
    s->read_to_write = core::Seconds(5e-9);
    s->wtr_s = s->wtr_l = core::Seconds(12e-9);
    s->refresh_interval = core::Seconds(4e-6);
    s->refresh_time = core::Seconds(200e-9);
    return s;
}

hw_space::Accelerator easy_chip() {
    hw_space::Accelerator chip;
    chip.name = "easy";
    chip.clock = core::Hertz(1e9);
    chip.dram.standard = easy_standard();
    chip.dram.refresh = false;
    chip.buffers.resize(1);
    auto& buffer = chip.buffers.front();
    buffer.name = "shared";
    buffer.size = core::Bytes(1 << 20);
    buffer.banks = 4;
    buffer.width = core::Bytes(16);
    chip.engines = {hw_space::PeArray{}};
    chip.host = {core::OpsPerSecond(1e9), core::BytesPerSecond(1e9), core::Seconds(1e-6)};
    return chip;
}

std::size_t ScheduleMaker::step(std::string name, int engine, models::TileProgram tiles, std::vector<std::size_t> after,
                                std::uint64_t launch, std::uint64_t prefetch) {
    auto plan = std::make_shared<models::KernelPlan>();
    plan->compute = core::Cycles(launch + models::totals(tiles).compute_cycles);
    plan->tiles = std::move(tiles);
    models::Step step;
    step.node = nodes_.size();
    step.engine = engine;
    step.plan = std::move(plan);
    step.after = std::move(after);
    step.prefetch = core::Bytes(prefetch);
    steps_.push_back(std::move(step));
    models::Node node;
    node.kernel.name = std::move(name);
    nodes_.push_back(std::move(node));
    return steps_.size() - 1;
}

std::size_t ScheduleMaker::host_step(std::string name, std::vector<std::size_t> after, double operations) {
    const auto index = step(std::move(name), models::Step::on_host, {}, std::move(after));
    steps_[index].plan.reset();
    steps_[index].host_operations = operations;
    return index;
}

models::Schedule ScheduleMaker::make() const {
    models::Schedule schedule;
    schedule.accelerator = std::make_shared<hw_space::Accelerator>(chip_);
    schedule.dataflow = std::make_shared<models::Dataflow>("by hand", 1, nodes_, std::vector<models::TensorInfo>{});
    schedule.steps = steps_;
    return schedule;
}

}  // namespace dyad::sim::test
