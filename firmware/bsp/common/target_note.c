/*
 * ELF note that names the board an image was built for (System V gABI, "Note Section"):
 *   namesz 4 | descsz 4 | type 4 | "Greenrack\0" + pad to 4 | target name + NUL + pad to 4
 * It is loaded with the code, so a .bin or .hex carries it as well and the farm can
 * refuse an image for another target before flashing it.
 * Written in assembler: only there can a section get the type "note".
 */
__asm(".pushsection .note.greenrack, \"a\", %note\n"
      ".balign 4\n"
      ".word 2f - 1f\n"
      ".word 4f - 3f\n"
      ".word 1\n"
      "1: .asciz \"Greenrack\"\n"
      "2: .balign 4\n"
      "3: .asciz \"" GREENRACK_TARGET "\"\n"
      "4: .balign 4\n"
      ".popsection\n");

/* ISO C forbids a file without a declaration. */
typedef int target_note_is_assembler_only;
