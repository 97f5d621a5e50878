#include "object.h"

struct semaphore {
    struct waiters waiters;
    uint32_t count;
    uint32_t max_count;
    bool owns_header;
};

osSemaphoreId_t osSemaphoreNew(uint32_t max_count, uint32_t initial_count, const osSemaphoreAttr_t *attr)
{
    void *given = attr != NULL ? attr->cb_mem : NULL;
    if (max_count == 0u || initial_count > max_count) {
        return NULL;
    }
    struct semaphore *semaphore = kernel_allocate(sizeof *semaphore, given, given != NULL ? attr->cb_size : 0u);
    if (semaphore != NULL) {
        *semaphore = (struct semaphore){ .count = initial_count, .max_count = max_count, .owns_header = given == NULL };
    }
    return semaphore;
}

osStatus_t osSemaphoreAcquire(osSemaphoreId_t semaphore_id, uint32_t timeout)
{
    struct semaphore *semaphore = semaphore_id;
    osStatus_t status = object_check(semaphore, timeout);
    if (status != osOK) {
        return status;
    }
    uint32_t mask = kernel_mask();
    if (semaphore->count > 0u) {
        semaphore->count--;
    } else {
        status = (osStatus_t)object_wait(&semaphore->waiters, timeout);
    }
    kernel_unmask(mask);
    return status;
}

osStatus_t osSemaphoreRelease(osSemaphoreId_t semaphore_id)
{
    struct semaphore *semaphore = semaphore_id;
    osStatus_t status = object_check(semaphore, 0);
    if (status != osOK) {
        return status;
    }
    uint32_t mask = kernel_mask();
    if (semaphore->waiters.first != NULL) {
        kernel_wake(semaphore->waiters.first, (uint32_t)osOK);
    } else if (semaphore->count < semaphore->max_count) {
        semaphore->count++;
    } else {
        status = osErrorResource;
    }
    kernel_unmask(mask);
    return status;
}

uint32_t osSemaphoreGetCount(osSemaphoreId_t semaphore_id)
{
    return semaphore_id != NULL ? ((struct semaphore *)semaphore_id)->count : 0u;
}

osStatus_t osSemaphoreDelete(osSemaphoreId_t semaphore_id)
{
    struct semaphore *semaphore = semaphore_id;
    if (kernel_in_isr() || semaphore == NULL) {
        return kernel_in_isr() ? osErrorISR : osErrorParameter;
    }
    uint32_t mask = kernel_mask();
    kernel_wake_all(&semaphore->waiters, (uint32_t)osErrorResource);
    kernel_unmask(mask);
    if (semaphore->owns_header) {
        kernel_free(semaphore);
    }
    return osOK;
}
