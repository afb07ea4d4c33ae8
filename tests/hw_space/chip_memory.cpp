// SPDX-License-Identifier: Apache-2.0
#include "hw_space/chip_memory.hpp"

#include <doctest/doctest.h>

#include "core/document.hpp"
#include "core/files.hpp"
#include "hw_space/accelerator.hpp"

using namespace dyad::hw_space;
using dyad::core::Bytes;

namespace {

Accelerator read(const std::string& text) { return read_accelerator(*dyad::core::parse_document(text, "chip.yaml")); }
Accelerator shipped(const std::string& name) {
    return read_accelerator(*dyad::core::read_document(dyad::core::find_config(name, "accelerators")));
}

/// An array of 4 x 8 with 3 weights, 2 inputs and a sum of 32 bit each; a depthwise and a vector unit.
const std::string engines =
    "engines: [{pe_array: {rows: 4, cols: 8, dataflow: weight_stationary, precision: int8, accumulate: int32, "
    "registers: {weights: 3, inputs: 2, psums: 1}}}, {depthwise_unit: {lanes: 8, kernels: [3], precision: int8}}, "
    "{vector_unit: {lanes: 8, operations: [add]}}]\n";

std::string chip(const std::string& rest) {
    return "accelerator: small\ntechnology: 16nm\nclock: 400 MHz\nmemory:\n  - dram: {standard: lpddr4-3200}\n"
           "  - buffer: {name: outer, size: 64 KiB, banks: 4, width: 16 B}\n" +
           rest;
}

std::string cores(const std::string& count) {
    return "cores:\n  count: " + count +
           "\n  memory: [{buffer: {name: inner, size: 16 KiB, banks: 4, width: 16 B}}]\n  " + engines;
}

}  // namespace

TEST_SUITE("hw_space/chip_memory") {
    TEST_CASE("buffers, and the registers of every element") {
        CHECK(chip_memory(read(chip(engines))) == Bytes(65536 + 288));  // 4 * 8 * (3 + 2 + 4) B
    }
    TEST_CASE("each core has its own") {
        CHECK(chip_memory(read(chip(cores("1")))) == Bytes(65536 + 16384 + 288));
        CHECK(chip_memory(read(chip(cores("4")))) == Bytes(65536 + 4 * (16384 + 288)));
    }
    TEST_CASE("Eyeriss has 168 scratchpads of 12, 224 and 24 words of 16 bit beside its buffer") {
        CHECK(chip_memory(shipped("eyeriss_v1")) == Bytes(100 * 1024 + 168 * 260 * 2));
    }
}
