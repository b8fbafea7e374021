/* SPDX-License-Identifier: MIT */
/* The services of a live tenant, as a test says they are. */
#ifndef SAE_TEST_LIVE_WORLD_H
#define SAE_TEST_LIVE_WORLD_H

#include "base/hash.h"
#include "fetch/exchange.h"
#include "fetch/graph.h"
#include "fetch/policy.h"
#include "store/history.h"
#include "tenant.h"

static struct {
    enum sae_status transport, mailboxes, policy, signins; /* what each read ends with */
    const char *smtp_disabled; /* the tenant switch as Exchange says it */
    int boxes;                 /* how many mailboxes there are, all inheriting */
    int64_t blocks;
    bool partial;
    const char *default_policy;
    bool current;              /* of a read of sign-ins that fails: the present was read */
    bool covers;               /* it claims what it was asked for */
    int failures;              /* rows of a page that it delivers, in the last hour */
    int64_t late;              /* but so much earlier */
    int asked[SAE_PART_COUNT]; /* how often each was asked */
    struct sae_graph_wish wish;
    struct sae_interval held;
} world;

struct sae_client *sae_client_new(const struct sae_client_setup *setup)
{
    (void)setup;
    return (struct sae_client *)&world;
}

void sae_client_free(struct sae_client *client)
{
    (void)client;
}

static enum sae_status end_with(enum sae_status status, struct sae_err *err)
{
    return status == SAE_OK ? SAE_OK : sae_fail(err, status, "the service says no");
}

enum sae_status sae_exchange_transport(struct sae_client *client,
                                       struct sae_transport *ret_transport,
                                       struct sae_err *err)
{
    (void)client;
    world.asked[SAE_PART_TENANT]++;
    *ret_transport = (struct sae_transport){.count = 1};
    snprintf(ret_transport->settings[0].name, sizeof(ret_transport->settings[0].name),
             "SmtpClientAuthenticationDisabled");
    snprintf(ret_transport->settings[0].value, sizeof(ret_transport->settings[0].value), "%s",
             world.smtp_disabled);
    return end_with(world.transport, err);
}

enum sae_status sae_exchange_mailboxes(struct sae_client *client,
                                       const struct sae_mailbox_sink *sink,
                                       bool first_page_only, uint64_t *ret_rows,
                                       bool *ret_more, struct sae_err *err)
{
    enum sae_status status = sink->begin(sink->arg, err);

    (void)client;
    ck_assert(!first_page_only);
    world.asked[SAE_PART_MAILBOXES]++;
    for (int i = 0; i < world.boxes && status == SAE_OK; i++) {
        struct sae_mailbox box = {.names = ""};

        snprintf(box.address, sizeof(box.address), "box%d@contoso.example", i);
        box.row = sae_hash64(box.address, strlen(box.address));
        status = sink->known(sink->arg, box.row) ? SAE_OK : sink->add(sink->arg, &box, err);
    }
    if (status == SAE_OK && world.mailboxes == SAE_OK) {
        status = sink->keep(sink->arg, err);
        *ret_rows = (uint64_t)world.boxes;
        *ret_more = false;
    }
    return status == SAE_OK ? end_with(world.mailboxes, err) : status;
}

enum sae_status sae_policy_read(struct sae_client *client, struct sae_policies *ret_policies,
                                struct sae_err *err)
{
    struct sae_setting *setting = calloc(1, sizeof(*setting));

    (void)client;
    world.asked[SAE_PART_POLICY]++;
    ck_assert_ptr_nonnull(setting);
    snprintf(setting->name, sizeof(setting->name), "DefaultAuthenticationPolicy");
    snprintf(setting->value, sizeof(setting->value), "%s", world.default_policy);
    *ret_policies = (struct sae_policies){.blocks = world.blocks,
                                          .partial = world.partial,
                                          .set_count = 1,
                                          .set = {{.object = "organization",
                                                   .settings = setting,
                                                   .count = 1}}};
    return end_with(world.policy, err);
}

void sae_policies_done(struct sae_policies *policies)
{
    for (size_t i = 0; i < policies->set_count; i++) {
        free(policies->set[i].settings);
    }
}

static enum sae_status send_page(const struct sae_graph_wish *wish,
                                 const struct sae_graph_sink *sink, struct sae_err *err)
{
    struct sae_signin *rows = calloc(64, sizeof(*rows));
    enum sae_status status;

    ck_assert_ptr_nonnull(rows);
    ck_assert_int_lt(world.failures, 64);
    for (int i = 0; i < world.failures; i++) {
        rows[i] = (struct sae_signin){.time = wish->end - world.late - (i + 1) * SAE_MINUTE,
                                      .id = (uint64_t)(wish->end + i),
                                      .code = 50126};
        snprintf(rows[i].user, sizeof(rows[i].user), "user%d@contoso.example", i);
    }
    status = sink->page(sink->arg, rows, (size_t)world.failures, err);
    free(rows);
    return status;
}

enum sae_status sae_graph_signins(struct sae_client *client,
                                  const struct sae_graph_wish *wish,
                                  const struct sae_graph_sink *sink,
                                  struct sae_graph_proof *ret_proof, struct sae_err *err)
{
    enum sae_status status = send_page(wish, sink, err);
    struct sae_interval all = {.from = wish->begin, .to = wish->end - wish->lag};

    (void)client;
    world.asked[SAE_PART_SIGNINS]++;
    world.wish = *wish;
    world.held = wish->held_count > 0 ? wish->held[0] : (struct sae_interval){0};
    if (status == SAE_OK && world.covers) {
        status = sink->covered(sink->arg, all, err);
    }
    ck_assert_int_eq(status, SAE_OK);
    *ret_proof = (struct sae_graph_proof){.current = world.current,
                                          .all = world.signins == SAE_OK,
                                          .newest = wish->end - SAE_MINUTE,
                                          .rows = (uint64_t)world.failures};
    return end_with(world.signins, err);
}

#endif
