# SPDX-License-Identifier: MIT
# cpack -G DEB
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME smtp-auth)
set(CPACK_PACKAGE_VENDOR "SMTP AUTH exposure monitor contributors")
set(CPACK_PACKAGE_CONTACT "SMTP AUTH exposure monitor contributors <smtp-auth@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "monitor of SMTP AUTH exposure in Microsoft 365")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Measures which mailboxes of a Microsoft 365 tenant can still use SMTP AUTH, who
uses it and who attacks it. A collector publishes a small snapshot; checks for
Nagios and Icinga, a script for Zabbix and a plugin for collectd read it.")
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS
    "nagios4-core | icinga2, zabbix-server-pgsql | zabbix-agent2, collectd-core")
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${PROJECT_SOURCE_DIR}/plugins/debian/conffiles
    ${PROJECT_SOURCE_DIR}/plugins/debian/postinst
    ${PROJECT_SOURCE_DIR}/plugins/debian/prerm
    ${PROJECT_SOURCE_DIR}/plugins/debian/postrm)
include(CPack)
