// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/training/supernet.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "arch_space/torch/batch.hpp"
#include "core/document.hpp"
#include "core/error.hpp"
#include "core/random.hpp"
#include "core/value.hpp"

namespace dyad::arch_space::torch {
namespace {

constexpr std::uint64_t looked_at = 512;  ///< members whose sizes are known before training
constexpr std::int64_t fair = 12;         ///< steps in a row whose members have each option of a choice as often

template <class Value>
void expect_same(const std::filesystem::path& file, const char* what, const Value& found, const Value& expected) {
    if (found != expected)
        throw core::Error(fmt::format("{}: {}: found {}, expected {} to go on", file.string(), what, found, expected));
}

}  // namespace

Supernet::Supernet(const std::filesystem::path& space, const DataSet& data, const Recipe& recipe, unsigned threads)
    : document_(core::read_document(space)), space_(*document_), trainer_(data, recipe, threads) {
    if (space_.genes().empty()) throw core::Error(fmt::format("{}: no space: it has no choices", document_->file));
    state_ = {space.stem().string(),     document_->sha256, data.folder, recipe, 0, trainer_.steps(), 0,
              SharedWeights(recipe.seed)};
}

core::Genome Supernet::fair_genome(std::uint64_t step) const {
    core::Stream random(state_.recipe.seed, "member", step);
    auto genome = space_.sample(random);
    const auto round = step / fair;
    for (std::size_t i = 0; i < genome.size(); ++i) {
        const auto& gene = space_.genes()[i];
        const auto count = static_cast<std::int64_t>(gene.count());
        if (count == 0) continue;  // continuous
        const auto options = drawn(count, count, core::Stream(state_.recipe.seed, "options " + gene.name, round));
        const auto turns = drawn(fair, fair, core::Stream(state_.recipe.seed, "turns " + gene.name, round));
        const auto option = options[static_cast<std::size_t>(turns[step % fair] % count)];
        genome[i] = gene.at(static_cast<std::size_t>(option));
    }
    return space_.canonical(std::move(genome));
}

Network Supernet::member(const core::Genome& genome) const {
    core::Errors errors;
    auto network = parse_network(core::Value(*document_, &genome, errors));
    errors.throw_if_any();
    return std::move(network).value();
}

void Supernet::resume(const std::filesystem::path& file) {
    auto saved = read_checkpoint(file);
    const auto &old = saved.recipe, &now = state_.recipe;
    expect_same(file, "SHA-256 of the space", saved.sha256, state_.sha256);
    expect_same(file, "data set", saved.data, state_.data);
    expect_same(file, "epochs", old.epochs, now.epochs);
    expect_same(file, "batch", old.batch, now.batch);
    expect_same(file, "images", old.images, now.images);
    expect_same(file, "learning rate", old.rate, now.rate);
    expect_same(file, "decay", old.decay, now.decay);
    expect_same(file, "validation", old.validation, now.validation);
    expect_same(file, "seed", old.seed, now.seed);
    expect_same(file, "steps", saved.steps, state_.steps);
    state_ = std::move(saved);
}

void Supernet::run(std::uint64_t last, const StepDone& done) {
    last = std::min(last, state_.steps);
    if (state_.step == 0) make_room();
    const auto last_epoch = state_.steps - state_.steps / state_.recipe.epochs;
    trainer_.run(
        state_.weights, [&](std::uint64_t step) { return member(fair_genome(step)); }, state_.step, last,
        [&](std::uint64_t step, double loss) {
            state_.step = step + 1;
            if (step >= last_epoch) state_.loss += loss / static_cast<double>(state_.steps - last_epoch);
            done(step, loss);
        });
}

void Supernet::make_room() {
    for (std::uint64_t i = 0; i < looked_at; ++i) {
        core::Stream random(state_.recipe.seed, "sizes", i);
        const auto network = member(space_.sample(random));
        expect_room(network, state_.recipe.batch);
        (void)state_.weights.slices(network);
    }
}

}  // namespace dyad::arch_space::torch
