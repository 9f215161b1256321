/* Bodies that attract each other: scalar doubles, square root and division. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BODIES = 5 };
static struct { double x, y, z, vx, vy, vz, mass; } body[BODIES];

int main(int argc, char **argv)
{
    long steps = argc > 1 ? atol(argv[1]) : 200000;
    for (int i = 0; i < BODIES; i++) {
        body[i].x = cos(i * 1.3) * (i + 1);
        body[i].y = sin(i * 0.7) * (i + 1);
        body[i].z = 0.1 * i;
        body[i].vx = 0.3 * sin(i);
        body[i].vy = 0.3 * cos(i);
        body[i].mass = i == 0 ? 10.0 : 0.1 * i;
    }
    for (long step = 0; step < steps; step++) {
        for (int i = 0; i < BODIES; i++)
            for (int j = i + 1; j < BODIES; j++) {
                double dx = body[i].x - body[j].x, dy = body[i].y - body[j].y, dz = body[i].z - body[j].z;
                double square = dx * dx + dy * dy + dz * dz + 0.01;
                double force = 0.001 / (square * sqrt(square));
                body[i].vx -= dx * body[j].mass * force;
                body[i].vy -= dy * body[j].mass * force;
                body[i].vz -= dz * body[j].mass * force;
                body[j].vx += dx * body[i].mass * force;
                body[j].vy += dy * body[i].mass * force;
                body[j].vz += dz * body[i].mass * force;
            }
        for (int i = 0; i < BODIES; i++) {
            body[i].x += 0.001 * body[i].vx;
            body[i].y += 0.001 * body[i].vy;
            body[i].z += 0.001 * body[i].vz;
        }
    }
    printf("%.9f %.9f\n", body[0].x, body[BODIES - 1].vy);
}
