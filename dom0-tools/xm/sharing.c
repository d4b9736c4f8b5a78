/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exclusive use of disks: two guests that write to one image destroy its file system.  A disk that
 * another domain has may be given again only if both just read it, or if the config says "w!".
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "xm/creation.h"
#include "xm/store.h"

/* The same file, whatever path leads to it; block devices by number. */
static bool same_object(const char *a, const char *b)
{
    struct stat sa, sb;

    if (stat(a, &sa) != 0 || stat(b, &sb) != 0)
        return false;
    if (S_ISBLK(sa.st_mode) && S_ISBLK(sb.st_mode))
        return sa.st_rdev == sb.st_rdev;
    return sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

/* True if device @id of domain @domid clashes with @disk. */
static bool clashes(struct xm *xm, const struct disk *disk, const char *domid, const char *id)
{
    char *path = store_read(xm->xs, "/local/domain/0/backend/vbd/%s/%s/params", domid, id);
    char *mode = store_read(xm->xs, "/local/domain/0/backend/vbd/%s/%s/mode", domid, id);
    bool writes = disk->spec.writable || (mode && strchr(mode, 'w'));
    bool agreed = disk->spec.shared || (mode && strchr(mode, '!'));
    bool ret = path && writes && !agreed && same_object(path, disk->spec.target);

    free(path);
    free(mode);
    return ret;
}

static int refuse(struct xm *xm, const struct creation *c, size_t index, const char *domid)
{
    char *name = xm_domain_name(xm, strtoul(domid, NULL, 10));

    conf_fail(c->conf, "disk", conf_item(c->conf, "disk", index), &xm->fail,
              "%s is in use by domain %s (write w! as its mode if both can bear that)",
              c->disks[index].spec.target, name ? name : domid);
    free(name);
    return -1;
}

int creation_check_sharing(struct xm *xm, const struct creation *c)
{
    unsigned int domains, devices;
    char **domids = store_list(xm->xs, &domains, "/local/domain/0/backend/vbd");
    int ret = 0;

    for (unsigned int i = 0; i < domains && !ret; i++) {
        char **ids = store_list(xm->xs, &devices, "/local/domain/0/backend/vbd/%s", domids[i]);

        for (unsigned int j = 0; j < devices && !ret; j++)
            for (size_t d = 0; d < c->disk_count && !ret; d++)
                if (clashes(xm, &c->disks[d], domids[i], ids[j]))
                    ret = refuse(xm, c, d, domids[i]);
        free(ids);
    }
    free(domids);
    return ret;
}
