/* SPDX-License-Identifier: BSD-2-Clause */
/* xentop's lines; see top.h. */
#include "xm/top.h"

#define HEADER                                                                                     \
    "      NAME  STATE   CPU(sec) CPU(%)     MEM(k) MEM(%)  MAXMEM(k) MAXMEM(%) VCPUS NETS "       \
    "NETTX(k) NETRX(k) VBDS   VBD_OO   VBD_RD   VBD_WR  VBD_RSECT  VBD_WSECT SSID\n"

/* xentop's own order of letters */
static const char *state_text(uint32_t flags, char text[7])
{
    bool shut = flags & XEN_DOMINF_shutdown;
    unsigned int reason = (flags >> XEN_DOMINF_shutdownshift) & XEN_DOMINF_shutdownmask;

    snprintf(text, 7, "%c%c%c%c%c%c", flags & XEN_DOMINF_dying ? 'd' : '-', shut ? 's' : '-',
             flags & XEN_DOMINF_blocked ? 'b' : '-', shut && reason == SHUTDOWN_crash ? 'c' : '-',
             flags & XEN_DOMINF_paused ? 'p' : '-', flags & XEN_DOMINF_running ? 'r' : '-');
    return text;
}

/* dom0 may have all of the machine: no limit then. */
static void print_limit(const struct top *top, unsigned long long max_kib, FILE *out)
{
    if (max_kib > top->total_kib)
        fprintf(out, " %10s %9s", "no limit", "n/a");
    else
        fprintf(out, " %10llu %9.1f", max_kib, 100.0 * max_kib / top->total_kib);
}

/* xentop counts sectors of 512 bytes. */
struct disk_sum {
    unsigned long long full, reads, writes, read_sectors, written_sectors;
};

static void add_disk(struct disk_sum *to, const struct disk_counters *d)
{
    to->full += d->full;
    to->reads += d->stats.of[STATS_READ].requests;
    to->writes += d->stats.of[STATS_WRITE].requests;
    to->read_sectors += d->stats.of[STATS_READ].bytes / 512;
    to->written_sectors += d->stats.of[STATS_WRITE].bytes / 512;
}

static void print_row(const struct top *top, const struct top_row *row, const struct top_options *o,
                      FILE *out)
{
    const xc_domaininfo_t *info = &row->info;
    unsigned long long kib = info->tot_pages * 4, tx = 0, rx = 0;
    struct disk_sum sum = {0};
    char state[7];

    for (unsigned int i = 0; i < row->nic_count; i++) {
        tx += row->nics[i].tx_bytes;
        rx += row->nics[i].rx_bytes;
    }
    for (unsigned int i = 0; i < row->disk_count; i++) {
        add_disk(&sum, &row->disks[i]);
    }
    fprintf(out, o->full_names ? "%10s" : "%10.10s", row->name);
    fprintf(out, " %6s %10llu %6.1f %10llu %6.1f", state_text(info->flags, state),
            (unsigned long long)info->cpu_time / 1000000000, row->cpu_percent, kib,
            100.0 * kib / top->total_kib);
    print_limit(top, info->max_pages * 4, out);
    fprintf(out, " %5u %4u %8llu %8llu %4u %8llu %8llu %8llu %10llu %10llu %4u\n",
            info->nr_online_vcpus, row->nic_count, tx / 1024, rx / 1024, row->disk_count, sum.full,
            sum.reads, sum.writes, sum.read_sectors, sum.written_sectors, info->ssidref);
}

static void print_vcpus(struct toolstack *ts, const struct top_row *row, FILE *out)
{
    xc_vcpuinfo_t vcpu;
    unsigned int on_line = 0;

    fputs("VCPUs(sec): ", out);
    for (unsigned int i = 0; i <= row->info.max_vcpu_id; i++) {
        if (xc_vcpu_getinfo(ts->xch, row->info.domain, i, &vcpu) || !vcpu.online)
            continue;
        fprintf(out, "%s %2u: %10llus", on_line && on_line % 5 == 0 ? "\n            " : "", i,
                (unsigned long long)vcpu.cpu_time / 1000000000);
        on_line++;
    }
    fputc('\n', out);
}

static void print_nics(const struct top_row *row, FILE *out)
{
    for (unsigned int i = 0; i < row->nic_count; i++) {
        const struct nic_counters *n = &row->nics[i];

        fprintf(out,
                "Net%u RX: %8llubytes %8llupkts %8lluerr %8lludrop  TX: %8llubytes %8llupkts "
                "%8lluerr %8lludrop\n",
                n->id, n->rx_bytes, n->rx_packets, n->rx_errors, n->rx_dropped, n->tx_bytes,
                n->tx_packets, n->tx_errors, n->tx_dropped);
    }
}

static void print_disks(const struct top_row *row, FILE *out)
{
    for (unsigned int i = 0; i < row->disk_count; i++) {
        unsigned int id = row->disks[i].id;
        struct disk_sum d = {0};

        add_disk(&d, &row->disks[i]);
        fprintf(out,
                "VBD BlkBack %u [%x:%2x]  OO: %8llu   RD: %8llu   WR: %8llu  RSECT: %10llu  WSECT: "
                "%10llu\n",
                id, id >> 8 & 0xff, id & 0xff, d.full, d.reads, d.writes, d.read_sectors,
                d.written_sectors);
    }
}

void top_print(struct toolstack *ts, const struct top *top, const struct top_options *o, FILE *out)
{
    for (int i = 0; i < top->count; i++) {
        const struct top_row *row = &top->rows[i];

        if (i == 0 || o->repeat_header)
            fputs(HEADER, out);
        print_row(top, row, o, out);
        if (o->vcpus)
            print_vcpus(ts, row, out);
        if (o->networks)
            print_nics(row, out);
        if (o->disks)
            print_disks(row, out);
    }
}
