/*
 * iperf 2 on its port: both ends of both directions. Numbers are of 32 bits, highest byte first.
 *
 * TCP, client to server; nothing comes back, FIN ends the test:
 *   0 flags | 4 threads | 8 port | 12 buffer length | 16 window | 20 amount in bytes | 24 the digits 0 to 9, again and again
 * With flag EXTEND 36 bytes more follow; with REVERSE in theirs (at 32) the server sends and the client reads:
 *   24 type | 28 length | 32 flags | 36 version | 44 reserved | 48 rate | 56 its unit or amount
 * UDP, client to server; numbers begin with 1, in older clients with 0, and a negative one ends the test:
 *   0 number | 4 seconds | 8 microseconds | 12 number, high half | 16 the 24 bytes from above | payload
 * and its answer:
 *   0 16 bytes, some servers repeat those of the question | 16 flags | 20 bytes (64 bits) | 28 seconds | 32 microseconds | 36 lost |
 *   40 out of order | 44 datagrams | 48 jitter, seconds | 52 jitter, microseconds
 */
#ifndef GREENRACK_IPERF_H
#define GREENRACK_IPERF_H

#include <stddef.h>

#include "net_tcp.h"
#include "net_udp.h"

#define IPERF_PORT 5001u
/* What iperf sends over IPv4. */
#define IPERF_DATAGRAM_SIZE 1470u

/* What one side saw of a test. */
struct iperf_result {
    uint32_t bytes;
    uint32_t us;
    uint32_t datagrams;
    uint32_t lost;
    uint32_t out_of_order;
    uint32_t jitter_us;
};

/* Sends so many bytes; over when the server has acknowledged all. */
enum tcp_outcome iperf_tcp_send(struct ip_endpoint server, uint32_t bytes, struct iperf_result *sent);
/* Has the server send so many bytes. */
enum tcp_outcome iperf_tcp_fetch(struct ip_endpoint server, uint32_t bytes, struct iperf_result *received);
/* Takes one test of a client that comes before the deadline; after net_tcp_listen. */
enum tcp_outcome iperf_tcp_serve(struct deadline until, struct iperf_result *received);

/* Sends so many datagrams as fast as the board can, and takes the server's report, but its own time: the server's clock is
   another. UDP_SILENT when none came. */
enum udp_outcome iperf_udp_send(struct ip_endpoint server, uint32_t datagrams, struct iperf_result *reported);
/* Takes one test of a client that comes before the deadline; after net_udp_open. */
enum udp_outcome iperf_udp_serve(struct deadline until, struct iperf_result *received);

#endif
