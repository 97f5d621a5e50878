#include "stopwatch.h"

#include "cpu.h"

/* FPGAIO block of the MPS2 images: COUNTER runs at 25 MHz / (PRESCALE + 1). */
#define FPGAIO_COUNTER SCS_REG(0x40028018u)
#define FPGAIO_PRESCALE SCS_REG(0x4002801Cu)
#define ONE_MHZ 24u

uint32_t stopwatch_us(void)
{
    if (FPGAIO_PRESCALE != ONE_MHZ) {
        FPGAIO_PRESCALE = ONE_MHZ;
        FPGAIO_COUNTER = 0;
    }
    return FPGAIO_COUNTER;
}
