/*
 * TCP client (RFC 9293): one connection at a time, received in order, through a window
 * of four full segments. What is lost is sent again a bounded number of times.
 */
#ifndef GREENRACK_TCP_H
#define GREENRACK_TCP_H

#include "ip.h"

enum tcp_outcome {
    TCP_OK,
    /* The other side has sent all it had to send. */
    TCP_ENDED,
    /* A reset answered our first segment: nobody listens there. */
    TCP_REFUSED,
    /* A reset ended the connection. */
    TCP_RESET,
    /* Nothing came before the deadline, or after the last try. */
    TCP_SILENT,
};

/* Room for what is received, and how much of it was filled. */
struct tcp_buffer {
    uint8_t *at;
    size_t room;
    size_t filled;
};

void tcp_start(void);
/* Forgets the connection before, if any. Gives up after 3.5 s, or 8 s
   when ARP finds no way either. */
enum tcp_outcome tcp_connect(struct ip_endpoint to);
/* Returns when the other side has acknowledged everything; gives up after 9 s without
   any progress. What arrives in the meantime is kept, up to the window. */
enum tcp_outcome tcp_send(struct span bytes);
/* At least one byte with TCP_OK, none otherwise. */
enum tcp_outcome tcp_receive(struct tcp_buffer *into, struct deadline until);
/* Fills the whole room. */
enum tcp_outcome tcp_receive_all(struct tcp_buffer *into, struct deadline until);
/* TCP_OK when both sides have said and heard that it is over. Data that still comes is dropped. */
enum tcp_outcome tcp_close(void);
/* Resets the connection, for a peer that never ends. */
void tcp_abort(void);

#endif
