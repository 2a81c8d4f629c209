"""Reads measurements and keeps them by sensor."""

import sys

# Measurements.
SIZES = (30_000, 100_000, 300_000)

# What `work` is given when it is sampled, with the collector as it is.
RUN_ONCE = (300_000,)


def work(n):
    readings = []
    sensors = [[] for _ in range(100)]
    for number in range(n):  # hot 5% self 5% collecting 3%
        reading = [number, [number % 7, number % 11], [number % 100, number % 13]]  # hot 80% self 80% collecting 60%
        readings.append(reading)
        sensors[number % 100].append(reading)
    return sum(len(sensor) * sensor[0][0] for sensor in sensors)


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 300_000))  # process threshold=700
