// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <string>

#include "core/document.hpp"

namespace dyad::arch_space {

/// A copy of `body` with its parameters filled in. A scalar `$name` becomes the argument whatever it is; one with more
/// text is arithmetic on numbers, such as `$width * 4 + 1` or `($a + $b) / 2`. `fail(node, what)` is told of unknown
/// parameters and of text that is no arithmetic.
[[nodiscard]] core::Node substitute(const core::Node& body, const std::map<std::string, core::Node>& arguments,
                                    const std::function<void(const core::Node&, const std::string&)>& fail);

}  // namespace dyad::arch_space
