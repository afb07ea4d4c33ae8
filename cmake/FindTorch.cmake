# SPDX-License-Identifier: Apache-2.0
# libtorch: Torch::Torch. Its own configuration file asks for gflags, glog, protobuf and more that only its programs need.
find_path(Torch_INCLUDE_DIR ATen/ATen.h)
find_path(Torch_API_INCLUDE_DIR torch/torch.h PATH_SUFFIXES torch/csrc/api/include)
find_library(Torch_LIBRARY torch_cpu)
find_library(Torch_C10_LIBRARY c10)
if(Torch_API_INCLUDE_DIR)
  file(READ "${Torch_API_INCLUDE_DIR}/torch/version.h" header)
  string(REGEX REPLACE ".*VERSION_MAJOR ([0-9]+).*VERSION_MINOR ([0-9]+).*" "\\1.\\2" Torch_VERSION "${header}")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Torch REQUIRED_VARS Torch_LIBRARY Torch_C10_LIBRARY Torch_INCLUDE_DIR Torch_API_INCLUDE_DIR
                                  VERSION_VAR Torch_VERSION)
if(Torch_FOUND AND NOT TARGET Torch::Torch)
  add_library(Torch::Torch INTERFACE IMPORTED)
  target_include_directories(Torch::Torch SYSTEM INTERFACE "${Torch_INCLUDE_DIR}" "${Torch_API_INCLUDE_DIR}")
  target_link_libraries(Torch::Torch INTERFACE "${Torch_LIBRARY}" "${Torch_C10_LIBRARY}")
endif()
