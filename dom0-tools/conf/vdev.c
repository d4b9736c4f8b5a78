/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers of virtual disks; see vdev.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/vdev.h"

/* Majors and ranges of xen-vbd-interface(7), "Details" */
#define XVD_MAJOR 202u
#define SD_MAJOR  8u
#define HD_MAJOR  3u
#define HD_MAJOR2 22u
#define EXTENDED  (1u << 28)
#define DISK_MAX  (1u << 20)

/* Reads "a".."z", "aa".. as 0.. ; false if there is no letter or too many. */
static bool letters(const char **at, uint32_t *disk)
{
    uint32_t n = 0;
    const char *start = *at;

    for (; **at >= 'a' && **at <= 'z'; (*at)++) {
        n = n * 26 + (**at - 'a' + 1);
        if (n > DISK_MAX)
            return false;
    }
    *disk = n - 1;
    return *at != start;
}

/* Reads a decimal number without sign or leading blanks. */
static bool digits(const char **at, uint32_t *n)
{
    uint32_t value = 0;
    const char *start = *at;

    for (; **at >= '0' && **at <= '9'; (*at)++) {
        value = value * 10 + (**at - '0');
        if (value > DISK_MAX)
            return false;
    }
    *n = value;
    return *at != start;
}

static bool encode(const char *kind, uint32_t disk, uint32_t part, uint32_t *number)
{
    if (strcmp(kind, "xvd") == 0) {
        if (disk < 16 && part < 16)
            *number = XVD_MAJOR << 8 | disk << 4 | part;
        else
            *number = EXTENDED | disk << 8 | part;
        return part < 256 && disk < DISK_MAX;
    }
    if (strcmp(kind, "sd") == 0) {
        *number = SD_MAJOR << 8 | disk << 4 | part;
        return disk < 16 && part < 16;
    }
    *number = (disk < 2 ? HD_MAJOR : HD_MAJOR2) << 8 | (disk & 1) << 6 | part;
    return disk < 4 && part < 64;
}

bool vdev_parse(const char *name, uint32_t *number)
{
    static const char *const kinds[] = {"xvd", "sd", "hd"};
    uint32_t disk, part = 0;
    const char *at;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strncmp(name, kinds[i], strlen(kinds[i])) != 0)
            continue;
        at = name + strlen(kinds[i]);
        return letters(&at, &disk) && (*at == '\0' || digits(&at, &part)) && *at == '\0' &&
               encode(kinds[i], disk, part, number);
    }
    if (name[0] == 'd') { /* d<disk>p<partition> */
        at = name + 1;
        return digits(&at, &disk) &&
               (*at == '\0' || (*at++ == 'p' && digits(&at, &part) && *at == '\0')) &&
               encode("xvd", disk, part, number);
    }
    if (name[0] >= '0' && name[0] <= '9') {
        char *end;
        unsigned long n;

        errno = 0;
        n = strtoul(name, &end, 0);
        *number = n;
        return !errno && *end == '\0' && n > 0 && n < 2 * EXTENDED;
    }
    return false;
}

/* Which disk and partition of xvd a Linux guest makes of @number; false if it is none of these. */
static bool linux_disk(uint32_t number, uint32_t *disk, uint32_t *part)
{
    uint32_t minor = number & 255;

    switch (number >> 8) {
    case XVD_MAJOR:
    case SD_MAJOR: /* sda is shown as xvda, too */
        *disk = minor >> 4;
        *part = minor & 15;
        return true;
    case HD_MAJOR:
    case HD_MAJOR2:
        *disk = (minor >> 6) + (number >> 8 == HD_MAJOR ? 0 : 2);
        *part = minor & 63;
        return true;
    default:
        *disk = (number & ~EXTENDED) >> 8;
        *part = minor;
        return number & EXTENDED;
    }
}

bool vdev_overlap(uint32_t a, uint32_t b)
{
    uint32_t disk_a, part_a, disk_b, part_b;

    return linux_disk(a, &disk_a, &part_a) && linux_disk(b, &disk_b, &part_b) && disk_a == disk_b &&
           (part_a == part_b || part_a == 0 || part_b == 0);
}

char *vdev_name(uint32_t number, char text[16])
{
    uint32_t disk, part;
    char *at = text;

    if ((number >> 8 != XVD_MAJOR && !(number & EXTENDED)) || !linux_disk(number, &disk, &part)) {
        snprintf(text, 16, "%u", number);
        return text;
    }
    at += sprintf(at, "xvd");
    if (disk >= 26)
        *at++ = 'a' + (disk / 26 - 1) % 26;
    *at++ = 'a' + disk % 26;
    if (part)
        at += sprintf(at, "%u", part);
    *at = '\0';
    return text;
}
