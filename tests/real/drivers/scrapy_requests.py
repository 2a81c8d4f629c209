"""Enqueues requests for a spider and downloads them, eight at a time. TIMES

The version is of 2011 and for Python 2, but this module runs on Python 3 as it is; the others of its
package, which do not, have stand-ins.
"""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

from twisted.internet import defer

REQUESTS = 80_000


class Handlers:
    """Stands in for the downloads: each waits until it is told to end."""

    def __init__(self):
        self.waiting = []

    def download_request(self, request, spider):
        self.waiting.append(defer.Deferred())
        return self.waiting[-1]

    def end_one(self):
        self.waiting.pop().callback("response")


class Settings:
    """Stands in for a spider's settings: no delay, eight downloads at a time."""

    def getint(self, name):
        return 8

    def getfloat(self, name):
        return 0.0

    def getbool(self, name):
        return False


class Spider:
    settings = Settings()


def stand_in(module, names="", **values):
    sys.modules[f"scrapy{module}"] = made = ModuleType(f"scrapy{module}")
    vars(made).update(dict.fromkeys(names.split()), **values)
    return made


def stand_ins():
    root = next(Path(folder, "scrapy") for folder in sys.path if Path(folder, "scrapy/core").is_dir())
    stand_in("", log=SimpleNamespace(msg=print), signals=SimpleNamespace(response_downloaded=1)).__path__ = [str(root)]
    stand_in(".core").__path__ = [str(root / "core")]
    stand_in(".conf", settings=Settings())
    stand_in(".core.downloader.handlers", DownloadHandlers=Handlers)
    manager = SimpleNamespace(from_settings=lambda settings: None)
    stand_in(".core.downloader.middleware", DownloaderMiddlewareManager=manager)
    stand_in(".exceptions", "IgnoreRequest")
    stand_in(".utils")
    stand_in(".utils.defer", mustbe_deferred=lambda function, *arguments: function(*arguments))
    stand_in(".utils.python", setattr_default=lambda object, name, value: vars(object).setdefault(name, value))
    stand_in(".utils.signal", send_catch_log=lambda **named: None)


def main():
    stand_ins()
    from scrapy.core.downloader import Downloader

    for _ in range(int(sys.argv[1])):
        downloader, spider, done = Downloader(), Spider(), []
        downloader.open_spider(spider)
        for number in range(REQUESTS):
            downloader.enqueue(number, spider).addCallback(done.append)
        while downloader.handlers.waiting:
            downloader.handlers.end_one()
    print(len(done))


main()
