# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A Debian guest boots, its console takes input, pause stops it and unpause resumes it.
progress() { guest_run debian 'cut -d. -f1 /proc/uptime' | tail -n 1; }
ok "create debian" create debian
ok "the console has a shell" guest_up debian
ok "the shell answers" same 42 "$(guest_run debian 'echo $((6 * 7))' | tail -n 1)"
ok "the guest has two vCPUs" same 2 "$(guest_run debian nproc | tail -n 1)"
ok "its kernel is dom0's" same "$(uname -r)" "$(guest_run debian 'uname -r' | tail -n 1)"
ok "pause" $TOOL pause debian
time_then=$(domain_time debian)
ok "the console is silent" refused 124 'no answer to: true' guest_run debian true 3
ok "it used no CPU time" same "$time_then" "$(domain_time debian)"
ok "unpause" $TOOL unpause debian
ok "it goes on" guest_run debian true 20
ok "shutdown" $TOOL shutdown -w debian
ok "it is gone" wait_until 60 domain_gone debian
