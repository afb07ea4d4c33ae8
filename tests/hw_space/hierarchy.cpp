// SPDX-License-Identifier: Apache-2.0
// Hierarchies that are given as they stand.
#include "hw_space/hierarchy.hpp"

#include <doctest/doctest.h>

#include "core/document.hpp"
#include "core/error.hpp"
#include "hw_space/accelerator.hpp"

using namespace dyad;

namespace {

/// Why a chip of two levels is refused under a constraint.
std::string fault(const std::string& constraint) {
    const auto text =
        "accelerator: given\ntechnology: 16nm\nclock: 1 GHz\nhierarchy:\n"
        "  - {name: dram, word_bits: 16, read_energy: 100 pJ, write_energy: 100 pJ}\n"
        "  - {name: own, word_bits: 16, capacity: 64 words, read_energy: 1 pJ, write_energy: 1 pJ}\n"
        "multiplier: {instances: 1, bits: 16, energy: 1 pJ}\nconstraints:\n  - " +
        constraint + "\n";
    try {
        (void)hw_space::read_accelerator(*core::parse_document(text, "f.yaml"));
    } catch (const core::Error& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_SUITE("hw_space/hierarchy") {
    TEST_CASE("a constraint cannot keep and bypass a tensor, bypass the outermost level or order a dimension twice") {
        CHECK(fault("{level: own, keep: [weights], bypass: [inputs]}").empty());
        CHECK(fault("{level: own, keep: [weights], bypass: [weights]}") ==
              "f.yaml:9:5: constraints[0]: weights cannot be both kept and bypassed");
        CHECK(fault("{level: dram, bypass: [outputs]}") ==
              "f.yaml:9:5: constraints[0]: the outermost level keeps every tensor, also outputs");
        CHECK(fault("{level: own, temporal: {M: 2}, order: [M, N, M]}") ==
              "f.yaml:9:50: constraints[0].order[2]: dimension M occurs twice");
        CHECK(fault("{level: own, spatial: {M: 1}, columns: [M, N]}").empty());
    }
}
