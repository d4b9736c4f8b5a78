/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many requests to xenstore without waiting for each one's answer.  Between begin and end, requests
 * that are answered by "OK" or an error (xs_write, xs_mkdir, xs_set_permissions, xs_rm, xs_watch,
 * xs_unwatch) succeed at once and are sent together; all others are answered as ever, after what
 * was posted before them.  One thread of the handle may post at a time.
 *
 * A round trip costs two changes of process, which is most of what small requests cost.
 */
#ifndef LIB_XS_POST_H
#define LIB_XS_POST_H

#include <stdbool.h>
#include <xenstore.h>

void xs_post_begin(struct xs_handle *h);

/*
 * Waits for all answers: false with errno if a request failed (the first one's error; of a removal
 * it does not matter), or EIO if the connection was lost.  Within a transaction it is called before
 * the end, which is then an abort.
 */
bool xs_post_end(struct xs_handle *h);

/*
 * Reads @n nodes: in @value, for each path, what xs_read() would return (malloc'ed, ended by a nul
 * byte), NULL for one that cannot be read.  False with EIO if the connection was lost; the values
 * that came before are there.
 */
bool xs_read_each(struct xs_handle *h, xs_transaction_t t, const char *const *path, unsigned int n,
                  char **value);

#endif
