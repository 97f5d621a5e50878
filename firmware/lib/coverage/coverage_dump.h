/* What the instrumented objects of an image have counted. */
#ifndef GREENRACK_COVERAGE_DUMP_H
#define GREENRACK_COVERAGE_DUMP_H

/*
 * Prints the .gcda file of each object that was compiled with --coverage, one line each:
 *   {{__coverage_start;<path>;<two hex digits a byte, '.' for 0x00>}} CR LF
 */
void coverage_dump(void);

#endif
