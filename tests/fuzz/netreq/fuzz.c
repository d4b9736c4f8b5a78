/* SPDX-License-Identifier: BSD-2-Clause */
/* Any transmit ring of a guest, and any bytes as the packet: all stays within pages and packet. */
#include <stdlib.h>

#include "net/packet.h"

static _Alignas(4096) uint8_t page[4096];

static void must(int ok)
{
    if (!ok)
        abort();
}

static void check(const struct packet *p, RING_IDX waiting)
{
    uint32_t sum = 0;

    must(p->slots >= 1 && p->slots <= waiting && p->pieces <= PACKET_PIECES);
    if (p->bad)
        return;
    for (unsigned int i = 0; i < p->pieces; i++) {
        must(p->piece[i].offset + p->piece[i].len <= (int)RING_PAGE);
        sum += p->piece[i].len;
    }
    must(sum == p->len && sum >= ETHER_HEADER && sum <= PACKET_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    netif_tx_back_ring_t ring;
    netif_tx_sring_t *sring = (netif_tx_sring_t *)page;
    struct virtio_net_hdr header;
    struct packet p;
    RING_IDX waiting;

    if (size < 2)
        return 0;
    memset(page, 0, sizeof(page));
    BACK_RING_ATTACH(&ring, sring, 0, sizeof(page));
    waiting = data[0] % (RING_SIZE(&ring) + 1);
    memcpy(sring->ring, data + 1, size - 1 < 4032 ? size - 1 : 4032);
    if (packet_read(&ring, 0, waiting, &p)) {
        check(&p, waiting);
        if (packet_header(&p, data, size, &header))
            must(header.csum_start + header.csum_offset + 2u <= size || !header.flags);
    }
    return 0;
}
