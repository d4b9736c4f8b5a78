/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls of <xenstore.h>: each builds one request and takes its reply apart. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/unconst.h"
#include "lib/xs_internal.h"
#include "lib/xs_perms.h"

/* One string of a request, with its nul. */
static struct iovec str_piece(const char *s)
{
    return (struct iovec){.iov_base = unconst(s), .iov_len = strlen(s) + 1};
}

/* For replies that say no more than that there was no error. */
static bool succeeded(char *reply)
{
    bool ok = reply;

    free(reply);
    return ok;
}

/* A request of up to four strings (NULL ends the list) whose reply is only "OK". */
static bool command(struct xs_handle *h, enum xsd_sockmsg_type type, xs_transaction_t t,
                    const char *const *args)
{
    struct iovec piece[4];
    unsigned int n = 0;

    for (; args[n]; n++)
        piece[n] = str_piece(args[n]);
    return succeeded(xs_talk(h, type, t, piece, n, NULL));
}

#define COMMAND(h, type, t, ...) command(h, type, t, (const char *const[]){__VA_ARGS__, NULL})

/* A request of one string whose reply matters. */
static char *ask(struct xs_handle *h, enum xsd_sockmsg_type type, xs_transaction_t t,
                 const char *arg, unsigned int *len)
{
    struct iovec piece = str_piece(arg);

    return xs_talk(h, type, t, &piece, 1, len);
}

bool xs_write_all(int fd, const void *data, unsigned int len)
{
    const char *p = data;

    while (len) {
        ssize_t n = write(fd, p, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        len -= n;
    }
    return true;
}

/* Splits @len bytes of nul-terminated names into the array that xs_directory() returns. */
static char **split_names(const char *names, unsigned int len, unsigned int *num)
{
    unsigned int count = 0, i = 0;
    char **ret, *p;

    for (unsigned int k = 0; k < len; k++)
        count += !names[k];
    ret = malloc(count * sizeof(char *) + len + 1);
    if (!ret)
        return NULL;
    p = memcpy(&ret[count], names, len);
    for (; i < count; p += strlen(p) + 1)
        ret[i++] = p;
    *num = count;
    return ret;
}

/*
 * Appends one part of a long directory to @all; *@gen is the generation of the parts so far.
 * Returns 1 for more, 0 for the end, -1 for an error, -2 when the directory changed meanwhile.
 */
static int directory_part(struct xs_handle *h, xs_transaction_t t, const char *path, char **all,
                          unsigned int *all_len, char gen[24])
{
    char offset[16], *reply, *grown;
    struct iovec piece[2] = {str_piece(path), {.iov_base = offset}};
    unsigned int len, gen_len, names;
    bool end;

    piece[1].iov_len = snprintf(offset, sizeof(offset), "%u", *all_len) + 1;
    reply = xs_talk(h, XS_DIRECTORY_PART, t, piece, 2, &len);
    if (!reply)
        return -1;
    gen_len = strlen(reply) + 1;
    if (gen_len > len || gen_len > 24 || (*all_len && strcmp(gen, reply))) {
        free(reply);
        return -2;
    }
    strcpy(gen, reply);
    names = len - gen_len;
    /* The end is marked by an empty name. */
    end = !names || (reply[len - 1] == '\0' && (names == 1 || reply[len - 2] == '\0'));
    if (end && names)
        names--;
    grown = realloc(*all, *all_len + names + 1);
    if (grown) {
        *all = grown;
        memcpy(grown + *all_len, reply + gen_len, names);
        *all_len += names;
    }
    free(reply);
    return grown ? !end : -1;
}

static char **long_directory(struct xs_handle *h, xs_transaction_t t, const char *path,
                             unsigned int *num)
{
    char *all = NULL, gen[24] = "", **ret = NULL;
    unsigned int len = 0;
    int more;

    do {
        more = directory_part(h, t, path, &all, &len, gen);
        if (more == -2) {
            len = 0;
            more = 1;
        }
    } while (more > 0);
    if (!more)
        ret = split_names(all, len, num);
    free(all);
    return ret;
}

char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *num)
{
    unsigned int len;
    char *reply = ask(h, XS_DIRECTORY, t, path, &len);
    char **ret;

    if (!reply)
        return errno == E2BIG ? long_directory(h, t, path, num) : NULL;
    ret = split_names(reply, len, num);
    free(reply);
    return ret;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len)
{
    return ask(h, XS_READ, t, path, len);
}

bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path, const void *data,
              unsigned int len)
{
    struct iovec piece[2] = {str_piece(path), {.iov_base = unconst(data), .iov_len = len}};

    return succeeded(xs_talk(h, XS_WRITE, t, piece, 2, NULL));
}

bool xs_mkdir(struct xs_handle *h, xs_transaction_t t, const char *path)
{
    return COMMAND(h, XS_MKDIR, t, path);
}

bool xs_rm(struct xs_handle *h, xs_transaction_t t, const char *path)
{
    return COMMAND(h, XS_RM, t, path);
}

bool xs_restrict(struct xs_handle *h, unsigned domid)
{
    (void)h;
    (void)domid;
    return false; /* removed from the protocol */
}

struct xs_permissions *xs_get_permissions(struct xs_handle *h, xs_transaction_t t, const char *path,
                                          unsigned int *num)
{
    unsigned int len, count = 0;
    char *reply = ask(h, XS_GET_PERMS, t, path, &len);
    struct xs_permissions *perms;

    if (!reply)
        return NULL;
    for (unsigned int i = 0; i < len; i++)
        count += !reply[i];
    perms = malloc((count + 1) * sizeof(*perms));
    if (perms && !xs_strings_to_perms(perms, count, reply)) {
        free(perms);
        perms = NULL;
    }
    free(reply);
    *num = count;
    return perms;
}

bool xs_set_permissions(struct xs_handle *h, xs_transaction_t t, const char *path,
                        struct xs_permissions *perms, unsigned int num_perms)
{
    struct iovec piece[2] = {str_piece(path)};
    char *text = malloc((size_t)num_perms * XS_PERM_TEXT_MAX + 1);
    bool ok;

    if (!text)
        return false;
    piece[1].iov_base = text;
    for (unsigned int i = 0; i < num_perms; i++)
        piece[1].iov_len += xs_perm_print(&perms[i], text + piece[1].iov_len) + 1;
    ok = succeeded(xs_talk(h, XS_SET_PERMS, t, piece, 2, NULL));
    free(text);
    return ok;
}

bool xs_watch(struct xs_handle *h, const char *path, const char *token)
{
    return COMMAND(h, XS_WATCH, XBT_NULL, path, token);
}

bool xs_unwatch(struct xs_handle *h, const char *path, const char *token)
{
    bool ok = COMMAND(h, XS_UNWATCH, XBT_NULL, path, token);

    xs_forget_events(h, path, token);
    return ok;
}

xs_transaction_t xs_transaction_start(struct xs_handle *h)
{
    char *reply = ask(h, XS_TRANSACTION_START, XBT_NULL, "", NULL);
    xs_transaction_t t = reply ? strtoul(reply, NULL, 10) : XBT_NULL;

    free(reply);
    return t;
}

bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort)
{
    return COMMAND(h, XS_TRANSACTION_END, t, abort ? "F" : "T");
}

/* Requests about a domain: its number, then up to two more numbers. */
static bool domain_command(struct xs_handle *h, enum xsd_sockmsg_type type, int argc,
                           unsigned long a, unsigned long b, unsigned long c)
{
    char text[3][24];

    snprintf(text[0], sizeof(text[0]), "%lu", a);
    snprintf(text[1], sizeof(text[1]), "%lu", b);
    snprintf(text[2], sizeof(text[2]), "%lu", c);
    return COMMAND(h, type, XBT_NULL, text[0], argc > 1 ? text[1] : NULL,
                   argc > 2 ? text[2] : NULL);
}

bool xs_introduce_domain(struct xs_handle *h, unsigned int domid, unsigned long mfn,
                         unsigned int eventchn)
{
    return domain_command(h, XS_INTRODUCE, 3, domid, mfn, eventchn);
}

bool xs_set_target(struct xs_handle *h, unsigned int domid, unsigned int target)
{
    return domain_command(h, XS_SET_TARGET, 2, domid, target, 0);
}

bool xs_resume_domain(struct xs_handle *h, unsigned int domid)
{
    return domain_command(h, XS_RESUME, 1, domid, 0, 0);
}

bool xs_release_domain(struct xs_handle *h, unsigned int domid)
{
    return domain_command(h, XS_RELEASE, 1, domid, 0, 0);
}

char *xs_get_domain_path(struct xs_handle *h, unsigned int domid)
{
    char text[16];

    snprintf(text, sizeof(text), "%u", domid);
    return ask(h, XS_GET_DOMAIN_PATH, XBT_NULL, text, NULL);
}

bool xs_is_domain_introduced(struct xs_handle *h, unsigned int domid)
{
    char text[16], *reply;
    bool introduced;

    snprintf(text, sizeof(text), "%u", domid);
    reply = ask(h, XS_IS_DOMAIN_INTRODUCED, XBT_NULL, text, NULL);
    introduced = reply && !strcmp(reply, "T");
    free(reply);
    return introduced;
}

char *xs_control_command(struct xs_handle *h, const char *cmd, void *data, unsigned int len)
{
    struct iovec piece[2] = {str_piece(cmd), {.iov_base = data, .iov_len = len}};

    return xs_talk(h, XS_CONTROL, XBT_NULL, piece, len ? 2 : 1, NULL);
}

char *xs_debug_command(struct xs_handle *h, const char *cmd, void *data, unsigned int len)
{
    return xs_control_command(h, cmd, data, len);
}

int xs_suspend_evtchn_port(int domid)
{
    struct xs_handle *h = xs_open(0);
    char path[64], *value = NULL;
    int port = -1;

    if (!h)
        return -1;
    snprintf(path, sizeof(path), "/local/domain/%d/device/suspend/event-channel", domid);
    value = xs_read(h, XBT_NULL, path, NULL);
    if (value)
        port = atoi(value);
    free(value);
    xs_close(h);
    return port;
}
