/* SPDX-License-Identifier: MIT */
/* The administrator's CSV files (allow list, accepted findings): UTF-8, a header line with
 * exactly the columns that the file is documented to have, in any order. */
#ifndef SAE_TABLE_H
#define SAE_TABLE_H

#include <stddef.h>

#include "base/err.h"

enum { SAE_TABLE_COLUMNS = 8, SAE_TABLE_ROWS = 50000 };

/* One row, cells in the order of `columns`, trimmed, never NULL. Borrowed. A failure should
 * say what is wrong; the file and line are put in front. */
typedef enum sae_status (*sae_table_taker)(void *arg, char *const *cells,
                                           struct sae_err *err);

enum sae_status sae_table_read(const char *path, const char *const *columns, size_t count,
                               sae_table_taker take, void *arg,
                               struct sae_err *err) SAE_MUST_CHECK;

#endif
