/*
 * A FAT12 volume on the block store: files in its root directory, written whole.
 *
 *   block:  0 boot sector | 1, 2 the two FATs | 3 root directory, 16 entries | 4 to 63 clusters 2 to 61
 *
 * A file is written to clusters that are free, then their chain, then its entry, in one block; then its old clusters are
 * let go. So whenever power goes, there is the old file or the new one. What nobody's chain holds is free at the next mount.
 */
#ifndef GREENRACK_FAT_H
#define GREENRACK_FAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 8 characters of name and 3 of extension, padded with blanks. */
#define FAT_NAME_SIZE 11u

bool fat_format(void);
/* False when there is no such volume. */
bool fat_mount(void);
/* Makes a file or replaces it. False when there is no room; the old file is as it was then. */
bool fat_write(const char name[FAT_NAME_SIZE], const uint8_t *bytes, size_t size);
/* Its size, at most `room` of which were read; -1 when there is none, or its chain is broken. */
int32_t fat_read(const char name[FAT_NAME_SIZE], uint8_t *bytes, size_t room);

#endif
