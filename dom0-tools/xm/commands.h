/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of verbs; each X(name) is defined in cmd_<name>.c as cmd_<name>. */
#ifndef XM_COMMANDS_H
#define XM_COMMANDS_H

#include "xm/command.h"

#define XM_COMMANDS(X)                                                                             \
    X(block_list)                                                                                  \
    X(console)                                                                                     \
    X(create)                                                                                      \
    X(debug_keys)                                                                                  \
    X(destroy)                                                                                     \
    X(dmesg)                                                                                       \
    X(domid)                                                                                       \
    X(domname)                                                                                     \
    X(help)                                                                                        \
    X(info)                                                                                        \
    X(list)                                                                                        \
    X(mem_max)                                                                                     \
    X(mem_set)                                                                                     \
    X(network_list)                                                                                \
    X(pause)                                                                                       \
    X(reboot)                                                                                      \
    X(rename)                                                                                      \
    X(sched_credit)                                                                                \
    X(shutdown)                                                                                    \
    X(sysrq)                                                                                       \
    X(unpause)                                                                                     \
    X(uptime)                                                                                      \
    X(vcpu_list)                                                                                   \
    X(vcpu_pin)                                                                                    \
    X(vcpu_set)

#define X(name) extern const struct command cmd_##name;
XM_COMMANDS(X)
#undef X

#endif
