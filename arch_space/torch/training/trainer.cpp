// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/training/trainer.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <exception>
#include <limits>
#include <numbers>
#include <numeric>
#include <thread>

#include "arch_space/torch/batch.hpp"
#include "arch_space/torch/training/feed.hpp"
#include "core/error.hpp"
#include "core/random.hpp"

namespace dyad::arch_space::torch {
namespace {

constexpr std::int64_t halves = 2;
constexpr double momentum = 0.9;
constexpr auto no_epoch = std::numeric_limits<std::uint64_t>::max();

/// What one half of a batch says.
struct Half {
    double loss = 0;                    ///< these and the gradients weighted by the half's share of the batch
    std::vector<at::Tensor> gradients;  ///< one a slice
    std::exception_ptr failure;
};

class Pass {
public:
    Pass(const Network& member, const DataSet& data, const std::vector<SharedWeights::Slice>& slices)
        : member_(member), data_(data), feed_(member, data), slices_(slices) {}

    /// Of weights of its own, so that halves can work at a time.
    [[nodiscard]] Half half(const at::Tensor& numbers, double share) const {
        Model model(member_, std::nullopt);
        std::vector<at::Tensor> leaves;
        for (const auto& slice : slices_) {
            auto& weights = model.weights()[slice.layer];
            auto& own = slice.bias ? weights.bias : weights.weight;
            own = slice.value.clone(at::MemoryFormat::Contiguous).set_requires_grad(true);
            leaves.push_back(own);
        }
        const auto images = feed_.normalised(feed_.pixels(data_.train, numbers));
        const auto scores = model.forward({images}, {.norm = Norm::batch, .quantised = true});
        const auto loss = share * at::cross_entropy_loss(scores, data_.train.classes.index_select(0, numbers));
        return {loss.item<double>(), ::torch::autograd::grad({loss}, leaves, {}, false, false, true), {}};
    }

private:
    const Network& member_;
    const DataSet& data_;
    Feed feed_;
    const std::vector<SharedWeights::Slice>& slices_;
};

std::vector<Half> halves_of(const Pass& pass, const at::Tensor& numbers, unsigned threads) {
    std::vector<Half> results(halves);
    const auto parts = numbers.chunk(halves);
    const auto work = [&](std::size_t i) {
        try {
            at::init_num_threads();
            results[i] =
                pass.half(parts[i], static_cast<double>(parts[i].size(0)) / static_cast<double>(numbers.size(0)));
        } catch (...) {
            results[i].failure = std::current_exception();
        }
    };
    if (threads > 1) {
        std::thread second(work, 1);
        work(0);
        second.join();
    } else {
        work(0);
        work(1);
    }
    for (const auto& result : results)
        if (result.failure) std::rethrow_exception(result.failure);
    return results;
}

/// Decay is for kernels and tables alone.
void descend(const SharedWeights::Slice& slice, at::Tensor gradient, double rate, double decay) {
    auto value = slice.value, velocity = slice.velocity;
    if (value.dim() > 1) gradient = gradient + decay * value;
    velocity.mul_(momentum).add_(gradient);
    value.sub_(gradient + momentum * velocity, rate);
}

/// The numbers below `total` that are not kept back, ascending.
std::vector<std::int64_t> left(std::int64_t total, std::uint64_t validation) {
    std::vector<bool> kept(static_cast<std::size_t>(total));
    for (const auto i : kept_back(total, validation)) kept[static_cast<std::size_t>(i)] = true;
    std::vector<std::int64_t> numbers;
    for (std::int64_t i = 0; i < total; ++i)
        if (!kept[static_cast<std::size_t>(i)]) numbers.push_back(i);
    return numbers;
}

}  // namespace

std::vector<std::int64_t> drawn(std::int64_t total, std::int64_t count, core::Stream random) {
    std::vector<std::int64_t> numbers(static_cast<std::size_t>(total));
    std::iota(numbers.begin(), numbers.end(), std::int64_t{0});
    const auto wanted = static_cast<std::size_t>(count);
    for (std::size_t i = 0; i < wanted; ++i) std::swap(numbers[i], numbers[i + random.below(numbers.size() - i)]);
    numbers.resize(wanted);
    return numbers;
}

std::vector<std::int64_t> kept_back(std::int64_t total, std::uint64_t count) {
    return drawn(total, static_cast<std::int64_t>(count), core::Stream(0, "validation"));
}

Trainer::Trainer(const DataSet& data, const Recipe& recipe, unsigned threads)
    : data_(data), recipe_(recipe), threads_(threads), epoch_(no_epoch) {
    if (recipe.validation >= static_cast<std::uint64_t>(data.train.size()))
        throw core::Error(fmt::format("{}: {} images kept back for validation leave none of {} to learn from",
                                      data.folder, recipe.validation, data.train.size()));
    const auto pool = left(data.train.size(), recipe.validation);
    const auto total = pool.size();
    const auto count = recipe.images == 0 ? total : std::min(recipe.images, total);
    if (count < recipe.batch)
        throw core::Error(
            fmt::format("{}: {} images to learn from are fewer than a batch of {}", data.folder, count, recipe.batch));
    for (const auto i :
         drawn(static_cast<std::int64_t>(total), static_cast<std::int64_t>(count), core::Stream(recipe.seed, "images")))
        chosen_.push_back(pool[static_cast<std::size_t>(i)]);
    per_epoch_ = count / recipe.batch;
}

at::Tensor Trainer::numbers(std::uint64_t step) {
    if (step / per_epoch_ != epoch_) {
        epoch_ = step / per_epoch_;
        const auto count = static_cast<std::int64_t>(chosen_.size());
        const auto order = drawn(count, count, core::Stream(recipe_.seed, "epoch", epoch_));
        order_ = at::tensor(chosen_, at::kLong).index_select(0, at::tensor(order, at::kLong));
    }
    const auto batch = static_cast<std::int64_t>(recipe_.batch);
    return order_.narrow(0, static_cast<std::int64_t>(step % per_epoch_) * batch, batch);
}

double Trainer::rate(std::uint64_t step) const {
    const double at = (static_cast<double>(step) + 0.5) / static_cast<double>(steps());
    return recipe_.rate * std::min(1.0, 20 * at) * 0.5 * (1 + std::cos(std::numbers::pi * at));
}

double Trainer::advance(const Network& member, std::vector<SharedWeights::Slice> slices, std::uint64_t step) {
    const auto results = halves_of(Pass(member, data_, slices), numbers(step), threads_);
    const double loss = results[0].loss + results[1].loss;
    if (!std::isfinite(loss))
        throw core::Error(fmt::format("the loss is {} at step {} of {} (learning rate {:g}): a smaller rate may help",
                                      loss, step + 1, steps(), recipe_.rate));
    for (std::size_t i = 0; i < slices.size(); ++i) {
        const auto &first = results[0].gradients[i], &second = results[1].gradients[i];
        if (first.defined()) descend(slices[i], first + second, rate(step), recipe_.decay);
    }
    return loss;
}

void Trainer::run(SharedWeights& weights, const MemberAt& member, std::uint64_t first, std::uint64_t last,
                  const StepDone& done) {
    for (auto step = first; step < last; ++step) {
        const auto network = member(step);
        expect_room(network, recipe_.batch);
        done(step, advance(network, weights.slices(network), step));
    }
}

}  // namespace dyad::arch_space::torch
