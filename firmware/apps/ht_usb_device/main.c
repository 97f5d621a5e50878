/* Asks for host test "pyusb_basic", which needs the board's own USB port cabled to the
   agent: where it is not, the run must be blocked for that reason. */
#include "greentea.h"

int main(void)
{
    session_start(10, "pyusb_basic");
    session_end(true);
}
