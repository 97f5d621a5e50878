#line 2 "firmware/apps/coverage/steps.c"
#include "steps.h"

/* So many functions fit into the smaller board only like this. */
#pragma GCC optimize("Og")

#define TEN(m, n) m(n##0) m(n##1) m(n##2) m(n##3) m(n##4) m(n##5) m(n##6) m(n##7) m(n##8) m(n##9)
#define HUNDRED(m, n) TEN(m, n##0) TEN(m, n##1) TEN(m, n##2) TEN(m, n##3) TEN(m, n##4) \
    TEN(m, n##5) TEN(m, n##6) TEN(m, n##7) TEN(m, n##8) TEN(m, n##9)
#define THOUSAND(m, n) HUNDRED(m, n##0) HUNDRED(m, n##1) HUNDRED(m, n##2) HUNDRED(m, n##3) HUNDRED(m, n##4) \
    HUNDRED(m, n##5) HUNDRED(m, n##6) HUNDRED(m, n##7) HUNDRED(m, n##8) HUNDRED(m, n##9)

#define DEFINE_STEP(n) __attribute__((noinline)) static uint32_t step_##n(uint32_t done) { return done + 1; }
#define CALL_STEP(n) done = step_##n(done);

THOUSAND(DEFINE_STEP, 1)
THOUSAND(DEFINE_STEP, 2)

uint32_t steps_run(void)
{
    uint32_t done = 0;
    THOUSAND(CALL_STEP, 1)
    THOUSAND(CALL_STEP, 2)
    return done;
}
