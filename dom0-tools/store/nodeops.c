/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests on nodes: arguments behind the path, the operation, the reply's payload. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/xs_perms.h"
#include "store/nodeops.h"

int reply_put(struct reply *r, const void *data, size_t len)
{
    if (len > sizeof(r->data) - r->len)
        return E2BIG;
    memcpy(r->data + r->len, data, len);
    r->len += len;
    return 0;
}

int reply_str(struct reply *r, const char *s)
{
    return reply_put(r, s, strlen(s) + 1);
}

static int op_read(const struct view *v, const struct call *call, struct reply *r)
{
    const struct node *n;
    int err = db_lookup(v, call->path.text, XS_PERM_READ, &n);

    return err ? err : reply_put(r, n->value, n->value_len);
}

static int op_directory(const struct view *v, const struct call *call, struct reply *r)
{
    const struct node *n;
    int err = db_lookup(v, call->path.text, XS_PERM_READ, &n);

    for (unsigned int i = 0; !err && i < n->child_count; i++)
        err = reply_str(r, n->child[i]->name);
    return err;
}

/* Decimal number that fills all of @len bytes up to a final nul. */
static bool parse_offset(const char *s, size_t len, size_t *offset)
{
    *offset = 0;
    if (len < 2 || len > 10 || s[len - 1])
        return false;
    for (; *s; s++) {
        if (*s < '0' || *s > '9')
            return false;
        *offset = *offset * 10 + (*s - '0');
    }
    return true;
}

static int op_directory_part(const struct view *v, const struct call *call, struct reply *r)
{
    size_t offset, pos = 0, len;
    const struct node *n;
    char gen[24];
    int err;

    if (!parse_offset(call->rest, call->rest_len, &offset))
        return EINVAL;
    err = db_lookup(v, call->path.text, XS_PERM_READ, &n);
    if (err)
        return err;
    snprintf(gen, sizeof(gen), "%" PRIu64, n->gen);
    reply_str(r, gen);
    r->stamp_len = r->len;
    for (unsigned int i = 0; i < n->child_count; i++, pos += len) {
        len = strlen(n->child[i]->name) + 1;
        if (pos < offset)
            continue;
        /* One byte is kept for the empty name that marks the end. */
        if (r->len + len >= sizeof(r->data))
            return 0;
        reply_str(r, n->child[i]->name);
    }
    return reply_str(r, "");
}

static int op_get_perms(const struct view *v, const struct call *call, struct reply *r)
{
    const struct node *n;
    int err = db_lookup(v, call->path.text, XS_PERM_READ, &n);
    char text[XS_PERM_TEXT_MAX];

    for (unsigned int i = 0; !err && i < n->perms.n; i++) {
        xs_perm_print(&n->perms.p[i], text);
        err = reply_str(r, text);
    }
    return err;
}

static int op_set_perms(const struct view *v, const struct call *call, struct reply *r)
{
    int err = db_set_perms(v, call->path.text, call->rest, call->rest_len);

    return err ? err : reply_str(r, "OK");
}

static int op_write(const struct view *v, const struct call *call, struct reply *r)
{
    int err = db_write(v, call->path.text, call->rest, call->rest_len);

    return err ? err : reply_str(r, "OK");
}

static int op_mkdir(const struct view *v, const struct call *call, struct reply *r)
{
    int err = db_mkdir(v, call->path.text);

    return err ? err : reply_str(r, "OK");
}

static int op_rm(const struct view *v, const struct call *call, struct reply *r)
{
    int err = db_rm(v, call->path.text);

    return err ? err : reply_str(r, "OK");
}

enum { ONE_ARG = 1, SPECIAL_OK = 2 };

static const struct {
    int (*run)(const struct view *v, const struct call *call, struct reply *r);
    unsigned int flags;
} table[XS_TYPE_COUNT] = {
    [XS_DIRECTORY] = {op_directory, ONE_ARG},
    [XS_DIRECTORY_PART] = {op_directory_part, 0},
    [XS_READ] = {op_read, ONE_ARG},
    [XS_GET_PERMS] = {op_get_perms, ONE_ARG | SPECIAL_OK},
    [XS_WRITE] = {op_write, 0},
    [XS_MKDIR] = {op_mkdir, ONE_ARG},
    [XS_RM] = {op_rm, ONE_ARG},
    [XS_SET_PERMS] = {op_set_perms, SPECIAL_OK},
};

bool nodeop_known(uint32_t type)
{
    return type < XS_TYPE_COUNT && table[type].run;
}

bool nodeop_special(uint32_t type)
{
    return table[type].flags & SPECIAL_OK;
}

int nodeop_run(const struct view *v, const struct call *call, struct reply *r)
{
    r->len = r->stamp_len = 0;
    if ((table[call->type].flags & ONE_ARG) && call->rest_len)
        return EINVAL;
    return table[call->type].run(v, call, r);
}
