# SPDX-License-Identifier: Apache-2.0
option(DYAD_WERROR "Treat warnings as errors" ON)
set(DYAD_SANITIZE "" CACHE STRING "Sanitizers, for instance address,undefined")

add_library(dyad_options INTERFACE)
add_library(dyad::options ALIAS dyad_options)
target_compile_features(dyad_options INTERFACE cxx_std_20)
target_compile_options(dyad_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow $<$<BOOL:${DYAD_WERROR}>:-Werror>)
# GCC 12's optimizers see overlaps in std::string's operator+ (GCC bug 105651) and reads of empty std::optionals (80635) that
# are not there.
target_compile_options(dyad_options INTERFACE "$<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-maybe-uninitialized>")
# Results must not depend on the machine: no contraction of a*b+c into one rounding.
target_compile_options(dyad_options INTERFACE -ffp-contract=off)
if(DYAD_SANITIZE)
  target_compile_options(dyad_options INTERFACE -fsanitize=${DYAD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(dyad_options INTERFACE -fsanitize=${DYAD_SANITIZE})
endif()

# dyad_room(NAME PUBLIC ... PRIVATE ...): the library of one room, from every source in its folder.
function(dyad_room name)
  cmake_parse_arguments(room "" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${name}/*.cpp")
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$|/plugin_example/|/torch/|/mpi/module\\.cpp$")
  add_library(dyad_${name} STATIC ${sources})
  add_library(dyad::${name} ALIAS dyad_${name})
  set_target_properties(dyad_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  target_include_directories(dyad_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/dyad>)
  target_link_libraries(dyad_${name} PUBLIC ${room_PUBLIC} PRIVATE ${room_PRIVATE} $<BUILD_INTERFACE:dyad::options>)
  target_compile_features(dyad_${name} PUBLIC cxx_std_20)
endfunction()
