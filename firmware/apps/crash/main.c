/* The second of three cases reads an address nothing answers at: HardFault. The budget
   is long, so a farm that waits for silence instead of reading the block is seen. */
#include <stdint.h>

#include "greentea.h"

/* In the vendor region, without a device on either board. */
#define NOTHING_THERE 0xCAFE0000u

static void passes_first(void) { CHECK(1); }
static void reads_nowhere(void) { (void)*(volatile uint32_t *)NOTHING_THERE; }
static void is_never_reached(void) { FAIL("the fault did not stop the image"); }

static const struct test_case cases[] = {
    { "passes first", passes_first },
    { "reads nowhere", reads_nowhere },
    { "is never reached", is_never_reached },
};

int main(void)
{
    suite_run(&(struct test_suite){ 60, "default_auto", cases, CASE_COUNT(cases) });
}
