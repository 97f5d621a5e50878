/* Every exception that no image expects ends here: registers, error block, halt. */
#ifndef GREENRACK_FAULT_H
#define GREENRACK_FAULT_H

void fault_entry(void);

#endif
