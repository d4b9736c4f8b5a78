# SPDX-License-Identifier: BSD-2-Clause
# Client libraries on the kernel's Xen devices; see lib/README.md.
LIB_SRCS += lib/xs.c lib/xs_ops.c lib/xs_path.c lib/xs_perms.c lib/evtchn.c lib/gntdev.c lib/gntalloc.c \
            lib/foreignmemory.c lib/byte_ring.c lib/domstate.c lib/store.c lib/store_wait.c \
            lib/loop.c lib/cgroup.c lib/inject.c lib/daemon.c lib/console_client.c lib/progress.c lib/beside.c
