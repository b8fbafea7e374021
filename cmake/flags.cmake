# SPDX-License-Identifier: MIT
# Warnings and hardening. Every flag that some compiler lacks is probed, never assumed.
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)
include(CheckLinkerFlag)
include(CheckPIESupported)

add_compile_options(
  -Wall -Wextra -Wconversion -Wshadow -Wformat=2 -Wstrict-prototypes -Wimplicit-fallthrough
  -Werror=format-security -Werror=implicit-function-declaration
  -Werror=incompatible-pointer-types -Werror=int-conversion)
if(SAE_WERROR)
  add_compile_options(-Werror)
endif()

function(sae_compile_flag flag)
  string(MAKE_C_IDENTIFIER "HAVE_CC_${flag}" known)
  # Clang only warns about some unknown flags: the probe must fail on a warning.
  set(CMAKE_REQUIRED_FLAGS -Werror)
  check_c_compiler_flag(${flag} ${known})
  if(${known})
    add_compile_options(${flag})
  endif()
endfunction()

function(sae_link_flag flag)
  string(MAKE_C_IDENTIFIER "HAVE_LD_${flag}" known)
  check_linker_flag(C ${flag} ${known})
  if(${known})
    add_link_options(${flag})
  endif()
endfunction()

foreach(flag
    -fstack-clash-protection -fstack-protector-strong -fcf-protection=full
    -fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing
    -ftrivial-auto-var-init=zero -fstrict-flex-arrays=3 -fzero-init-padding-bits=all
    -Wtrampolines -Wbidi-chars=any)
  sae_compile_flag(${flag})
endforeach()
foreach(flag -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed)
  sae_link_flag(${flag})
endforeach()

set(CMAKE_POSITION_INDEPENDENT_CODE ON)
check_pie_supported(LANGUAGES C)

if(SAE_SANITIZE)
  add_compile_options(-fsanitize=${SAE_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SAE_SANITIZE})
else()
  # Level 3 needs gcc 12 or clang 9 and a recent glibc; older ones say so with a warning.
  foreach(level 3 2)
    set(CMAKE_REQUIRED_FLAGS "-Werror -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=${level}")
    check_c_source_compiles("#include <string.h>\nint main(void) { return 0; }"
                            HAVE_FORTIFY_${level})
    unset(CMAKE_REQUIRED_FLAGS)
    if(HAVE_FORTIFY_${level})
      # Without optimisation the macro does nothing but warn.
      add_compile_options(
        "$<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=${level}>")
      break()
    endif()
  endforeach()
endif()
