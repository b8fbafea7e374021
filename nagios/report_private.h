/* SPDX-License-Identifier: MIT */
/* What nagios/report.c and nagios/render.c share; not for users of reports. */
#ifndef SAE_REPORT_PRIVATE_H
#define SAE_REPORT_PRIVATE_H

#include "nagios/report.h"

struct sae_report_item {
    enum sae_state state;
    bool below; /* of the last item before it that is not below */
    char *text; /* owned, safe */
};

struct sae_report_perf {
    struct sae_perf data; /* without pointers that count: see sae_report_perf_view() */
    struct sae_range warn, crit;
    bool has_warn, has_crit;
    char label[SAE_PERF_LABEL + 1];
    char uom[4];
    size_t item; /* number of items when it was added: it belongs to the last of them */
};

/* The datum with pointers into `kept`. */
struct sae_perf sae_report_perf_view(const struct sae_report_perf *kept);

/* What line 1 says after the state, borrowed. */
const char *sae_report_summary(const struct sae_report *report);

void sae_report_render_text(const struct sae_report *report, int verbosity,
                            struct sae_buf *buf);
void sae_report_render_json(const struct sae_report *report, struct sae_buf *buf);

#endif
