"""What came out of a case, held against what was expected of it."""

import datetime
import subprocess
from dataclasses import dataclass
from functools import cache

MIN_SAMPLES = 150  # of a run, below which its silence says nothing


@dataclass(frozen=True)
class Outcome:
    case: object
    version: object = None  # before the fix
    before: object = None  # what was said
    after: object = None
    gain: object = None  # as measured
    failure: str = ""  # why it could not be tried

    @property
    def wrong(self):
        """What is not as expected, in words."""
        reasons = [f"only {said.samples} samples {when}" for when, said in
                   (("before", self.before), ("after", self.after)) if said.samples < MIN_SAMPLES]
        if self.case.expects_finding and not self.named():
            reasons.append(f"before, the first is {described(self.judged()[:1]) or 'nothing'}")
        if not self.case.expects_finding and (found := self.unwanted(self.before)):
            reasons.append(f"before, there is {described(found)}")
        if found := self.unwanted(self.after):
            reasons.append(f"after, there is {described(found)}")
        return "; ".join(reasons)

    def named(self):
        """The first finding, if it is the one that is expected."""
        first = self.judged()[:1]
        if not first or first[0] not in self.there(self.before) or first[0]["advisor"] != self.case.advisor:
            return None
        return first[0] if squeezed(self.case.expression) in squeezed(self.lines(first[0])) else None

    def judged(self):
        """The findings before the fix, without those that are true as well."""
        return [it for it in self.before.findings if it["advisor"] not in self.case.also]

    def there(self, said):
        """The findings in the function."""
        return [it for it in said.findings
                if it["path"].endswith(f"/{self.case.path}") and is_function(it["function"], self.case.function)]

    def unwanted(self, said):
        return [it for it in self.there(said) if it["advisor"] not in self.case.also]

    def others(self):
        """All but the one that is expected, of both versions."""
        return [it for said in (self.before, self.after) for it in said.findings
                if it["advisor"] != self.case.advisor or it not in self.there(said)]

    def lines(self, finding):
        text = (self.version.checkout / self.case.path).read_text().splitlines()
        return "".join(text[finding["line"] - 1:finding["end_line"]])

    def promised(self):
        finding = self.named()
        if finding and not finding["gain"]["saved_high"]:
            return "nothing: a pitfall"
        return percents(*(finding["gain"][key] for key in ("saved", "saved_low", "saved_high"))) if finding else ""

    def told(self):
        if self.failure:
            return f"could not be tried: {self.failure}"
        promised = f", promised {self.promised()}" if self.named() else ""
        saved = f"saved {percents(self.gain.saved, self.gain.low, self.gain.high)}{promised}"
        others = f"; also said: {described(self.others())}" if self.others() else ""
        return f"{'as expected' if not self.wrong else 'NOT SO: ' + self.wrong}; {saved}{others}"

    def row(self, unslow):
        """Its cells after the name."""
        today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
        seconds = " to ".join(f"{it:.2f} s" for it in self.gain.seconds)
        place = f"{self.case.repository} {self.case.before[:10]} {self.case.path}, {self.case.function}"
        note = self.case.note if self.case.advisor == "none" else ""
        return [place, self.case.advisor + (f": {note}" if note else ""), self.wrong or "yes", self.promised(),
                percents(self.gain.saved, self.gain.low, self.gain.high), f"{seconds} ({self.case.clock})",
                described(self.others()), f"{today}, {version(unslow)}, CPython {self.before.python}"]


def is_function(qualified, wanted):
    return f".{qualified}".endswith(f".{wanted}")


def squeezed(text):
    return "".join(text.split())


def described(findings):
    if not findings:
        return ""
    return ", ".join(dict.fromkeys(f"{it['advisor']} in {it['path'].rsplit('/', 1)[-1]} {it['function']}"
                                   for it in findings))


def percents(value, low, high):
    return f"{value:.0%} ({low:.0%} to {high:.0%})"


@cache
def version(unslow):
    return subprocess.run([unslow, "--version"], capture_output=True, text=True, check=True).stdout.strip()
