/* SPDX-License-Identifier: MIT */
/* A client on scripted services, with tokens that need no login service. All functions of
 * token.h are here, so that the linker takes none from the library. */
#ifndef SAE_TEST_CLIENT_H
#define SAE_TEST_CLIENT_H

#include "fetch/client.h"
#include "fetch/token.h"
#include "login.h"
#include "scripted_http.h"

#define URL "https://graph.microsoft.com/v1.0/x"
#define BUSY(seconds)                                                                    \
    {                                                                                    \
        .status = 429, .retry_after = (seconds)                                          \
    }

struct sae_tokens {
    int nothing;
};

static struct sae_tokens the_tokens;
static int tokens_asked, tokens_dropped;
static enum sae_service token_for;
static enum sae_status token_says, token_says_later; /* before and after a drop */

static struct sae_client *client;
static struct sae_budget budget;
static struct sae_traffic traffic;
static volatile sig_atomic_t stopped;
static struct sae_refusal refusal;

struct sae_tokens *sae_tokens_new(const struct sae_tenant *of, struct sae_http *http)
{
    ck_assert_ptr_eq(of, &tenant);
    ck_assert_ptr_eq(http, &the_http);
    return &the_tokens;
}

void sae_tokens_free(struct sae_tokens *tokens)
{
    (void)tokens;
}

/* "token-0" until the first drop, then "token-1", .. */
enum sae_status sae_token_get(struct sae_tokens *tokens, enum sae_service service,
                              const char **ret_token, struct sae_err *err)
{
    static char text[16];

    ck_assert_ptr_eq(tokens, &the_tokens);
    tokens_asked++;
    token_for = service;
    if ((tokens_dropped == 0 ? token_says : token_says_later) != SAE_OK) {
        return sae_fail(err, tokens_dropped == 0 ? token_says : token_says_later,
                        "the client secret is wrong");
    }
    snprintf(text, sizeof(text), "token-%d", tokens_dropped);
    *ret_token = text;
    return SAE_OK;
}

void sae_token_drop(struct sae_tokens *tokens, enum sae_service service)
{
    ck_assert_ptr_eq(tokens, &the_tokens);
    ck_assert_int_eq(service, token_for);
    tokens_dropped++;
}

void sae_token_forget(const struct sae_tenant *of)
{
    (void)of;
}

static inline void new_client(void)
{
    const struct sae_client_setup setup = {
        .tenant = &tenant, .budget = &budget, .traffic = &traffic};

    sae_client_free(client);
    client = sae_client_new(&setup);
    ck_assert_ptr_nonnull(client);
}

static inline void client_begin(void)
{
    login_begin();
    http_begin();
    tokens_asked = tokens_dropped = 0;
    token_says = token_says_later = SAE_OK;
    refusal = (struct sae_refusal){0};
    stopped = 0;
    budget = plenty();
    budget.stop = &stopped;
    client = NULL;
    new_client();
}

static inline void client_end(void)
{
    sae_client_free(client);
    ck_assert_int_eq(sent, scripted); /* neither more nor fewer requests than expected */
    login_end();
}

static inline struct sae_ask graph_ask(bool slowly)
{
    return (struct sae_ask){.service = SAE_SERVICE_GRAPH,
                            .url = URL,
                            .patience = SAE_MINUTE,
                            .slowly = slowly};
}

/* The same answer, several times. */
static inline void then_times(int times, struct scripted answer)
{
    for (int i = 0; i < times; i++) {
        then_answer(answer);
    }
}

/* A wait that is ours to choose: up to a quarter more than `seconds`. */
static inline void waited_about(int pause, int64_t seconds)
{
    ck_assert_int_lt(pause, pauses);
    ck_assert_msg(paused[pause] >= seconds * SAE_SECOND &&
                      paused[pause] <= seconds * SAE_SECOND * 5 / 4,
                  "pause %d is %lld ticks, not %lld s", pause, (long long)paused[pause],
                  (long long)seconds);
}

#endif
