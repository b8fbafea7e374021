# SPDX-License-Identifier: MIT
# Where things go. Relative paths are below the prefix. None is derived from LIBDIR: Nagios,
# Icinga and systemd look in fixed places that are not multiarch.
set(PROGRAM_DIR bin CACHE STRING "collector and report")
set(NAGIOS_PLUGIN_DIR lib/nagios/plugins CACHE STRING
    "check executables (EL: lib64/nagios/plugins)")
set(SUPPORT_DIR lib/smtp-auth CACHE STRING "demo script and sample generator")
set(ZABBIX_SCRIPT_DIR lib/zabbix/externalscripts CACHE STRING "external script of Zabbix")
set(DATA_DIR share/smtp-auth CACHE STRING "definitions for the monitoring systems")
set(MAN_DIR share/man CACHE STRING "manual pages")
set(DOC_DIR share/doc/smtp-auth CACHE STRING "documentation, examples, licence")
set(SYSTEMD_UNIT_DIR lib/systemd/system CACHE STRING "service and timer")
set(SYSUSERS_DIR lib/sysusers.d CACHE STRING "user and group")
set(TMPFILES_DIR lib/tmpfiles.d CACHE STRING "state directory")
set(CONFIG_DIR /etc/smtp-auth CACHE STRING "configuration")
set(STATE_DIR /var/lib/smtp-auth CACHE STRING "snapshots and history")
