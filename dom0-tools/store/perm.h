/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may do what with a node.  Pure.
 *
 * A node carries a list of (domid, rights).  The first entry names the owner, who may do
 * everything, and gives the rights of every domain that the rest of the list does not name.
 * dom0 and the socket's clients are privileged: they may do everything everywhere.  A domain
 * with a target (a device model) has the target's rights on top of its own.
 */
#ifndef STORE_PERM_H
#define STORE_PERM_H

#include <stdbool.h>
#include <stdint.h>
#include <xenstore_lib.h>

/* Bound of a list set by a privileged client; quota.perms bounds the others'. */
#define PERM_LIST_MAX 256

struct perm_list {
    struct xs_permissions *p; /* n >= 1 entries, allocated */
    unsigned int n;
};

struct subject {
    uint16_t domid;
    uint16_t target; /* domid when it has none */
    bool privileged;
};

/* The rights of @who: XS_PERM_READ, XS_PERM_WRITE and XS_PERM_OWNER. */
unsigned int perm_rights(const struct perm_list *list, const struct subject *who);

/* Gives @list one entry. */
void perm_init(struct perm_list *list, unsigned int owner, unsigned int rights);

/* Makes @to a copy of @from; what @to held is not freed. */
void perm_copy(struct perm_list *to, const struct perm_list *from);
void perm_free(struct perm_list *list);

/*
 * Reads @len bytes of nul-terminated permission texts into @list (not freed before).
 * 0, or EINVAL for bad text or an empty or overlong list; then @list is untouched.
 */
int perm_parse(struct perm_list *list, const char *text, size_t len);

/* Takes a dead domain's entries, other than the owner's, out; true when something changed. */
bool perm_forget(struct perm_list *list, unsigned int domid);

#endif
