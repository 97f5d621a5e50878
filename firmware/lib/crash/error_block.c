#include "error_block.h"

#include "console.h"
#include "cpu.h"
#include "kv.h"

/* Mbed packs an error as: bit 31 always set, module in bits 16-23, code below. */
#define MODULE_UNKNOWN 255u
#define CODE_ASSERTION 324u
#define STATUS(code) (0x80000000u | (MODULE_UNKNOWN << 16) | (code))

/* Compiler ids of the block: 1 ARM, 2 GCC, 3 IAR. */
#define COMPILER_GCC 2
#define COMPILER_VERSION (__GNUC__ * 10000 + __GNUC_MINOR__ * 100 + __GNUC_PATCHLEVEL__)

extern char __heap_end[];
extern char __stack_top[];
void Reset_Handler(void);

static unsigned long address_of(const void *at) { return (unsigned long)(uintptr_t)at; }

static void print_thread(uint32_t stack_pointer)
{
    console_printf("Current Thread: main Id: 0x0 Entry: 0x%lX StackSize: 0x%lX StackMem: 0x%lX SP: 0x%lX\r\n",
                   (unsigned long)(uintptr_t)Reset_Handler, address_of(__stack_top) - address_of(__heap_end),
                   address_of(__heap_end), (unsigned long)stack_pointer);
}

/* ".invalid" is reserved: the line is data for a parser, not an address to visit. */
static void print_details(uint32_t status)
{
    console_printf("For details, visit: https://greenrack.invalid/error?"
                   "error=0x%08lX&osver=0&core=0x%08lX&comp=%d&ver=%d&tgt=" GREENRACK_TARGET "\r\n",
                   (unsigned long)status, (unsigned long)SCB_CPUID, COMPILER_GCC, COMPILER_VERSION);
}

static void print_block(const struct error_info *info)
{
    console_puts("\r\n++ MbedOS Error Info ++\r\n");
    console_printf("Error Status: 0x%08lX Code: %lu Module: %u\r\n", (unsigned long)STATUS(info->code),
                   (unsigned long)info->code, MODULE_UNKNOWN);
    console_printf("Error Message: %s\r\n", info->message);
    console_printf("Location: 0x%lX\r\n", (unsigned long)info->location);
    console_printf("Error Value: 0x%lX\r\n", (unsigned long)info->value);
    print_thread(info->stack_pointer);
    print_details(STATUS(info->code));
    console_puts("-- MbedOS Error Info --\r\n");
}

static void send_keys(const struct error_info *info)
{
    kv_send("mbed_error", "1");
    kv_send_number("mbed_error_module", MODULE_UNKNOWN);
    kv_send_number("mbed_error_code", info->code);
    kv_send("mbed_error_message", info->message);
    console_printf("{{mbed_error_location;0x%lX}}\r\n", (unsigned long)info->location);
}

void error_report(const struct error_info *info)
{
    print_block(info);
    if (info->send_keys) {
        send_keys(info);
    }
}

_Noreturn void error_halt(const struct error_info *info)
{
    cpu_mask();
    error_report(info);
    cpu_halt();
}

__attribute__((noinline)) _Noreturn void error_assert_failed(const char *message)
{
    error_halt(&(struct error_info){
        .code = CODE_ASSERTION,
        .message = message,
        .location = (uint32_t)(uintptr_t)__builtin_return_address(0),
        .value = 0,
        .stack_pointer = (uint32_t)(uintptr_t)__builtin_frame_address(0),
        .send_keys = true,
    });
}
