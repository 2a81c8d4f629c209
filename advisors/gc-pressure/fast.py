"""Reads measurements and keeps them by sensor."""

import gc
import sys

# Measurements.
SIZES = (30_000, 100_000, 300_000)


def work(n):
    gc.disable()
    try:
        return built(n)
    finally:
        gc.enable()


def built(n):
    readings = []
    sensors = [[] for _ in range(100)]
    for number in range(n):
        reading = [number, [number % 7, number % 11], [number % 100, number % 13]]  # hot 80% self 80%
        readings.append(reading)
        sensors[number % 100].append(reading)
    return sum(len(sensor) * sensor[0][0] for sensor in sensors)


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 300_000))  # process threshold=700
