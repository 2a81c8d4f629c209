"""Reads and writes YAML, with the parser that is written in Python."""

import yaml


def config(services):
    return {
        "version": 3,
        "services": {
            f"service-{n}": {
                "image": f"registry/example:{n}",
                "ports": [8000 + n, 9000 + n],
                "environment": {"DEBUG": n % 2 == 0, "RATIO": n / 7, "NAME": f"s{n}"},
            }
            for n in range(services)
        },
    }


def work(services=30):
    text = yaml.dump(config(services), Dumper=yaml.SafeDumper)
    return len(yaml.load(text, Loader=yaml.SafeLoader)["services"]), len(text)


if __name__ == "__main__":
    print(work())
