// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "core/choice_space.hpp"
#include "core/document.hpp"
#include "core/manifest.hpp"

int main() {
    const auto document = dyad::core::parse_document("rows: !choice [8, 16, 32]", "consumer.yaml");
    const auto size = dyad::core::ChoiceSpace(*document).size();
    std::printf("Dyad %s: %llu designs\n", dyad::core::version(), static_cast<unsigned long long>(size));
    return size == 3 ? 0 : 1;
}

extern "C" int sc_main(int, char**) { return 0; }  // libsystemc asks for it (its own main is not used)
