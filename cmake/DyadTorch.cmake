# SPDX-License-Identifier: Apache-2.0
# Networks as tensors live in a library and a program of their own, so that dyad starts fast and never loads libtorch.
set(DYAD_WITH_TORCH AUTO CACHE STRING "Accuracy and profiles by libtorch (dyad-accuracy, dyad-profile): ON, OFF, or AUTO (where libtorch is found)")
if(DYAD_WITH_TORCH STREQUAL "AUTO")
  find_package(Torch 1.13)
elseif(DYAD_WITH_TORCH)
  find_package(Torch 1.13 REQUIRED)
endif()
if(DYAD_WITH_TORCH AND Torch_FOUND)
  find_package(PNG REQUIRED)  # which brings zlib
  file(GLOB_RECURSE torch_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/arch_space/torch/*.cpp")
  list(FILTER torch_sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(dyad_torch STATIC ${torch_sources})
  add_library(dyad::torch ALIAS dyad_torch)
  target_link_libraries(dyad_torch PUBLIC dyad::arch_space Torch::Torch PRIVATE nlohmann_json::nlohmann_json PNG::PNG ZLIB::ZLIB dyad::options)

  add_executable(dyad-accuracy arch_space/torch/main.cpp)
  target_link_libraries(dyad-accuracy PRIVATE dyad::torch dyad::options)
  add_executable(dyad-profile arch_space/torch/profile/main.cpp)
  target_link_libraries(dyad-profile PRIVATE dyad::torch dyad::options)
  add_dependencies(dyad dyad-accuracy dyad-profile)
  install(TARGETS dyad-accuracy dyad-profile RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
