// A read-write lock: readers must always see both halves alike.
#include <pthread.h>
#include <stdio.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static long left, right;
static int torn;

static void *write_both(void *unused)
{
    (void)unused;
    for (int i = 0; i < 300; i++) {
        pthread_rwlock_wrlock(&lock);
        left++;
        right++;
        pthread_rwlock_unlock(&lock);
    }
    return NULL;
}

static void *read_both(void *unused)
{
    (void)unused;
    for (int i = 0; i < 300; i++) {
        pthread_rwlock_rdlock(&lock);
        if (left != right)
            __atomic_add_fetch(&torn, 1, __ATOMIC_RELAXED);
        pthread_rwlock_unlock(&lock);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[6];
    for (int i = 0; i < 6; i++)
        pthread_create(&threads[i], NULL, i % 3 ? read_both : write_both, NULL);
    for (int i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
    printf("%ld %ld torn %d\n", left, right, torn);
    return 0;
}
