// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "codesign/run/results.hpp"
#include "tests/codesign/synthetic.hpp"

namespace dyad::codesign::testing {

/// The run of a search that evaluated `pairs`.
inline Run assembled(std::shared_ptr<const Experiment> experiment, const std::vector<Pair>& pairs) {
    const Scratch scratch;
    Database database(scratch / "run.sqlite");
    database.begin({}, experiment->configs);
    database.store(*experiment, pairs);
    return assemble(std::move(experiment), "search", database, true);
}

}  // namespace dyad::codesign::testing
