/* SPDX-License-Identifier: BSD-2-Clause */
/* Renaming; see rename.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/names.h"
#include "domain/config_file.h"
#include "domain/managed.h"
#include "domain/paths.h"
#include "domain/rename.h"
#include "lib/store.h"

int domain_rename_kept(struct toolstack *ts, uint32_t domid, const char *name)
{
    char path[PATH_LEN];
    struct conf *conf;
    int ret;

    if (access(path_domain_config(domid, path), F_OK) != 0)
        return 0; /* not made by us */
    conf = config_read(ts, path, NULL, 0);
    if (!conf)
        return -1;
    config_set(conf, "name", name);
    ret = config_write(ts, conf, path);
    conf_free(conf);
    return ret;
}

static int rename_nodes(struct toolstack *ts, uint32_t domid, const char *name)
{
    char *vm = store_read(ts->xs, "/local/domain/%u/vm", domid);
    int ret = 0;

    if (!store_write(ts->xs, XBT_NULL, name, "/local/domain/%u/name", domid) ||
        (vm && !store_write(ts->xs, XBT_NULL, name, "%s/name", vm)))
        ret = fail(&ts->fail, "cannot rename the domain: %s", strerror(errno));
    free(vm);
    return ret;
}

static int check_name(struct toolstack *ts, uint32_t domid, const char *name)
{
    int other = ts_domid_of(ts, name);

    if (!domain_name_ok(name))
        return fail(&ts->fail,
                    "'%s' cannot be a domain's name (no blanks, no '/', not only digits)", name);
    if (other >= 0 && (uint32_t)other != domid)
        return fail(&ts->fail, "Domain '%s' already exists with ID '%d'", name, other);
    return 0;
}

int domain_rename_shown(struct toolstack *ts, uint32_t domid, const char *name)
{
    return check_name(ts, domid, name) || rename_nodes(ts, domid, name) ? -1 : 0;
}

int domain_rename_live(struct toolstack *ts, uint32_t domid, const char *name)
{
    return check_name(ts, domid, name) || domain_rename_kept(ts, domid, name) ||
                   rename_nodes(ts, domid, name)
               ? -1
               : 0;
}

int domain_rename_migrating(struct toolstack *ts, uint32_t domid, const char *name, bool migrating)
{
    char text[256];

    snprintf(text, sizeof(text), "%s%.200s", migrating ? MIGRATING : "", name);
    return domain_rename_shown(ts, domid, text);
}

const char *domain_proper_name(const char *name)
{
    return strncmp(name, MIGRATING, strlen(MIGRATING)) == 0 ? name + strlen(MIGRATING) : name;
}

int domain_rename(struct toolstack *ts, uint32_t domid, const char *name)
{
    char *old = ts_domain_name(ts, domid);
    int ret = 0;

    if (strcmp(old, name) != 0) {
        if (managed_exists(name))
            ret = fail(&ts->fail, "a managed domain '%s' exists already", name);
        else
            ret = domain_rename_live(ts, domid, name) || managed_rename(ts, old, name) ? -1 : 0;
    }
    free(old);
    return ret;
}
