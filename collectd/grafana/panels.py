# SPDX-License-Identifier: MIT
"""The one table of panels. Meaning, unit and limits of a metric come from the table of metrics;
every metric has a panel (a test insists)."""
import collections

# `title`, `type` and size of a panel, its metrics, and what is shown beside the numbers:
#   lines   the limits of the first metric, as lines or colours
#   good    of a switch: 1 is good
Panel = collections.namedtuple("Panel", "title type width height metrics options")


def panel(title, kind, width, height, metrics, *options):
    return Panel(title, kind, width, height, metrics.split(), options)


PANELS = [
    panel("Tenant switch now", "stat", 4, 4, "tenant_enabled"),
    panel("Mailboxes exposed now", "stat", 4, 4, "mbx_exposed", "lines"),
    panel("Failures per hour now", "stat", 4, 4, "fail_per_hour", "lines"),
    panel("Passwords known", "stat", 4, 4, "breach_users", "lines"),
    panel("Days to the retirement", "stat", 4, 4, "retirement_left"),
    panel("Not known for certain", "stat", 4, 4, "unproven", "lines"),

    panel("Tenant switch", "state-timeline", 24, 5, "tenant_enabled"),
    panel("Exposure", "timeseries", 12, 8,
          "mbx_exposed mbx_enabled mbx_inherit mbx_disabled mbx_unknown mbx_all"),
    panel("Exposed, but unused", "timeseries", 12, 8, "mbx_unused", "lines"),
    panel("Failures per hour", "timeseries", 12, 8, "fail_per_hour", "lines"),
    panel("Attack findings", "timeseries", 12, 8,
          "spray_ips spray_nets brute_users spread_users breach_users foreign_ok lockouts mbx_attacked"),
    panel("Sign-ins in the window", "timeseries", 12, 8,
          "fail_events ok_events fail_burst fail_infra stale_devices rows_unparsed"),
    panel("Who and where failures are", "timeseries", 12, 8, "fail_users fail_ips fail_countries"),
    panel("Senders", "timeseries", 12, 8,
          "senders_all senders_new senders_undecided senders_unlisted senders_unmatched senders_silent"),
    panel("Days left", "timeseries", 12, 8, "retirement_left credential_left log_covered"),
    panel("Changes", "timeseries", 12, 8,
          "tenant_opened tenant_closed config_changes policy_blocks mbx_new"),
    panel("Allow list", "timeseries", 12, 8, "mbx_unlisted mbx_expired mbx_expiring"),
    panel("Freshness", "timeseries", 12, 8, "data_age posture_age log_lag"),
    panel("Collection", "state-timeline", 12, 8, "collect_ok", "good"),
    panel("Not known, and warnings without a number", "timeseries", 24, 6, "unproven notices"),
]
