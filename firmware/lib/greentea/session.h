/* One conversation with the host: handshake first, verdict and exit last. */
#ifndef GREENRACK_SESSION_H
#define GREENRACK_SESSION_H

#include <stdbool.h>
#include <stdint.h>

/* Waits for the host's __sync, answers it, then announces the budget and the host test. */
void session_start(uint32_t timeout_s, const char *host_test);
/* The announcements alone, for an image that must not wait again after its own reset. */
void session_announce(uint32_t timeout_s, const char *host_test);
/* The line the original client prints after each message it reads before __sync. */
void session_banner(void);
/* Sends metrics, verdict and __exit, and stops the board. */
_Noreturn void session_end(bool success);

#endif
