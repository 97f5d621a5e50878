# GREENRACK_RTOS_DIR: a folder whose CMakeLists.txt makes a library `greenrack_rtos` with cmsis_os2.h and a kernel for
# Cortex-M3 behind it. By default it is our own kernel.
set(GREENRACK_RTOS_DIR "" CACHE PATH "folder of another kernel with CMSIS-RTOS2")
# Thread-Metric's period is 30 s; a board that counts instructions repeats to the last one in a shorter one too.
set(GREENRACK_TM_TEST_SECONDS 1 CACHE STRING "period of Thread-Metric in seconds")

if(GREENRACK_RTOS_DIR)
  add_subdirectory(${GREENRACK_RTOS_DIR} greenrack_rtos)
endif()

set(GREENRACK_BENCH_SOURCES
  lib/rtos_bench/bench_port.c
  lib/rtos_bench/bench_suite.c
  lib/rtos_bench/calls.c
  lib/rtos_bench/interrupts.c
  lib/rtos_bench/rhealstone.c
  lib/rtos_bench/samples.c
  lib/rtos_bench/switches.c
  lib/rtos_bench/thread_metric.c
  lib/rtos_bench/waiters.c
  lib/rtos_bench/wakeups.c)
set(GREENRACK_KERNEL_SOURCES
  lib/rtos/flags.c
  lib/rtos/kernel.c
  lib/rtos/memory.c
  lib/rtos/memory_pool.c
  lib/rtos/message_queue.c
  lib/rtos/mutex.c
  lib/rtos/semaphore.c
  lib/rtos/thread.c
  lib/rtos/timer.c)

# What is measured is what the compiler made of it: the options stand beside the numbers.
get_directory_property(options COMPILE_OPTIONS)
list(FILTER options INCLUDE REGEX "^-(m|O)")
list(JOIN options " " GREENRACK_BENCH_FLAGS)

# The benchmarks, and our kernel unless there is another, once per board.
get_property(targets GLOBAL PROPERTY GREENRACK_TARGETS)
foreach(target IN LISTS targets)
  add_library(rtos_${target} STATIC ${GREENRACK_BENCH_SOURCES})
  target_include_directories(rtos_${target} PUBLIC lib/rtos_bench)
  target_compile_definitions(rtos_${target} PRIVATE
    BENCH_FLAGS="${GREENRACK_BENCH_FLAGS}" TM_TEST_SECONDS=${GREENRACK_TM_TEST_SECONDS})
  target_link_libraries(rtos_${target} PUBLIC bsp_${target})
  if(GREENRACK_RTOS_DIR)
    target_link_libraries(rtos_${target} PUBLIC greenrack_rtos)
  else()
    target_sources(rtos_${target} PRIVATE ${GREENRACK_KERNEL_SOURCES})
    target_include_directories(rtos_${target} PUBLIC lib/rtos)
  endif()
endforeach()

# greenrack_rtos_app(<image name> [SOURCE <dir>] [DEFINES <macro>...])
#   An app with benchmarks and kernel. The macros choose the kernel's settings.
function(greenrack_rtos_app name)
  cmake_parse_arguments(APP "" "SOURCE" "DEFINES" ${ARGN})
  if(NOT APP_SOURCE)
    set(APP_SOURCE ${name})
  endif()
  get_property(targets GLOBAL PROPERTY GREENRACK_TARGETS)
  foreach(target IN LISTS targets)
    greenrack_image(${name} ${target} ${APP_SOURCE} "${APP_DEFINES}")
    target_link_libraries(${target}.${name} PRIVATE rtos_${target})
    if(NOT GREENRACK_RTOS_DIR)
      target_sources(${target}.${name} PRIVATE lib/rtos/config.c lib/rtos/switch.c)
    endif()
  endforeach()
endfunction()
