# SPDX-License-Identifier: BSD-2-Clause
# The store: its daemon, and one program that is all xenstore-* commands.
PROGS += xenstored
xenstored_SRCS := $(addprefix store/,main.c loop.c sock.c domain.c ring.c conn.c log.c wire.c \
                  control.c nodeops.c txn.c watch.c db.c tree.c node.c perm.c path.c quota.c)
