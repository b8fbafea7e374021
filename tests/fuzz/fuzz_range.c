/* SPDX-License-Identifier: MIT */
/* libFuzzer target: any bytes as a range. What is accepted must survive being written and
 * read again, agree with strtod(), and be judged consistently. Seeds: tests/vectors. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nagios/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
    if (!truth) {
        abort();
    }
}

static void check_judgement(const struct sae_range *range)
{
    static const double values[] = {-1e15, -1, -0.001, 0, 0.001, 1, 10, 1e15};

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct sae_range opposite = *range;

        opposite.inside = !range->inside;
        require(sae_range_alerts(range, values[i]) !=
                sae_range_alerts(&opposite, values[i]));
        for (size_t k = i; k < sizeof(values) / sizeof(values[0]); k++) {
            require(!sae_range_alerts_from(range, values[i]) ||
                    sae_range_alerts(range, values[k]));
        }
    }
}

static void check_text(const struct sae_range *range)
{
    struct sae_range again;

    require(strlen(range->text) < sizeof(range->text));
    require(strspn(range->text, "@~:-.0123456789") == strlen(range->text));
    require(sae_range_parse(range->text, &again, NULL) == SAE_OK);
    require(strcmp(again.text, range->text) == 0);
    require(again.start == range->start && again.end == range->end);
    require(again.start_infinite == range->start_infinite);
    require(again.end_infinite == range->end_infinite && again.inside == range->inside);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct sae_range range;
    struct sae_err err;
    double number;

    if (text == NULL) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    if (sae_decimal_parse(text, &number)) {
        require(number == strtod(text, NULL));
    }
    if (sae_range_parse(text, &range, &err) == SAE_OK) {
        check_text(&range);
        check_judgement(&range);
    } else {
        require(err.code == SAE_E_USAGE && err.text[0] != '\0');
    }
    free(text);
    return 0;
}
