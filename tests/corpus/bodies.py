"""Moves planets: floats in a loop, written as such loops should be."""

from itertools import combinations


def system(count):
    return [[[n * 1.5, n * 0.5, -n / 3.0], [0.01 * n, 0.02, 0.0], 1.0 / (n + 1)] for n in range(count)]


def advance(pairs, bodies, step, turns):
    for _ in range(turns):
        for ([x1, y1, z1], v1, m1), ([x2, y2, z2], v2, m2) in pairs:
            dx, dy, dz = x1 - x2, y1 - y2, z1 - z2
            pull = step * (dx * dx + dy * dy + dz * dz) ** -1.5
            v1[0] -= dx * m2 * pull
            v1[1] -= dy * m2 * pull
            v1[2] -= dz * m2 * pull
            v2[0] += dx * m1 * pull
            v2[1] += dy * m1 * pull
            v2[2] += dz * m1 * pull
        for place, (vx, vy, vz), _ in bodies:
            place[0] += step * vx
            place[1] += step * vy
            place[2] += step * vz


def work(turns=15_000):
    bodies = system(5)
    advance(list(combinations(bodies, 2)), bodies, 0.001, turns)
    return round(bodies[0][0][0], 9)


if __name__ == "__main__":
    print(work())
