# SPDX-License-Identifier: MIT
# libFuzzer targets: the libraries are instrumented through SAE_SANITIZE of the preset.
if(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
  message(FATAL_ERROR "WITH_FUZZ needs clang: use the preset fuzz")
endif()
file(GLOB fuzz_sources CONFIGURE_DEPENDS tests/fuzz/fuzz_*.c)
foreach(source ${fuzz_sources})
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(${name} PRIVATE sae_nagios sae_core sae_read)
endforeach()
