/* SPDX-License-Identifier: BSD-2-Clause */
/* xm rename <Domain> <NewName> */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/names.h"
#include "xm/commands.h"
#include "xm/store.h"
#include "xm/xm.h"

static int run(struct xm *xm, const struct args *args)
{
    const char *name = args->argv[1];
    uint32_t domid;
    int ret = xm_find(xm, args->argv[0], &domid);
    char *vm;

    if (ret)
        return ret;
    if (!domain_name_ok(name))
        return xm_error(xm, "'%s' cannot be a domain's name (no blanks, no '/', not only digits)",
                        name);
    if (xm_domid_of(xm, name) >= 0)
        return xm_error(xm, "Domain '%s' already exists with ID '%d'", name, xm_domid_of(xm, name));
    vm = store_read(xm->xs, "/local/domain/%u/vm", domid);
    if (!store_write(xm->xs, XBT_NULL, name, "/local/domain/%u/name", domid) ||
        (vm && !store_write(xm->xs, XBT_NULL, name, "%s/name", vm)))
        ret = xm_error(xm, "cannot rename the domain: %s", strerror(errno));
    free(vm);
    return ret;
}

const struct command cmd_rename = {
    .name = "rename",
    .synopsis = "<Domain> <NewDomainName>",
    .help = "Rename a domain",
    .min_args = 2,
    .max_args = 2,
    .run = run,
};
