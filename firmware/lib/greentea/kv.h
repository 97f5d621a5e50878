/*
 * Greentea messages. Device to host "{{key;value}}\r\n", host to device
 * "{{key;value}}\n". A value may hold further ';' fields when sent by the device.
 */
#ifndef GREENRACK_KV_H
#define GREENRACK_KV_H

#include <stddef.h>
#include <stdint.h>

void kv_send(const char *key, const char *value);
void kv_send_number(const char *key, uint32_t value);

/*
 * Waits for the next well-formed message; malformed ones are dropped. Tokens longer
 * than their buffer are cut. Takes one more byte after "}}", which is the newline of
 * a well-behaved host: a host that omits it loses the start of its next message, as
 * with the original client.
 */
void kv_receive(char *key, size_t key_size, char *value, size_t value_size);

#endif
