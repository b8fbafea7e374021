/* SPDX-License-Identifier: MIT */
/* Where to connect, whom to trust and where keys go is said by the configuration alone. */
#ifndef SAE_ENVIRONMENT_H
#define SAE_ENVIRONMENT_H

/* Takes away every variable by which the libraries of the collector would let somebody else
 * say it. Before anything of those libraries runs. */
void sae_environment_clear(void);

#endif
