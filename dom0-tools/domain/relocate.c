/* SPDX-License-Identifier: BSD-2-Clause */
/* Relocation's greeting; see relocate.h. */
#include <string.h>

#include "domain/relocate.h"

static const char wish[] = "receive\n";
static const char ready[] = "(ready receive)\n";

static int hear(struct stream_in *in, const char *want, size_t len, const char *from)
{
    char got[sizeof(ready)];

    if (stream_get(in, got, len, "the greeting"))
        return -1;
    return memcmp(got, want, len) == 0 ? 0 : fail(in->fail, "%s does not relocate domains", from);
}

int relocate_greet(struct stream_in *in, struct stream_out *out)
{
    if (stream_put(out, wish, sizeof(wish) - 1))
        return -1;
    return hear(in, ready, sizeof(ready) - 1, "who answers there");
}

int relocate_answer(struct stream_in *in, struct stream_out *out)
{
    if (hear(in, wish, sizeof(wish) - 1, "who calls"))
        return -1;
    return stream_put(out, ready, sizeof(ready) - 1);
}
