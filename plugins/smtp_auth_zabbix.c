/* SPDX-License-Identifier: MIT */
/* External check and UserParameter of Zabbix. Zabbix ignores the exit code and takes stderr
 * for part of the value, so whatever happens is told in the document: this program prints one
 * JSON object and nothing else, and ends with 0. */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "zabbix/document.h"

static const char usage[] =
    "Usage: smtp_auth_zabbix TENANT [--config FILE]\n"
    "       smtp_auth_zabbix --discover [--config FILE]\n"
    "\n"
    "Prints what Zabbix is to know of a tenant, or the list of tenants, as one JSON\n"
    "object. Whatever is wrong stands in its member error; the exit code is always 0.\n"
    "\n"
    "  --config FILE  The configuration (default " SAE_DEFAULT_CONFIG ").\n"
    "  --discover     The tenants, for low-level discovery.\n"
    "  --help         This text.\n"
    "  --version      The version.\n";

struct command {
    const char *tenant, *config;
    bool discover, help, version;
};

/* A descriptor that is closed would be given to the first file opened, and written to. */
static void hold_descriptors(void)
{
    int fd;

    do {
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) {
        (void)!dup2(fd, STDERR_FILENO);
        close(fd);
    }
}

static enum sae_status take_word(struct command *cmd, const char *word, struct sae_err *err)
{
    if (cmd->tenant != NULL) {
        return sae_fail(err, SAE_E_USAGE, "one tenant only, not also %.64s", word);
    }
    cmd->tenant = word;
    return SAE_OK;
}

static enum sae_status take_arguments(struct command *cmd, int argc, char **argv,
                                      struct sae_err *err)
{
    enum sae_status status = SAE_OK;

    for (int i = 1; i < argc && status == SAE_OK; i++) {
        if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) {
            cmd->config = argv[++i];
        } else if (strncmp(argv[i], "--config=", 9) == 0) {
            cmd->config = argv[i] + 9;
        } else if (strcmp(argv[i], "--discover") == 0) {
            cmd->discover = true;
        } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            cmd->help = true;
        } else if (strcmp(argv[i], "--version") == 0 || strcmp(argv[i], "-V") == 0) {
            cmd->version = true;
        } else if (argv[i][0] == '-') {
            status = sae_fail(err, SAE_E_USAGE, "%.64s is no option, or lacks its argument",
                              argv[i]);
        } else {
            status = take_word(cmd, argv[i], err);
        }
    }
    if (status == SAE_OK && cmd->discover && cmd->tenant != NULL) {
        status = sae_fail(err, SAE_E_USAGE, "a tenant and --discover exclude each other");
    } else if (status == SAE_OK && !cmd->discover && cmd->tenant == NULL) {
        status = sae_fail(err, SAE_E_USAGE, "no tenant given");
    }
    return status;
}

/* The document, or NULL and why there is none. */
static char *tell_tenant(const struct command *cmd, const struct sae_config *config,
                         struct sae_err *err)
{
    const struct sae_tenant *tenant = sae_config_tenant(config, cmd->tenant);
    struct sae_snapshot *snap = calloc(1, sizeof(*snap));
    struct sae_view *view = calloc(1, sizeof(*view));
    char *text = NULL;

    if (tenant == NULL) {
        (void)sae_fail(err, SAE_E_CONFIG, "%s has no tenant %.64s", cmd->config, cmd->tenant);
    } else if (snap == NULL || view == NULL) {
        (void)sae_fail(err, SAE_E_NOMEM, "out of memory");
    } else if (sae_view_read(view, tenant, sae_clock_now(), 0, snap, err) == SAE_OK) {
        text = sae_zabbix_document(view);
    }
    free(view);
    free(snap);
    return text;
}

/* No tenant at all is a fault, too: Zabbix would drop every host. */
static char *tell_tenants(const struct command *cmd, const struct sae_config *config,
                          struct sae_err *err)
{
    if (config->count == 0) {
        (void)sae_fail(err, SAE_E_CONFIG, "%s names no tenant", cmd->config);
        return NULL;
    }
    return sae_zabbix_discovery(config, cmd->config);
}

static char *tell(const struct command *cmd, struct sae_err *err)
{
    struct sae_config config;
    char *text;

    if (sae_config_load(cmd->config, &config, err) != SAE_OK) {
        return NULL;
    }
    text = cmd->discover ? tell_tenants(cmd, &config, err) : tell_tenant(cmd, &config, err);
    sae_config_done(&config);
    return text;
}

static void print(const char *text)
{
    size_t len = strlen(text);

    while (len > 0) {
        ssize_t n = write(STDOUT_FILENO, text, len);

        if (n <= 0) {
            return;
        }
        text += n;
        len -= (size_t)n;
    }
}

int main(int argc, char **argv)
{
    struct command cmd = {.config = SAE_DEFAULT_CONFIG};
    struct sae_err err = {0};
    char *text = NULL;
    enum sae_status status;

    hold_descriptors();
    signal(SIGPIPE, SIG_IGN);
    status = take_arguments(&cmd, argc, argv, &err);
    if (cmd.help || cmd.version) {
        print(cmd.help ? usage : "smtp_auth_zabbix " SAE_VERSION "\n");
        return 0;
    }
    if (status == SAE_OK) {
        text = tell(&cmd, &err);
    }
    if (text == NULL) {
        text = sae_zabbix_failure(cmd.discover ? NULL : cmd.tenant,
                                  err.code == SAE_OK ? "out of memory" : err.text);
    }
    print(text == NULL ? "{\"error\":\"out of memory\"}" : text);
    print("\n");
    free(text);
    return 0;
}
