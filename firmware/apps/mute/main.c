/* Never says a word: the host's __sync gets no answer. */
#include "cpu.h"

int main(void) { cpu_halt(); }
