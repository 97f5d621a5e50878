/* Message queues: higher priorities overtake, equal ones keep their order. */
#include <string.h>

#include "object.h"

struct message {
    struct message *next;
    uint8_t priority;
    uint8_t bytes[];
};

/* What a thread that waits offers or wants. */
struct parcel {
    void *bytes;
    uint8_t priority;
};

struct message_queue {
    struct waiters receivers;
    struct waiters senders;
    struct message *first;
    struct message *free;
    uint32_t count;
    uint32_t message_size;
    void *memory;
    bool owns_header;
    bool owns_memory;
};

static size_t slot_size(uint32_t message_size) { return (sizeof(struct message) + message_size + 3u) & ~(size_t)3u; }

osMessageQueueId_t osMessageQueueNew(uint32_t msg_count, uint32_t msg_size, const osMessageQueueAttr_t *attr)
{
    static const osMessageQueueAttr_t defaults;
    attr = attr != NULL ? attr : &defaults;
    if (msg_count == 0u || msg_size == 0u || msg_count > 0xFFFFu || msg_size > 0xFFFFu) {
        return NULL;
    }
    struct message_queue *queue = kernel_allocate(sizeof *queue, attr->cb_mem, attr->cb_size);
    uint8_t *memory = queue != NULL ? kernel_allocate(slot_size(msg_size) * msg_count, attr->mq_mem, attr->mq_size) : NULL;
    if (memory == NULL) {
        if (attr->cb_mem == NULL) {
            kernel_free(queue);
        }
        return NULL;
    }
    *queue = (struct message_queue){ .message_size = msg_size, .memory = memory,
                                     .owns_header = attr->cb_mem == NULL, .owns_memory = attr->mq_mem == NULL };
    for (uint32_t i = 0; i < msg_count; i++) {
        struct message *slot = (struct message *)(void *)(memory + slot_size(msg_size) * i);
        slot->next = queue->free;
        queue->free = slot;
    }
    return queue;
}

static void store(struct message_queue *queue, const void *bytes, uint8_t priority)
{
    struct message *slot = queue->free;
    struct message **place = &queue->first;
    queue->free = slot->next;
    memcpy(slot->bytes, bytes, queue->message_size);
    slot->priority = priority;
    while (*place != NULL && (*place)->priority >= priority) {
        place = &(*place)->next;
    }
    slot->next = *place;
    *place = slot;
    queue->count++;
}

static void take(struct message_queue *queue, struct parcel *into)
{
    struct message *slot = queue->first;
    queue->first = slot->next;
    memcpy(into->bytes, slot->bytes, queue->message_size);
    into->priority = slot->priority;
    slot->next = queue->free;
    queue->free = slot;
    queue->count--;
}

static void hand_to(struct thread *receiver, const void *bytes, uint8_t priority, uint32_t size)
{
    struct parcel *parcel = receiver->data;
    memcpy(parcel->bytes, bytes, size);
    parcel->priority = priority;
    kernel_wake(receiver, (uint32_t)osOK);
}

osStatus_t osMessageQueuePut(osMessageQueueId_t mq_id, const void *msg_ptr, uint8_t msg_prio, uint32_t timeout)
{
    struct message_queue *queue = mq_id;
    osStatus_t status = object_check(queue, timeout);
    if (status != osOK || msg_ptr == NULL) {
        return osErrorParameter;
    }
    uint32_t mask = kernel_mask();
    if (queue->receivers.first != NULL) {
        hand_to(queue->receivers.first, msg_ptr, msg_prio, queue->message_size);
    } else if (queue->free != NULL) {
        store(queue, msg_ptr, msg_prio);
    } else {
        struct parcel parcel = { (void *)(uintptr_t)msg_ptr, msg_prio };
        kernel_running->data = kernel_in_isr() ? kernel_running->data : &parcel;
        status = (osStatus_t)object_wait(&queue->senders, timeout);
    }
    kernel_unmask(mask);
    return status;
}

static void let_a_sender_go_on(struct message_queue *queue)
{
    struct thread *sender = queue->senders.first;
    if (sender != NULL) {
        const struct parcel *parcel = sender->data;
        store(queue, parcel->bytes, parcel->priority);
        kernel_wake(sender, (uint32_t)osOK);
    }
}

osStatus_t osMessageQueueGet(osMessageQueueId_t mq_id, void *msg_ptr, uint8_t *msg_prio, uint32_t timeout)
{
    struct message_queue *queue = mq_id;
    struct parcel parcel = { msg_ptr, 0 };
    osStatus_t status = object_check(queue, timeout);
    if (status != osOK || msg_ptr == NULL) {
        return osErrorParameter;
    }
    uint32_t mask = kernel_mask();
    if (queue->first != NULL) {
        take(queue, &parcel);
        let_a_sender_go_on(queue);
    } else {
        kernel_running->data = kernel_in_isr() ? kernel_running->data : &parcel;
        status = (osStatus_t)object_wait(&queue->receivers, timeout);
    }
    kernel_unmask(mask);
    if (status == osOK && msg_prio != NULL) {
        *msg_prio = parcel.priority;
    }
    return status;
}

uint32_t osMessageQueueGetCount(osMessageQueueId_t mq_id) { return mq_id != NULL ? ((struct message_queue *)mq_id)->count : 0u; }

osStatus_t osMessageQueueDelete(osMessageQueueId_t mq_id)
{
    struct message_queue *queue = mq_id;
    if (kernel_in_isr() || queue == NULL) {
        return kernel_in_isr() ? osErrorISR : osErrorParameter;
    }
    uint32_t mask = kernel_mask();
    kernel_wake_all(&queue->receivers, (uint32_t)osErrorResource);
    kernel_wake_all(&queue->senders, (uint32_t)osErrorResource);
    kernel_unmask(mask);
    if (queue->owns_memory) {
        kernel_free(queue->memory);
    }
    if (queue->owns_header) {
        kernel_free(queue);
    }
    return osOK;
}
