/* SPDX-License-Identifier: BSD-2-Clause */
/* Permission lists of nodes and the rights that follow from them. */
#include <errno.h>

#include "lib/xs_perms.h"
#include "store/perm.h"
#include "lib/xalloc.h"

#define ALL_RIGHTS (XS_PERM_READ | XS_PERM_WRITE | XS_PERM_OWNER)

static unsigned int rights_of(const struct perm_list *list, unsigned int domid)
{
    if (list->p[0].id == domid)
        return ALL_RIGHTS;
    for (unsigned int i = 1; i < list->n; i++)
        if (list->p[i].id == domid)
            return list->p[i].perms;
    return list->p[0].perms;
}

unsigned int perm_rights(const struct perm_list *list, const struct subject *who)
{
    if (who->privileged)
        return ALL_RIGHTS;
    return rights_of(list, who->domid) | rights_of(list, who->target);
}

void perm_init(struct perm_list *list, unsigned int owner, unsigned int rights)
{
    list->p = xcalloc(1, sizeof(*list->p));
    list->p[0].id = owner;
    list->p[0].perms = rights;
    list->n = 1;
}

void perm_copy(struct perm_list *to, const struct perm_list *from)
{
    to->p = xmemdup(from->p, from->n * sizeof(*from->p));
    to->n = from->n;
}

void perm_free(struct perm_list *list)
{
    free(list->p);
    list->p = NULL;
    list->n = 0;
}

int perm_parse(struct perm_list *list, const char *text, size_t len)
{
    struct xs_permissions perms[PERM_LIST_MAX];
    unsigned int n = 0;

    if (!len || text[len - 1] != '\0')
        return EINVAL;
    for (const char *end = text + len; text < end; text += strlen(text) + 1) {
        if (n == PERM_LIST_MAX || !xs_perm_parse(text, &perms[n]))
            return EINVAL;
        n++;
    }
    list->p = xmemdup(perms, n * sizeof(*perms));
    list->n = n;
    return 0;
}

bool perm_forget(struct perm_list *list, unsigned int domid)
{
    unsigned int kept = 1;

    for (unsigned int i = 1; i < list->n; i++)
        if (list->p[i].id != domid)
            list->p[kept++] = list->p[i];
    if (kept == list->n)
        return false;
    list->n = kept;
    return true;
}
