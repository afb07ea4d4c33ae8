# SPDX-License-Identifier: Apache-2.0
# MPI lives in a module of its own that dyad loads under mpirun only; without mpirun the program stays as small as without MPI.
set(DYAD_WITH_MPI AUTO CACHE STRING "Search and sweep over MPI ranks: ON, OFF, or AUTO (where Open MPI is found)")
set(module_place "${CMAKE_INSTALL_LIBDIR}/dyad")
file(RELATIVE_PATH from_program "${CMAKE_INSTALL_FULL_BINDIR}" "${CMAKE_INSTALL_FULL_LIBDIR}/dyad")
set_source_files_properties(codesign/mpi/load.cpp PROPERTIES COMPILE_DEFINITIONS DYAD_MPI_INSTALLED="${from_program}/dyad_mpi.so")

if(DYAD_WITH_MPI)
  set(MPI_CXX_SKIP_MPICXX ON)  # the C functions alone
  if(DYAD_WITH_MPI STREQUAL "AUTO")
    find_package(MPI COMPONENTS CXX)
  else()
    find_package(MPI REQUIRED COMPONENTS CXX)
  endif()
endif()
if(DYAD_WITH_MPI AND MPI_CXX_FOUND)
  add_library(dyad_mpi MODULE codesign/mpi/module.cpp)
  set_target_properties(dyad_mpi PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
  target_include_directories(dyad_mpi PRIVATE "${PROJECT_SOURCE_DIR}")
  target_link_libraries(dyad_mpi PRIVATE dyad::options MPI::MPI_CXX)
  add_dependencies(dyad dyad_mpi)
  install(TARGETS dyad_mpi LIBRARY DESTINATION "${module_place}")
endif()
