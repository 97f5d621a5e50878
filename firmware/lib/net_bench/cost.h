/* What a number of repetitions takes, in instructions on a board that counts them, and what that makes of its clock. */
#ifndef GREENRACK_COST_H
#define GREENRACK_COST_H

#include <stddef.h>
#include <stdint.h>

/* Chooses the counter and tells which. */
void cost_open(void);
void cost_begin(void);
/* Counts since cost_begin. */
uint32_t cost_end(void);
/* `<name>`: the mean of one repetition. */
void cost_report(const char *name, uint32_t cost, uint32_t repetitions);
/* `<name>.per-kib`, and `<name>.rate` in bytes per second of the board's clock. */
void cost_report_bytes(const char *name, uint32_t cost, size_t bytes);

#endif
