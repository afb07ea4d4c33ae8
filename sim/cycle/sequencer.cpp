// SPDX-License-Identifier: Apache-2.0
#include "sim/cycle/sequencer.hpp"

#include <algorithm>
#include <utility>

namespace dyad::sim {

using hw_space::ArrayDataflow;
using hw_space::Pipeline;

Sequencer::Sequencer(const sc_core::sc_module_name& name, const ArrayShape& shape, Products products,
                     SteppingClock& clock)
    : sc_module(name), shape_(shape), products_(std::move(products)), clock_(clock), next_result_(shape.cols) {
    SC_METHOD(step);
    sensitive << clk.pos();
    dont_initialize();
    clock_.use();
}

void Sequencer::step() {
    if (ended_) return;
    try {
        work();
    } catch (...) {
        ended_ = true;
        clock_.fail(std::current_exception());
    }
}

void Sequencer::work() {
    collect();
    fetch();
    const auto to_left = left->drive(), to_top = top->drive();
    for (const auto& active : active_) {
        feed_left(active, to_left);
        feed_top(active, to_top);
    }
    ++cycle_;
    ended_ = active_.empty() && exhausted_;
    if (ended_) clock_.leave();
}

/// What is read now the array has computed two edges after the words for it were driven.
void Sequencer::collect() {
    const auto words = out->read();
    for (std::size_t c = 0; c < words.size(); ++c)
        if (words[c].valid) take(c, words[c]);
    retire();
}

void Sequencer::take(std::size_t column, const Word& word) {
    auto& place = next_result_[column];
    auto& active = active_.at(place.fold - retired_);
    const auto& fold = active.fold;
    const auto item = outputs_stay() ? word.row : place.item;
    if (column < fold.cols.length && (!outputs_stay() || item < fold.rows.length)) {
        auto& product = *fold.product;
        const auto along = (outputs_stay() ? fold.rows.begin : fold.stream.begin) + item;
        const auto across = fold.cols.begin + column;
        const bool swapped = shape_.dataflow == ArrayDataflow::input_stationary;
        const auto at = swapped ? across * product.filters() + along : along * product.filters() + across;
        product.outputs[at] += static_cast<std::uint32_t>(word.value) << (fold.input.shift() + fold.weight.shift());
    }
    --active.left_out;
    if (++place.item < (outputs_stay() ? shape_.rows : fold.stream.length)) return;
    place = {place.fold + 1, 0};
}

void Sequencer::retire() {
    while (!active_.empty() && active_.front().left_out == 0) {
        const auto done = std::move(active_.front().fold);
        active_.pop_front();
        ++retired_;
        cycles_ = cycle_ - 1;
        const bool last = active_.empty() ? waiting_.empty() : active_.front().fold.job != done.job;
        if (last && finished) finished(*done.product);
    }
}

/// The next fold is known when the one before begins to stream, as its load begins then at the earliest.
void Sequencer::fetch() {
    while (!exhausted_ && (active_.empty() || active_.back().stream <= cycle_)) {
        if (waiting_.empty()) {
            auto product = products_();
            exhausted_ = product == nullptr;
            if (exhausted_) return;
            for (auto& fold : folds(product, jobs_++, shape_.rows, shape_.cols, shape_.dataflow))
                waiting_.push_back(std::move(fold));
        }
        append(std::move(waiting_.front()));
        waiting_.pop_front();
    }
}

void Sequencer::append(Fold fold) {
    const auto job = fold.job;
    const auto loading = outputs_stay() ? 0 : shape_.rows;
    auto next = active_.empty() ? Active{.fold = std::move(fold), .load = cycle_, .stream = cycle_ + loading}
                                : after(active_.back(), std::move(fold));
    next.left_out = shape_.cols * (outputs_stay() ? shape_.rows : next.fold.stream.length);
    if (begins_.size() <= job) begins_.push_back(next.begin);
    ++fold_;
    active_.push_back(std::move(next));
}

Sequencer::Active Sequencer::after(const Active& before, Fold fold) const {
    const std::uint64_t streaming = before.fold.stream.length, length = fold.stream.length;
    const bool apart = shape_.pipeline == Pipeline::simple || (fold.job != before.fold.job && fold.product->apart);
    Active next{.fold = std::move(fold)};
    if (apart) {
        next.begin = next.load = before.stream + streaming + shape_.rows + shape_.cols - 2;
        next.stream = next.load + (outputs_stay() ? 0 : shape_.rows);
        return next;
    }
    next.load = before.stream;
    next.stream = before.stream + std::max(streaming, shape_.rows);
    // A column has one wire for results: those of a short stream come after those of a long one.
    if (outputs_stay()) next.stream = std::max(next.stream + length, before.stream + streaming + shape_.rows) - length;
    next.begin = next.stream;
    return next;
}

/// Lane r carries what row r works on, r cycles after row 0.
void Sequencer::feed_left(const Active& active, std::span<Word> lanes) const {
    if (cycle_ < active.stream) return;
    const auto length = active.fold.stream.length;
    const auto since = cycle_ - active.stream;
    if (since >= length + lanes.size()) return;
    for (auto r = since < length ? 0 : since - length + 1; r < lanes.size() && r <= since; ++r) {
        const auto item = since - r;
        const auto value = r < active.fold.rows.length ? streamed(active.fold, item, r) : 0;
        lanes[r] = {.value = value, .valid = true, .first = item == 0, .last = item + 1 == length};
    }
}

/// Lane c carries the stationary words of column c, row by row; for output stationary what column c works on.
void Sequencer::feed_top(const Active& active, std::span<Word> lanes) const {
    const auto begin = outputs_stay() ? active.stream : active.load;
    const auto length = outputs_stay() ? active.fold.stream.length : shape_.rows;
    if (cycle_ < begin || cycle_ - begin >= length + lanes.size()) return;
    const auto since = cycle_ - begin;
    for (auto c = since < length ? 0 : since - length + 1; c < lanes.size() && c <= since; ++c) {
        const auto item = since - c;
        const bool used = c < active.fold.cols.length && (outputs_stay() || item < active.fold.rows.length);
        const auto value = used ? stationary(active.fold, item, c) : 0;
        lanes[c] = {.value = value, .row = static_cast<std::uint32_t>(item), .valid = true};
    }
}

std::int32_t Sequencer::stationary(const Fold& fold, std::size_t row, std::size_t col) const {
    const auto& p = *fold.product;
    if (outputs_stay()) return fold.weight.cut(p.weight(fold.stream.begin + row, fold.cols.begin + col));
    if (shape_.dataflow == ArrayDataflow::input_stationary)
        return fold.input.cut(p.input(fold.cols.begin + col, fold.rows.begin + row));
    return fold.weight.cut(p.weight(fold.rows.begin + row, fold.cols.begin + col));
}

std::int32_t Sequencer::streamed(const Fold& fold, std::size_t item, std::size_t lane) const {
    const auto& p = *fold.product;
    const auto along = fold.stream.begin + item, across = fold.rows.begin + lane;
    if (outputs_stay()) return fold.input.cut(p.input(across, along));
    if (shape_.dataflow == ArrayDataflow::input_stationary) return fold.weight.cut(p.weight(across, along));
    return fold.input.cut(p.input(along, across));
}

}  // namespace dyad::sim
