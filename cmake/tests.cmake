# SPDX-License-Identifier: MIT
# Labels: unit (libcheck programs), valgrind (the same under valgrind), e2e (scripts against
# the built programs), daemon (the real monitoring systems), package (a bare root), lint.
# What takes long and seldom finds anything is registered with SAE_LONG_TESTS only.
pkg_check_modules(CHECK REQUIRED IMPORTED_TARGET check)
find_program(VALGRIND valgrind)

# Random tests take fewer rounds where everything is slow.
set(slow "")
if(SAE_SANITIZE)
  set(slow SAE_SANITIZED=1)
endif()

file(GLOB unit_sources CONFIGURE_DEPENDS tests/unit/check_*.c)
foreach(source ${unit_sources})
  get_filename_component(name ${source} NAME_WE)
  set(dir ${PROJECT_BINARY_DIR}/tests/${name})
  file(MAKE_DIRECTORY ${dir} ${dir}/valgrind)
  add_executable(${name} ${source})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${dir})
  target_compile_definitions(${name} PRIVATE SAE_TEST_DIR="${PROJECT_SOURCE_DIR}/tests")
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/plugins)
  target_link_libraries(${name} PRIVATE sae_zabbix sae_nagios sae_core sae_read PkgConfig::CHECK)
  add_test(NAME unit.${name} COMMAND ${name} WORKING_DIRECTORY ${dir})
  set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 300
                       ENVIRONMENT "CK_TIMEOUT_MULTIPLIER=10;${slow}")
  if(VALGRIND AND SAE_LONG_TESTS AND NOT SAE_SANITIZE)
    # Without fork, so that every test runs in the process that is watched.
    add_test(NAME valgrind.${name} WORKING_DIRECTORY ${dir}/valgrind
             COMMAND ${VALGRIND} -q --error-exitcode=99 --leak-check=full
                     --errors-for-leak-kinds=definite,indirect,possible
                     $<TARGET_FILE:${name}>)
    set_tests_properties(valgrind.${name} PROPERTIES LABELS valgrind TIMEOUT 900
                         ENVIRONMENT "CK_FORK=no;SAE_VALGRIND=1")
  endif()
endforeach()

# What a third party would write: must go on compiling.
add_executable(example_plugin nagios/example_plugin.c)
target_link_libraries(example_plugin PRIVATE sae_nagios sae_read)

file(GLOB bench_sources CONFIGURE_DEPENDS tests/bench/bench_*.c)
foreach(source ${bench_sources})
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE sae_nagios sae_core sae_read)
endforeach()

set(script_environment SAE_BIN=${PROJECT_BINARY_DIR} SAE_SRC=${PROJECT_SOURCE_DIR} ${slow})
file(GLOB e2e_scripts CONFIGURE_DEPENDS tests/e2e/*.sh)
list(FILTER e2e_scripts EXCLUDE REGEX "/(lib|common)[^/]*$") # sourced by the others
foreach(script ${e2e_scripts})
  get_filename_component(name ${script} NAME_WE)
  # Scripts say themselves, in a line of their first comment, what holds for them.
  file(STRINGS ${script} alone REGEX "^# Alone: ")           # measures time
  file(STRINGS ${script} unsanitized REGEX "^# Not sanitized: ")
  if(SAE_SANITIZE AND unsanitized)
    continue()
  endif()
  add_test(NAME e2e.${name} COMMAND ${script})
  set_tests_properties(e2e.${name} PROPERTIES LABELS e2e TIMEOUT 900 SKIP_RETURN_CODE 77
                       ENVIRONMENT "${script_environment}")
  if(alone)
    set_tests_properties(e2e.${name} PROPERTIES RUN_SERIAL ON)
  endif()
endforeach()

# The real monitoring systems: each script has its own ports and folders and waits more than it
# works, so they run beside each other and begin first.
file(GLOB daemon_scripts CONFIGURE_DEPENDS tests/e2e/daemons/*.sh)
foreach(script ${daemon_scripts})
  get_filename_component(name ${script} NAME_WE)
  add_test(NAME daemon.${name} COMMAND bash ${script})
  set_tests_properties(daemon.${name} PROPERTIES LABELS daemon TIMEOUT 600 COST 1000
                       SKIP_RETURN_CODE 77 ENVIRONMENT "${script_environment}")
endforeach()

# Every program under valgrind, through wrappers of the same names, in the two scripts that run
# all of them on all kinds of input. The others start programs by the thousand, or look at
# time and environment, which valgrind changes: they run under the sanitizers instead.
if(VALGRIND AND SAE_LONG_TESTS AND NOT SAE_SANITIZE)
  set(wrappers ${PROJECT_BINARY_DIR}/valgrind-bin)
  foreach(name ${SAE_CHECKS} ${SAE_TOOLS})
    file(WRITE ${wrappers}/${name} "#!/bin/sh\nexec ${VALGRIND} -q --error-exitcode=99 "
         "--leak-check=full --errors-for-leak-kinds=definite,indirect "
         "${PROJECT_BINARY_DIR}/${name} \"$@\"\n")
    file(CHMOD ${wrappers}/${name} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
  endforeach()
  file(CREATE_LINK ${PROJECT_BINARY_DIR}/make_sample ${wrappers}/make_sample SYMBOLIC)
  foreach(name must_show hostile_text)
    add_test(NAME valgrind.e2e.${name} COMMAND ${PROJECT_SOURCE_DIR}/tests/e2e/${name}.sh)
    # The longest ones begin first: the scripts that run alone wait for them.
    set_tests_properties(valgrind.e2e.${name} PROPERTIES LABELS valgrind TIMEOUT 900 COST 900
      SKIP_RETURN_CODE 77 ENVIRONMENT
      "SAE_BIN=${wrappers};SAE_SRC=${PROJECT_SOURCE_DIR};SAE_SANITIZED=1;SAE_VALGRIND=1")
  endforeach()
endif()
if(TEST e2e.package)
  set_tests_properties(e2e.package PROPERTIES LABELS "e2e;package" COST 800)
endif()

add_test(NAME lint COMMAND ${PROJECT_SOURCE_DIR}/tests/lint.sh)
set_tests_properties(lint PROPERTIES LABELS lint TIMEOUT 120 SKIP_RETURN_CODE 77
                     ENVIRONMENT "${script_environment}")
