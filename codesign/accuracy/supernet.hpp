// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "codesign/experiment/experiment.hpp"

namespace dyad::codesign {

/// Has dyad-accuracy train the supernet of an experiment whose evaluator is `supernet`, unless its checkpoint is there.
/// Until it is whole it is in CHECKPOINT.part, from which a later call goes on; processes that
/// lack the same one wait for the first, by CHECKPOINT.lock. Throws core::Error.
void train_if_missing(const Experiment& experiment, bool quiet);

}  // namespace dyad::codesign
