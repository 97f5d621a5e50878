/* Asks for a host test that needs more than the console: the board's own USB port cabled
   to the agent, or a Wi-Fi card there. Where it is not, the run must be blocked for that
   reason. */
#include "greentea.h"

#ifndef HOST_TEST
#define HOST_TEST "pyusb_basic"
#endif

int main(void)
{
    session_start(10, HOST_TEST);
    session_end(true);
}
