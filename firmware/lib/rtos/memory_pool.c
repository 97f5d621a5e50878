#include "object.h"

/* A free block begins with the address of the next one. */
struct memory_pool {
    struct waiters waiters;
    void *free;
    uint32_t space;
    bool owns_header;
    bool owns_blocks;
    void *blocks;
};

osMemoryPoolId_t osMemoryPoolNew(uint32_t block_count, uint32_t block_size, const osMemoryPoolAttr_t *attr)
{
    static const osMemoryPoolAttr_t defaults;
    attr = attr != NULL ? attr : &defaults;
    if (block_count == 0u || block_size == 0u || block_count > 0xFFFFu || block_size > 0xFFFFu) {
        return NULL;
    }
    uint32_t size = (block_size + 3u) & ~3u;
    struct memory_pool *pool = kernel_allocate(sizeof *pool, attr->cb_mem, attr->cb_size);
    uint8_t *blocks = pool != NULL ? kernel_allocate(size * block_count, attr->mp_mem, attr->mp_size) : NULL;
    if (blocks == NULL) {
        if (attr->cb_mem == NULL) {
            kernel_free(pool);
        }
        return NULL;
    }
    *pool = (struct memory_pool){ .space = block_count, .blocks = blocks,
                                  .owns_header = attr->cb_mem == NULL, .owns_blocks = attr->mp_mem == NULL };
    for (uint32_t i = block_count; i > 0u; i--) {
        void **block = (void **)(void *)(blocks + size * (i - 1u));
        *block = pool->free;
        pool->free = block;
    }
    return pool;
}

void *osMemoryPoolAlloc(osMemoryPoolId_t mp_id, uint32_t timeout)
{
    struct memory_pool *pool = mp_id;
    if (object_check(pool, timeout) != osOK) {
        return NULL;
    }
    uint32_t mask = kernel_mask();
    void **block = pool->free;
    if (block != NULL) {
        pool->free = *block;
        pool->space--;
    } else if (object_wait(&pool->waiters, timeout) == (uint32_t)osOK) {
        block = kernel_running->data;
    }
    kernel_unmask(mask);
    return block;
}

osStatus_t osMemoryPoolFree(osMemoryPoolId_t mp_id, void *block)
{
    struct memory_pool *pool = mp_id;
    if (pool == NULL || block == NULL) {
        return osErrorParameter;
    }
    uint32_t mask = kernel_mask();
    struct thread *waiter = pool->waiters.first;
    if (waiter != NULL) {
        waiter->data = block;
        kernel_wake(waiter, (uint32_t)osOK);
    } else {
        *(void **)block = pool->free;
        pool->free = block;
        pool->space++;
    }
    kernel_unmask(mask);
    return osOK;
}

uint32_t osMemoryPoolGetSpace(osMemoryPoolId_t mp_id) { return mp_id != NULL ? ((struct memory_pool *)mp_id)->space : 0u; }

osStatus_t osMemoryPoolDelete(osMemoryPoolId_t mp_id)
{
    struct memory_pool *pool = mp_id;
    if (kernel_in_isr() || pool == NULL) {
        return kernel_in_isr() ? osErrorISR : osErrorParameter;
    }
    uint32_t mask = kernel_mask();
    kernel_wake_all(&pool->waiters, (uint32_t)osErrorResource);
    kernel_unmask(mask);
    if (pool->owns_blocks) {
        kernel_free(pool->blocks);
    }
    if (pool->owns_header) {
        kernel_free(pool);
    }
    return osOK;
}
