/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of verbs; each X(name) is defined in cmd_<name>.c as cmd_<name>. */
#ifndef XM_COMMANDS_H
#define XM_COMMANDS_H

#include "xm/command.h"

#define XM_COMMANDS(X)                                                                             \
    X(block_attach)                                                                                \
    X(block_configure)                                                                             \
    X(block_detach)                                                                                \
    X(block_list)                                                                                  \
    X(cd_eject)                                                                                    \
    X(cd_insert)                                                                                   \
    X(config_update)                                                                               \
    X(console)                                                                                     \
    X(create)                                                                                      \
    X(debug_keys)                                                                                  \
    X(delete)                                                                                      \
    X(destroy)                                                                                     \
    X(devd)                                                                                        \
    X(dmesg)                                                                                       \
    X(doctor)                                                                                      \
    X(domid)                                                                                       \
    X(domname)                                                                                     \
    X(domstate)                                                                                    \
    X(dump_core)                                                                                   \
    X(events)                                                                                      \
    X(help)                                                                                        \
    X(inject)                                                                                      \
    X(info)                                                                                        \
    X(list)                                                                                        \
    X(log)                                                                                         \
    X(mem_max)                                                                                     \
    X(mem_set)                                                                                     \
    X(migrate)                                                                                     \
    X(migrate_receive)                                                                             \
    X(network_attach)                                                                              \
    X(network_detach)                                                                              \
    X(network_list)                                                                                \
    X(new)                                                                                         \
    X(pause)                                                                                       \
    X(reboot)                                                                                      \
    X(rename)                                                                                      \
    X(restore)                                                                                     \
    X(resume)                                                                                      \
    X(save)                                                                                        \
    X(sched_credit)                                                                                \
    X(shutdown)                                                                                    \
    X(start)                                                                                       \
    X(suspend)                                                                                     \
    X(sysrq)                                                                                       \
    X(top)                                                                                         \
    X(trigger)                                                                                     \
    X(unpause)                                                                                     \
    X(uptime)                                                                                      \
    X(vcpu_list)                                                                                   \
    X(vcpu_pin)                                                                                    \
    X(vcpu_set)                                                                                    \
    X(vncviewer)

/* All verbs, NULL-terminated. */
extern const struct command *const commands[];

#define X(name) extern const struct command cmd_##name;
XM_COMMANDS(X)
#undef X

#endif
