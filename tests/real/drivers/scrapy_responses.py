"""Queues responses for a spider and takes them off again. TIMES

The version is of 2011 and for Python 2, but this module runs on Python 3 as it is; the others of its
package, which do not, have stand-ins.
"""

import sys
from pathlib import Path
from types import ModuleType

RESPONSES = 120_000


class Response:
    """Stands in for scrapy.http.Response."""

    body = b"x" * 2000


def stand_in(module, names="", **values):
    sys.modules[f"scrapy{module}"] = made = ModuleType(f"scrapy{module}")
    vars(made).update(dict.fromkeys(names.split()), **values)
    return made


def stand_ins():
    root = next(Path(folder, "scrapy") for folder in sys.path if Path(folder, "scrapy/core").is_dir())
    stand_in("", "log signals").__path__ = [str(root)]
    stand_in(".core").__path__ = [str(root / "core")]
    stand_in(".core.spidermw", "SpiderMiddlewareManager")
    stand_in(".exceptions", "IgnoreRequest DropItem")
    stand_in(".http", "Request", Response=Response)
    stand_in(".item", "BaseItem")
    stand_in(".stats", "stats")
    stand_in(".utils")
    stand_in(".utils.defer", "defer_result defer_succeed parallel iter_errback")
    stand_in(".utils.misc", "load_object")
    stand_in(".utils.signal", "send_catch_log send_catch_log_deferred")
    stand_in(".utils.spider", "iterate_spider_output")


def main():
    stand_ins()
    from scrapy.core.scraper import SpiderInfo

    for _ in range(int(sys.argv[1])):
        info, taken = SpiderInfo(), 0
        for number in range(RESPONSES):
            info.add_response_request(Response(), number)
        while not info.is_idle():
            response, request, _ = info.next_response_request_deferred()
            info.finish_response(response)
            taken += request
    print(taken, info.active_size)


main()
