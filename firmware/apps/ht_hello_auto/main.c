/* Host test "hello_auto": says hello, and nothing else. */
#include "greentea.h"

int main(void)
{
    session_start(10, "hello_auto");
    kv_send("hello_world", "Hello World");
    session_end(true);
}
