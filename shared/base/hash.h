/* SPDX-License-Identifier: MIT */
/* Small checksums. None is a secret-keeper: sae_hash64() names rows and over-long texts,
 * sae_hash_on() recognises what was seen before, sae_crc32() finds accidents in a file. */
#ifndef SAE_HASH_H
#define SAE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a over the bytes with a final mix, so that all 64 bits depend on all input. */
uint64_t sae_hash64(const void *data, size_t len);

/* Takes a number and bytes into a hash, eight bytes at once, so that the same bytes give another
 * hash on another kind of machine. Zeros at their end do not count: put the length into the
 * number. */
uint64_t sae_hash_on(uint64_t hash, uint64_t number, const void *data, size_t len);

/* CRC-32 as in IEEE 802.3 and zlib. */
uint32_t sae_crc32(const void *data, size_t len);

#endif
