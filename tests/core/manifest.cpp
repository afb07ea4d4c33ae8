// SPDX-License-Identifier: Apache-2.0
#include "core/manifest.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

using namespace dyad::core;

TEST_SUITE_BEGIN("core/manifest");

TEST_CASE("The manifest has the keys of the contract in their order") {
    Manifest manifest;
    manifest.seed = 7;
    manifest.configs = {{"net.yaml", "ab"}, {"chip.yaml", "cd"}};
    manifest.technology = "16nm";
    manifest.constants = {{"mac", 0.5, "pJ", "a table"}};
    CHECK(to_json(manifest).dump() ==
          std::string(R"({"version":")") + version() +
              R"(","seed":7,"configs":[{"file":"net.yaml","sha256":"ab"},{"file":"chip.yaml","sha256":"cd"}],)"
              R"("technology":"16nm","constants":[{"name":"mac","value":0.5,"unit":"pJ","source":"a table"}]})");
}

TEST_CASE("An empty manifest has empty lists") {
    const auto json = to_json({});
    CHECK(json["configs"].is_array());
    CHECK(json["constants"].is_array());
}

TEST_CASE("The version is the one of the build") {
    std::ifstream build(DYAD_SOURCE_DIR "/CMakeLists.txt");
    const std::string text(std::istreambuf_iterator<char>(build), {});
    CHECK(text.find("project(Dyad VERSION " + std::string(version()) + " ") != std::string::npos);
}

TEST_SUITE_END();
