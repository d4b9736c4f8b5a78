/* SPDX-License-Identifier: BSD-2-Clause */
/* The head of a saved domain, read by a process without rights, which tells its configuration; see save.h. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "build/apart.h"
#include "conf/flat.h"
#include "domain/save.h"
#include "domain/xl_config.h"
#include "lib/xalloc.h"
#include "stream/head.h"
#include "stream/remote.h"

/* All that it says. */
struct told {
    struct ending ending;
    uint8_t flat[FLAT_MAX];
};
#define HEAD offsetof(struct told, flat)

struct reading {
    struct stream_in *in;
    const char *file; /* for messages */
    struct conf *conf;
};

static struct conf *parse(struct stream_in *in, const char *file)
{
    struct conf *conf = NULL;
    bool json;
    char *text = stream_get_config(in, &json);

    if (text)
        conf = json ? xl_config_read(file, text, in->fail)
                    : conf_parse(file, text, strlen(text), in->fail);
    free(text);
    return conf;
}

static int read_head(void *arg, struct stream_in *in, int socket, int begun)
{
    struct told *t = xcalloc(1, sizeof(*t));
    struct conf *conf = begun ? NULL : parse(in, ((struct reading *)arg)->file);
    ssize_t len = conf ? conf_flatten(conf, t->flat, in->fail) : -1;

    if (len >= 0 && stream_get_libxl_head(in))
        len = -1;
    t->ending = ending_of(len < 0 ? -1 : 0, in);
    len = write(socket, t, HEAD + (len < 0 ? 0 : len)); /* a reader has no send() */
    conf_free(conf);
    free(t);
    return len < 0 ? -1 : 0;
}

static int hear_head(void *arg, int socket)
{
    struct reading *r = arg;
    struct told *t = xcalloc(1, sizeof(*t));
    ssize_t got;

    do
        got = recv(socket, t, sizeof(*t), 0);
    while (got < 0 && errno == EINTR);
    if (got < (ssize_t)HEAD)
        fail(r->in->fail, "the process that reads the saved state ended");
    else if (ending_take(&t->ending, r->in) == 0)
        r->conf = conf_unflatten(r->file, t->flat, (size_t)got - HEAD, r->in->fail);
    free(t);
    return r->conf ? 0 : -1;
}

struct conf *saved_config(struct stream_in *in, const char *file)
{
    struct reading r = {.in = in, .file = file};
    const struct apart a = {.in = in, .read = read_head, .hear = hear_head, .arg = &r};

    return apart_run(&a) ? NULL : r.conf;
}
