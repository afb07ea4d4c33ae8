// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace dyad::models::mapper {

/// One function object from several, for std::visit.
template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace dyad::models::mapper
