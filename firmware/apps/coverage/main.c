/*
 * Exercises a part of ring.c and all of steps.c, which are compiled with --coverage, and prints what they counted.
 * Nothing else of the image is instrumented.
 */
#include "coverage_dump.h"
#include "greentea.h"
#include "ring.h"
#include "steps.h"

static bool ring_works(void)
{
    static struct ring ring;
    for (uint8_t byte = 1; byte <= RING_SIZE; byte++) {
        if (!ring_put(&ring, byte)) {
            return false;
        }
    }
    return !ring_put(&ring, 5) && ring_drain(&ring) == 10;
}

int main(void)
{
    session_start(30, "default_auto");
    bool works = ring_works() && steps_run() == 2000;
    coverage_dump();
    session_end(works);
}
