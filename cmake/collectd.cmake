# SPDX-License-Identifier: MIT
# The collectd plugin, where collectd's headers are (Debian: collectd-dev). They come without a
# pkg-config file, and are right only together with their config.h. smtp_auth.so is loaded by
# the name of the file; what it takes from the daemon stays unresolved until then.
set(COLLECTD_PLUGIN_DIR lib/collectd CACHE STRING "plugins of collectd (EL: lib64/collectd)")
find_path(COLLECTD_INCLUDE_DIR collectd/core/daemon/plugin.h)
if(COLLECTD_INCLUDE_DIR)
  add_library(smtp_auth MODULE collectd/smtp_auth.c)
  set_target_properties(smtp_auth PROPERTIES PREFIX "" C_EXTENSIONS ON
                        C_VISIBILITY_PRESET hidden)
  target_compile_definitions(smtp_auth PRIVATE HAVE_CONFIG_H=1)
  target_include_directories(smtp_auth SYSTEM PRIVATE ${COLLECTD_INCLUDE_DIR}
                             ${COLLECTD_INCLUDE_DIR}/collectd)
  target_link_libraries(smtp_auth PRIVATE sae_read)
  # Nothing of ours, nor of the archive, meets the names of other plugins.
  target_link_options(smtp_auth PRIVATE -Wl,--exclude-libs,ALL)
  install(TARGETS smtp_auth LIBRARY DESTINATION ${COLLECTD_PLUGIN_DIR})
else()
  message(STATUS "collectd's headers are not there (collectd-dev): smtp_auth.so is not built")
endif()
