"""Objects, numbers, lists, dictionaries and text in Python: work.py ROUNDS."""

import sys


class Body:
    def __init__(self, x, v):
        self.x, self.v = x, v

    def step(self, pull):
        self.v -= self.x * pull
        self.x += self.v * 0.01
        return self.x


def main(rounds):
    bodies = [Body(i * 0.5 - 4, 0.1 * i) for i in range(16)]
    counts, words, total = {}, [], 0
    for i in range(rounds):
        total = (total * 31 + sum(range(i % 17))) % 1000003
        counts[total % 997] = counts.get(total % 997, 0) + 1
        if i % 8 == 0:
            words.append(f"{total:06d}-{i:x}")
        bodies[i % 16].step(0.02)
        if len(words) == 1000:
            words.sort(key=lambda word: word[::-1])
            total += int("".join(words[::100])[:6])
            words = []
    big = pow(7, rounds // 50, 10 ** 400 + 69)
    print(total, len(counts), max(counts.values()), f"{sum(body.x for body in bodies):.9f}", str(big)[:24])


main(int(sys.argv[1]))
