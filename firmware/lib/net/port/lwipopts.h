/* lwIP for one thread without a system: the images wait in link_wait, and it runs there. */
#ifndef GREENRACK_LWIPOPTS_H
#define GREENRACK_LWIPOPTS_H

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
/* How full the pools have been. */
#define LWIP_STATS 1
#define LINK_STATS 0
#define ETHARP_STATS 0
#define IP_STATS 0
#define IPFRAG_STATS 0
#define ICMP_STATS 0
#define UDP_STATS 0
#define TCP_STATS 0
#define MEM_STATS 1
#define MEMP_STATS 1
#define IP_REASSEMBLY 0
#define IP_FRAG 0

#define LWIP_DHCP 1
/* A second more for every image, to find out that nobody else has the address that a server gave. */
#define DHCP_DOES_ARP_CHECK 0
#define LWIP_DHCP_BOOTP_FILE 0
#define LWIP_DNS 1
/* Echoes, and that a UDP port is closed. */
#define LWIP_RAW 1

#define MEM_ALIGNMENT 4
#define MEM_SIZE (16 * 1024)
#define PBUF_POOL_SIZE 12

/* Four frames of it fit into the controller's 10 KB, so none is lost on a quiet wire. */
#define TCP_MSS 1460
#define TCP_WND (4 * TCP_MSS)
#define TCP_SND_BUF (4 * TCP_MSS)
/* RFC 6298. */
#define LWIP_TCP_RTO_TIME 1000

#endif
