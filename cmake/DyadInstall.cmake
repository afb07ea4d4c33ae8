# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` lays out: headers, libraries, the program, the configurations, and a package for find_package(Dyad).
include(CMakePackageConfigHelpers)
set(rooms core hw_space models arch_space sim codesign)
set(package "${CMAKE_INSTALL_LIBDIR}/cmake/Dyad")
set(DYAD_CONFIGS "${CMAKE_INSTALL_DATADIR}/dyad/configs")

list(TRANSFORM rooms PREPEND dyad_ OUTPUT_VARIABLE libraries)
install(TARGETS dyad_plugin EXPORT DyadTargets)
install(TARGETS ${libraries} EXPORT DyadTargets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(TARGETS dyad RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(DIRECTORY ${rooms} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/dyad" FILES_MATCHING PATTERN "*.hpp"
        PATTERN "torch" EXCLUDE)
install(DIRECTORY configs/ DESTINATION "${DYAD_CONFIGS}")
install(FILES LICENSE CHANGELOG.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")

install(EXPORT DyadTargets NAMESPACE dyad:: DESTINATION "${package}")
configure_package_config_file(cmake/DyadConfig.cmake.in "${PROJECT_BINARY_DIR}/DyadConfig.cmake" INSTALL_DESTINATION "${package}"
                              PATH_VARS DYAD_CONFIGS)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/DyadConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/DyadConfig.cmake" "${PROJECT_BINARY_DIR}/DyadConfigVersion.cmake" cmake/FindSystemC.cmake cmake/FindXGBoost.cmake
        DESTINATION "${package}")
