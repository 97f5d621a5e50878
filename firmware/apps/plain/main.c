/*
 * Speaks no greentea, as the regression and PSA suites of TF-M: it reports in plain lines
 * by itself, then sleeps. A farm can only judge it by what it prints.
 */
#include "console.h"
#include "cpu.h"

#define SUITES 3u

int main(void)
{
    console_printf("plain suites on " GREENRACK_TARGET "\r\n");
    for (unsigned suite = 1u; suite <= SUITES; suite++) {
        console_printf("#### suite %u ####\r\n", suite);
        console_printf("Test suite 'plain suite (PLAIN_%u000)' has PASSED\r\n", suite);
    }
    console_printf("End of plain test suites\r\n");
    cpu_halt();
}
