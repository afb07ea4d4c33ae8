// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <set>

#include "core/error.hpp"
#include "models/device/design.hpp"
#include "models/device/profile.hpp"

namespace dyad::models {

TEST_SUITE("models/device") {
    TEST_CASE("the design of a profile covers every class within its limits, and is a profile") {
        const auto text = profile_design(12, {"resnet18"}, 1);
        CHECK(text == profile_design(12, {"resnet18"}, 1));
        CHECK(text != profile_design(12, {"resnet18"}, 2));
        core::Errors errors;
        const auto network = [](const std::string& name, std::uint64_t) -> WorkList {
            CHECK(name == "resnet18");
            return {{conv_work(1, 3, 64, 112, 7, 2, 1), 1}, {conv_work(1, 64, 64, 56, 3, 1, 1), 4}};
        };
        const auto rows = profile_rows(CsvTable::parse(text, "d.csv"), true, network, errors);
        errors.throw_if_any();
        CHECK(rows.size() == 12 * 15 + 1);
        std::set<WorkClass> classes;
        std::set<double> sides, odd;
        for (const auto& row : rows) {
            const auto& work = row.sample.works[0].work;
            classes.insert(work.kind);
            if (work.kind == WorkClass::conv) sides.insert(work.side);
            if (static_cast<std::uint64_t>(work.channels) % 2 == 1) odd.insert(work.channels);
            CHECK(work.macs() <= 1 << 30);
            CHECK(std::max(work.inputs, work.outputs) <= 1 << 25);
        }
        CHECK(classes.size() == work_classes.size());
        CHECK(sides == std::set<double>{1, 3, 5, 7});
        CHECK(odd.size() > 10);
    }
}

}  // namespace dyad::models
