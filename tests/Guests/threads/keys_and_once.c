// pthread_once, thread-local variables, and keys whose destructors run when a thread ends.
#include <pthread.h>
#include <stdio.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int initialised, destroyed;
static __thread int local = 7;

static void destroy(void *value)
{
    __atomic_add_fetch(&destroyed, (int)(long)value, __ATOMIC_RELAXED);
}

static void initialise(void)
{
    initialised++;
    pthread_key_create(&key, destroy);
}

static void *work(void *argument)
{
    pthread_once(&once, initialise);
    pthread_setspecific(key, argument);
    for (int i = 0; i < 100; i++)
        local += (int)(long)argument;
    return (void *)(long)local;
}

int main(void)
{
    pthread_t threads[4];
    for (long i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, work, (void *)(i + 1));
    for (int i = 0; i < 4; i++) {
        void *result;
        pthread_join(threads[i], &result);
        printf("%ld ", (long)result);
    }
    printf("main %d initialised %d destroyed %d\n", local, initialised, destroyed);
    return 0;
}
