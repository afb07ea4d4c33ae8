// SPDX-License-Identifier: Apache-2.0
#include "sim/cycle/depthwise_array.hpp"

#include <algorithm>
#include <utility>

namespace dyad::sim {

WindowWords& WindowWires::drive() {
    next_.valid = false;
    next_.addresses.clear();
    next_.words.clear();
    next_.offsets.clear();
    next_.weights.clear();
    request_update();
    return next_;
}

DepthwiseArray::DepthwiseArray(const sc_core::sc_module_name& name, std::size_t lanes)
    : sc_module(name), lanes_(lanes), sums_(lanes) {
    SC_METHOD(step);
    sensitive << clk.pos();
    dont_initialize();
}

void DepthwiseArray::step() {
    const auto& words = in->read();
    const auto results = out->drive();
    if (!words.valid) return;
    take(words);
    std::ranges::fill(sums_, 0);
    for (std::size_t w = 0; w < offsets_.size(); ++w) {
        const auto* line = line_.data() + (words.corner + offsets_[w]) % line_words_ * lanes_;
        const auto* weights = weights_.data() + w * lanes_;
        for (std::size_t l = 0; l < lanes_; ++l) sums_[l] += line[l] * weights[l];
    }
    element_cycles_ += offsets_.size() * lanes_;
    for (std::size_t l = 0; l < lanes_; ++l) results[l] = {.value = static_cast<std::int32_t>(sums_[l]), .valid = true};
}

void DepthwiseArray::take(const WindowWords& words) {
    if (!words.offsets.empty()) {
        offsets_ = words.offsets;
        weights_.assign(words.weights.begin(), words.weights.end());
        line_words_ = words.line_words;
        line_.assign(line_words_ * lanes_, 0);
    }
    for (std::size_t a = 0; a < words.addresses.size(); ++a)
        std::copy_n(words.words.data() + a * lanes_, lanes_, line_.data() + words.addresses[a] % line_words_ * lanes_);
}

WindowFeeder::WindowFeeder(const sc_core::sc_module_name& name, std::size_t lanes, ChannelTiles tiles,
                           SteppingClock& clock)
    : sc_module(name), lanes_(lanes), tiles_(std::move(tiles)), clock_(clock) {
    SC_METHOD(step);
    sensitive << clk.pos();
    dont_initialize();
    clock_.use();
}

void WindowFeeder::step() {
    if (ended_) return;
    try {
        work();
    } catch (...) {
        ended_ = true;
        clock_.fail(std::current_exception());
    }
}

void WindowFeeder::work() {
    collect();
    next_pass();
    auto& words = out->drive();
    if (!waiting_.empty()) {
        const auto& pass = waiting_.front();
        if (begins_.size() <= pass.number) begins_.push_back(cycle_);
        drive(pass, words);
        driven_.push_back({pass, pixel_++});
    }
    ++cycle_;
    ended_ = driven_.empty() && exhausted_;
    if (ended_) clock_.leave();
}

/// What is read now was computed two edges after it was driven.
void WindowFeeder::collect() {
    const auto words = in->read();
    if (!words.front().valid) return;
    const auto window = std::move(driven_.front());
    driven_.pop_front();
    cycles_ = cycle_ - 1;
    const auto& pass = window.pass;
    for (std::size_t l = 0; l < pass.channels.length; ++l) {
        auto& product = *(*pass.tile)[pass.channels.begin + l];
        product.outputs[window.pixel * product.filters() + pass.filter] +=
            static_cast<std::uint32_t>(words[l].value) << (pass.input.shift() + pass.weight.shift());
        const bool done = window.pixel + 1 == product.pixels() && pass.filter + 1 == product.filters() &&
                          pass.input.number + 1 == pass.input.of && pass.weight.number + 1 == pass.weight.of;
        if (done && finished) finished(product);
    }
}

void WindowFeeder::next_pass() {
    if (!waiting_.empty() && pixel_ == waiting_.front().tile->front()->pixels()) {
        waiting_.pop_front();
        pixel_ = 0;
    }
    if (exhausted_ || !waiting_.empty()) return;
    const auto tile = std::make_shared<const Channels>(tiles_());
    exhausted_ = tile->empty();
    if (!exhausted_) append_passes(tile, tile_count_++);
}

void WindowFeeder::append_passes(const std::shared_ptr<const Channels>& tile, std::size_t number) {
    const auto& one = *tile->front();
    for (std::size_t at = 0; at < tile->size(); at += lanes_)
        for (std::size_t f = 0; f < one.filters(); ++f)
            for (unsigned i = 0; i < one.input_slices; ++i)
                for (unsigned w = 0; w < one.weight_slices; ++w)
                    waiting_.push_back({tile,
                                        number,
                                        {at, std::min(lanes_, tile->size() - at)},
                                        f,
                                        {i, one.input_slices, one.slice_bits},
                                        {w, one.weight_slices, one.slice_bits}});
}

void WindowFeeder::drive(const Pass& pass, WindowWords& words) {
    const auto& one = *pass.tile->front();
    if (pixel_ == 0) configure(pass, words);
    words.valid = true;
    words.corner = one.input_of_pixel[pixel_];
    for (const auto offset : one.input_of_window) {
        const auto address = words.corner + offset;
        if (sent_[address]) continue;
        sent_[address] = true;
        words.addresses.push_back(address);
        for (std::size_t l = 0; l < lanes_; ++l)
            words.words.push_back(
                l < pass.channels.length ? pass.input.cut((*pass.tile)[pass.channels.begin + l]->inputs[address]) : 0);
    }
}

void WindowFeeder::configure(const Pass& pass, WindowWords& words) {
    const auto& one = *pass.tile->front();
    ++block_;
    sent_.assign(one.inputs.size(), false);
    words.offsets = one.input_of_window;
    words.line_words = one.line_words;
    for (std::size_t w = 0; w < one.window(); ++w)
        for (std::size_t l = 0; l < lanes_; ++l)
            words.weights.push_back(l < pass.channels.length
                                        ? pass.weight.cut((*pass.tile)[pass.channels.begin + l]->weight(w, pass.filter))
                                        : 0);
}

}  // namespace dyad::sim
