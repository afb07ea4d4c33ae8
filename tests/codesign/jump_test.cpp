// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "arch_space/network.hpp"
#include "core/document.hpp"
#include "core/files.hpp"
#include "hw_space/accelerator.hpp"
#include "models/mapper.hpp"
#include "sim/play.hpp"

using namespace dyad;

namespace {

/// Plays small networks with and without jumps on a shipped chip whose DRAM is never refreshed.
void check_identical(const std::string& name) {
    auto design = hw_space::read_accelerator(*core::read_document(core::find_config(name, "accelerators")));
    design.dram.refresh = false;
    const auto chip = std::make_shared<const hw_space::Accelerator>(std::move(design));
    models::MapperMemo memo;
    for (const auto* of : {"squeezenet1_1", "mobilenet_v3_small"}) {
        CAPTURE(of);
        const auto network = arch_space::read_network(*core::read_document(core::find_config(of, "networks")));
        const auto schedule =
            models::map_all(std::make_shared<const models::Dataflow>(arch_space::lower(network, {})), chip, {}, memo);
        const auto jumped = sim::play(schedule, {.jump = true, .trace = {}}),
                   played = sim::play(schedule, {.jump = false, .trace = {}});
        REQUIRE(jumped.size() == played.size());
        for (std::size_t s = 0; s < played.size(); ++s) {
            CAPTURE(s);
            CHECK(jumped[s].start == played[s].start);
            CHECK(jumped[s].end == played[s].end);
            CHECK(jumped[s].counts.loaded == played[s].counts.loaded);
            CHECK(jumped[s].counts.stored == played[s].counts.stored);
            CHECK(jumped[s].counts.activates == played[s].counts.activates);
            CHECK(jumped[s].counts.waits == played[s].counts.waits);
        }
    }
}

}  // namespace

// Without refresh a jump changes nothing, to the last picosecond; `scripts/benchmark jump` compares every shipped pair.
TEST_SUITE("codesign/jump") {
    TEST_CASE("a jump changes nothing on edge_npu") { check_identical("edge_npu"); }
    TEST_CASE("a jump changes nothing on edge_tpu_like") { check_identical("edge_tpu_like"); }
    TEST_CASE("a jump changes nothing on eyeriss_v1") { check_identical("eyeriss_v1"); }
    TEST_CASE("a jump changes nothing on gemmini_16") { check_identical("gemmini_16"); }
    TEST_CASE("a jump changes nothing on nvdla_full") { check_identical("nvdla_full"); }
    TEST_CASE("a jump changes nothing on nvdla_small") { check_identical("nvdla_small"); }
    TEST_CASE("a jump changes nothing on quad_npu") { check_identical("quad_npu"); }
    TEST_CASE("a jump changes nothing on simba_like") { check_identical("simba_like"); }
    TEST_CASE("a jump changes nothing on tpu_v1") { check_identical("tpu_v1"); }
    TEST_CASE("a jump changes nothing on tpu_v4") { check_identical("tpu_v4"); }
    TEST_CASE("a jump changes nothing on ws_array") { check_identical("ws_array"); }
}
