# SPDX-License-Identifier: MIT
# One small main per executable, all at the top of the build directory. What several of them
# share, or what is too much for one file, is in a folder below plugins/.
set(SAE_CHECKS check_smtp_auth check_smtp_auth_tenant check_smtp_auth_mailboxes
    check_smtp_auth_signins check_smtp_auth_senders check_smtp_auth_health)
set(SAE_TOOLS smtp_auth_collect smtp_auth_report)

file(GLOB check_sources CONFIGURE_DEPENDS plugins/check/*.c)
add_library(sae_check STATIC ${check_sources})
target_include_directories(sae_check PUBLIC ${PROJECT_SOURCE_DIR}/plugins)
target_link_libraries(sae_check PUBLIC sae_nagios sae_read)
foreach(name ${SAE_CHECKS})
  add_executable(${name} plugins/${name}.c)
  target_link_libraries(${name} PRIVATE sae_check)
endforeach()

foreach(name ${SAE_TOOLS})
  string(REPLACE smtp_auth_ "" folder ${name})
  file(GLOB sources CONFIGURE_DEPENDS plugins/${name}.c plugins/${folder}/*.c
       plugins/${folder}/*/*.c)
  if(sources MATCHES "/${name}\\.c")
    add_executable(${name} ${sources})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/plugins)
    target_link_libraries(${name} PRIVATE sae_check sae_core)
  endif()
endforeach()

# What Zabbix is told; like a check, it only reads.
file(GLOB zabbix_sources CONFIGURE_DEPENDS zabbix/*.c)
add_library(sae_zabbix STATIC ${zabbix_sources})
target_link_libraries(sae_zabbix PUBLIC sae_read)
add_executable(smtp_auth_zabbix plugins/smtp_auth_zabbix.c)
target_link_libraries(smtp_auth_zabbix PRIVATE sae_zabbix)

# The sample tenant of the demo and of the tests; needs libc only.
file(GLOB sample_sources CONFIGURE_DEPENDS tests/data/sample_*.c)
add_executable(make_sample tests/data/make_sample.c ${sample_sources})
