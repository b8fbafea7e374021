/* SPDX-License-Identifier: MIT */
/* What a plugin's process needs besides its check: clean descriptors, signals that end in
 * a line and a state instead of silence, a deadline that holds even inside a blocked
 * system call, and a write that notices a full disk.
 *
 * This is the one module with static data, because a signal handler has nothing else: the
 * lines prepared for the handlers, and whether output has begun. The functions are for a
 * program's only thread. */
#ifndef SAE_PROCESS_H
#define SAE_PROCESS_H

#include <stddef.h>

#include "base/err.h"
#include "nagios/state.h"

/* First call of main(). Opens what is missing of descriptors 0 to 2 in such a way that
 * writing to a stdout that was closed still fails; ignores SIGPIPE; umask 077; no core
 * dumps. From here on SIGTERM and SIGINT end in "SERVICE UNKNOWN - told to stop", and
 * SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT in "SERVICE UNKNOWN - internal error", both
 * with exit 3. A program that wants SIGTERM for itself installs its own handler
 * afterwards. */
void sae_plugin_start(const char *service);

/* Arms the deadline: after `seconds` of monotonic time the process writes "SERVICE STATE
 * - timed out after N seconds" and exits with the state. If output has begun by then it
 * only exits. A second call replaces the first. */
enum sae_status sae_watchdog_start(unsigned seconds, enum sae_state state,
                                   const char *service,
                                   struct sae_err *err) SAE_MUST_CHECK;

/* Disarms it. */
void sae_watchdog_stop(void);

/* Writes everything or fails: SAE_E_IO for a full disk, a closed descriptor, a reader
 * that went away. The first write to descriptor 1 silences the handlers' lines, so that a
 * result is never followed by a second one. */
enum sae_status sae_write_all(int fd, const char *data, size_t len,
                              struct sae_err *err) SAE_MUST_CHECK;

#endif
