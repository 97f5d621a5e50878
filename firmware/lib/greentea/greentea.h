/* Everything a test image needs. */
#ifndef GREENRACK_GREENTEA_H
#define GREENRACK_GREENTEA_H

#include "cases.h"
#include "kv.h"
#include "session.h"

#endif
