/* A hash table with open addressing and names as keys: inserted, looked up, counted, removed. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 1 << 16, KEYS = 40000, LENGTH = 16 };
struct slot { char key[LENGTH]; uint32_t hash; uint32_t count; };
static struct slot table[SLOTS];

static uint32_t hash_of(const char *key)
{
    uint32_t hash = 2166136261u;
    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * 16777619u;
    return hash | 1;
}

static struct slot *find(const char *key, uint32_t hash)
{
    uint32_t at = hash & (SLOTS - 1);
    while (table[at].hash && (table[at].hash != hash || strcmp(table[at].key, key) != 0))
        at = (at + 1) & (SLOTS - 1);
    return &table[at];
}

static void name(char *key, uint32_t number)
{
    int length = 3 + number % 9;
    for (int i = 0; i < length; i++, number = number * 1664525u + 1013904223u)
        key[i] = "etaoinshrdlucmfw"[number >> 28];
    key[length] = 0;
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 20;
    uint64_t sum = 0;
    char key[LENGTH];
    for (int round = 0; round < rounds; round++) {
        memset(table, 0, sizeof table);
        for (uint32_t i = 0; i < KEYS; i++) {
            name(key, i * 2654435761u + (uint32_t)round);
            uint32_t hash = hash_of(key);
            struct slot *slot = find(key, hash);
            if (!slot->hash) {
                strcpy(slot->key, key);
                slot->hash = hash;
            }
            slot->count++;
        }
        for (uint32_t i = 0; i < KEYS; i++) {
            name(key, i * 2246822519u);
            sum = sum * 33 + find(key, hash_of(key))->count;
        }
        for (uint32_t i = 0; i < SLOTS; i++)
            sum += (uint64_t)table[i].count * table[i].hash;
    }
    printf("%016llx\n", (unsigned long long)sum);
}
