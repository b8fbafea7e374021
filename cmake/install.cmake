# SPDX-License-Identifier: MIT
set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
    GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

foreach(name ${SAE_TOOLS})
  if(TARGET ${name})
    install(TARGETS ${name} RUNTIME DESTINATION ${PROGRAM_DIR})
  endif()
endforeach()
install(TARGETS ${SAE_CHECKS} RUNTIME DESTINATION ${NAGIOS_PLUGIN_DIR})
install(TARGETS make_sample RUNTIME DESTINATION ${SUPPORT_DIR})

# Files that name paths are written for the usual ones and adapted to the chosen ones.
function(sae_adapted source)
  file(READ ${PROJECT_SOURCE_DIR}/${source} text)
  foreach(pair /usr/bin:PROGRAM_DIR /usr/lib/nagios/plugins:NAGIOS_PLUGIN_DIR
               /usr/lib/smtp-auth:SUPPORT_DIR /usr/lib/zabbix/externalscripts:ZABBIX_SCRIPT_DIR
               /usr/share/smtp-auth:DATA_DIR /var/lib/smtp-auth:STATE_DIR
               /etc/smtp-auth:CONFIG_DIR)
    string(REPLACE ":" ";" pair ${pair})
    list(GET pair 0 usual)
    list(GET pair 1 dir)
    cmake_path(ABSOLUTE_PATH ${dir} BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX} NORMALIZE
               OUTPUT_VARIABLE chosen)
    string(REPLACE ${usual} ${chosen} text "${text}")
  endforeach()
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/adapted/${source} CONTENT "${text}" @ONLY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
endfunction()

foreach(file systemd/smtp-auth-collect.service sysusers.d/smtp-auth.conf cron/smtp-auth
             tmpfiles.d/smtp-auth.conf smtp-auth.conf demo.sh)
  sae_adapted(plugins/${file})
endforeach()
set(adapted ${PROJECT_BINARY_DIR}/adapted/plugins)
install(PROGRAMS ${adapted}/demo.sh DESTINATION ${SUPPORT_DIR} RENAME demo)
install(FILES ${adapted}/smtp-auth.conf DESTINATION ${CONFIG_DIR})
install(FILES ${adapted}/systemd/smtp-auth-collect.service
              plugins/systemd/smtp-auth-collect.timer DESTINATION ${SYSTEMD_UNIT_DIR})
install(FILES ${adapted}/sysusers.d/smtp-auth.conf DESTINATION ${SYSUSERS_DIR})
install(FILES ${adapted}/tmpfiles.d/smtp-auth.conf DESTINATION ${TMPFILES_DIR})
install(FILES ${adapted}/cron/smtp-auth DESTINATION ${DOC_DIR}/examples RENAME cron)

# What the monitoring systems need of their own, for the administrator to copy or include.
function(sae_definitions folder)
  file(GLOB files RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS ${ARGN})
  foreach(file ${files})
    sae_adapted(${file})
    install(FILES ${PROJECT_BINARY_DIR}/adapted/${file} DESTINATION ${DATA_DIR}/${folder})
  endforeach()
endfunction()
sae_definitions(nagios nagios/objects/smtp_auth.cfg nagios/objects/smtp_auth_templates.cfg)
install(FILES nagios/objects/smtp_auth_nrpe.cfg DESTINATION ${DATA_DIR}/nagios) # names check_nrpe only
sae_definitions(icinga2 nagios/icinga2/*.conf)
sae_definitions(icinga2 nagios/director/*.json)
sae_definitions(zabbix zabbix/*.yaml zabbix/*.conf)
sae_definitions(collectd collectd/*.conf)
sae_definitions(prometheus collectd/prometheus/*.rules.yml
                collectd/prometheus/smtp-auth-textfile.*
                collectd/prometheus/alertmanager.yml)
sae_definitions(grafana collectd/grafana/*.json)
foreach(kind alerting dashboards datasources)
  sae_definitions(grafana/provisioning/${kind} collectd/grafana/provisioning/${kind}/*.yaml)
endforeach()
if(TARGET smtp_auth_zabbix)
  install(TARGETS smtp_auth_zabbix RUNTIME DESTINATION ${ZABBIX_SCRIPT_DIR})
endif()
install(FILES docs/exports.ps1 DESTINATION ${DOC_DIR}/docs)
# As in the source tree, so that the links between the documents hold.
install(FILES README.md NEWS.md SECURITY.md HACKING.md DESTINATION ${DOC_DIR})
install(FILES zabbix/README.md DESTINATION ${DOC_DIR}/zabbix)
file(GLOB documents CONFIGURE_DEPENDS docs/*.md)
install(FILES ${documents} DESTINATION ${DOC_DIR}/docs)
file(GLOB pictures CONFIGURE_DEPENDS docs/images/*.png)
install(FILES ${pictures} DESTINATION ${DOC_DIR}/docs/images)
install(FILES plugins/debian/copyright DESTINATION ${DOC_DIR})

# Manual pages and change log are installed compressed, the same bytes at every build.
find_program(GZIP gzip REQUIRED)
function(sae_compressed source dir)
  get_filename_component(name ${source} NAME)
  set(output ${PROJECT_BINARY_DIR}/compressed/${name}.gz)
  add_custom_command(OUTPUT ${output} DEPENDS ${source} VERBATIM
    COMMAND sh -c "exec \"$1\" -9nc \"$2\" >\"$3\"" sh ${GZIP} ${source} ${output})
  set_property(GLOBAL APPEND PROPERTY sae_compressed_files ${output})
  install(FILES ${output} DESTINATION ${dir})
endfunction()

file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/compressed)
file(GLOB pages CONFIGURE_DEPENDS plugins/man/*.[0-9])
foreach(page ${pages})
  string(REGEX REPLACE "^.*\\." "" section ${page})
  sae_compressed(${page} ${MAN_DIR}/man${section})
endforeach()
# check_smtp_auth(1) describes all the checks.
foreach(name ${SAE_CHECKS})
  if(NOT name STREQUAL check_smtp_auth)
    file(CREATE_LINK check_smtp_auth.1.gz ${PROJECT_BINARY_DIR}/compressed/${name}.1.gz
         SYMBOLIC)
    install(FILES ${PROJECT_BINARY_DIR}/compressed/${name}.1.gz DESTINATION ${MAN_DIR}/man1)
  endif()
endforeach()
sae_compressed(${PROJECT_SOURCE_DIR}/plugins/debian/changelog ${DOC_DIR})
get_property(files GLOBAL PROPERTY sae_compressed_files)
add_custom_target(compressed ALL DEPENDS ${files})
