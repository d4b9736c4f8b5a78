/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages between the processes of a device; see channel.h. */
#include "lib/channel.h"

#include <sys/socket.h>

bool channel_send(int fd, const struct control_message *m)
{
    return send(fd, m, sizeof(*m), MSG_NOSIGNAL) == (ssize_t)sizeof(*m);
}

bool channel_receive(int fd, struct control_message *m)
{
    return recv(fd, m, sizeof(*m), MSG_DONTWAIT | MSG_TRUNC) == (ssize_t)sizeof(*m);
}

size_t grant_request_size(uint32_t call, uint32_t count)
{
    struct grant_request *r = NULL;

    return call == GRANT_COPY ? offsetof(struct grant_request, part) + count * sizeof(r->part[0])
                              : offsetof(struct grant_request, ref) + sizeof(r->ref);
}

size_t grant_reply_size(uint32_t call, uint32_t count)
{
    struct grant_reply *r = NULL;

    return call == GRANT_COPY ? offsetof(struct grant_reply, status) + count * sizeof(r->status[0])
                              : offsetof(struct grant_reply, index) + sizeof(r->index);
}
