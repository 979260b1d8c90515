# SPDX-License-Identifier: MIT
"""Writes the log of a case that was decided by hand in public bug threads of 2026: on a Windows machine WCsc, NtfC, FOCX and
IoFE grew as 1.000 : 1.000 : 1.000 : 1.999 over 12 days, among 2,000 other tags. The same log for the same arguments."""
import datetime
import itertools
import math
import random

MEMBERS = {"WCsc": 1.0, "NtfC": 1.0, "FOCX": 1.0, "IoFE": 1.999}  # in proportion; the first holds the others
SIZES = {"WCsc": 96, "NtfC": 272, "FOCX": 320, "IoFE": 64}
MADE = {"WCsc": 1.2, "NtfC": 50, "FOCX": 50, "IoFE": 100}  # allocations for each lost file
PER_HOUR = 1040  # lost files
DAYS = 12
HEAD = "time,uptime_s,pool,tag,type,allocs,frees,diff,bytes,per_alloc,footprint,note\n"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def busy(day):
    """How much there is to do: by day more than by night."""
    return 1 + 0.5 * math.sin(2 * math.pi * day)


# What the others do: objects held, by the day and by what was drawn for the tag.
def flat(day, draw):
    return draw.level


def noisy(day, draw):
    return draw.level * draw.gauss(1, 0.03)


def with_load(day, draw):
    return draw.level * busy(day) * draw.gauss(1, 0.01)


def cache(day, draw):
    return draw.level * (0.4 + 0.6 * min(1, day / draw.days)) * draw.gauss(1, 0.005)


def stepped(day, draw):
    return draw.level * (1 + (day > draw.days)) * draw.gauss(1, 0.003)


def saw(day, draw):
    return draw.level * (0.5 + day / draw.days % 1)


SHAPES = [flat] * 45 + [noisy] * 25 + [with_load] * 20 + [cache] * 4 + [stepped] * 3 + [saw] * 3


class Tag(random.Random):
    """One of the others."""

    def __init__(self, name, seed):
        super().__init__(seed)
        self.name, self.shape = name, self.choice(SHAPES)
        self.level, self.days = 10 ** self.uniform(0.5, 4.5), self.uniform(0.2, 2)
        self.size = 16 * self.randrange(1, 64)
        self.churn = self.uniform(0.1, 30)  # of what it holds, from one sample to the next
        self.pool = self.choice(("Paged", "Nonp"))
        self.allocs = self.frees = self.diff = 0
        self.leak = self.lost = 0.0
        self.leaks_with_load = False

    def step(self, day, hours, work):
        if self.leak:
            self.lost += self.leak * hours * (work if self.leaks_with_load else 1) * self.gauss(1, 0.1)
        held = round(self.shape(day, self) + self.lost)
        made = round(self.churn * self.level * work)
        self.frees += made + max(0, self.diff - held)
        self.allocs += made + max(0, held - self.diff)
        self.diff = held


def names(n, taken):
    """n tags of four characters that are none of the taken ones."""
    every = ("".join(four) for four in itertools.product(LETTERS, repeat=4))
    return itertools.islice((name for name in itertools.islice(every, 0, None, 977) if name not in taken), n)


def draw_others(n, leaks, seed):
    """n tags; `leaks` of them leak at rates of the same size as the four, every other one when there is work to do."""
    tags = [Tag(name, f"{seed} {name}") for name in names(n, MEMBERS)]
    alone = tags[::n // leaks][:leaks] if leaks else []
    for number, tag in enumerate(alone):
        tag.shape, tag.level = noisy, min(tag.level, 2000)
        tag.leak, tag.leaks_with_load = PER_HOUR * (0.4 + 0.35 * number), number % 2 == 1
    return tags, [tag.name for tag in alone]


def write_log(path, others=2000, leaks=3, minutes=30, seed=1):
    """The four, a sample every so many minutes, and `others` tags. Returns the names of those that leak on their own."""
    chance = random.Random(seed)
    tags, alone = draw_others(others, leaks, seed)
    begin, hours = datetime.datetime(2026, 3, 2), minutes / 60
    lost, made = 0.0, dict.fromkeys(MEMBERS, 5000.0)
    with open(path, "w", encoding="ascii", newline="\n") as file:
        file.write(HEAD)
        file.write(f"{begin}.000,3600.000,event,start,,,,,,,,schema=poolmon-log/1 host=wsl-host os=Windows boot_id=1 "
                   f"interval_s={minutes * 60}\n")
        for sample in range(DAYS * 24 * 60 // minutes):
            day = sample * hours / 24
            work = busy(day)
            moment = f"{begin + datetime.timedelta(days=day)}.000,{3600 + sample * minutes * 60}.000,system,"
            files = PER_HOUR * hours * work * chance.gauss(1, 0.1)
            lost += files
            for name, share in MEMBERS.items():
                made[name] += files * MADE[name]
                held = round(share * lost) + 40 + chance.randrange(-6, 7)  # some are in use just now
                file.write(row(moment, name, "Nonp" if name == "IoFE" else "Paged", round(made[name]), held, SIZES[name]))
            for tag in tags:
                tag.step(day, hours, work)
                file.write(row(moment, tag.name, tag.pool, tag.allocs, tag.diff, tag.size))
    return alone


def row(moment, name, kind, allocs, diff, size):
    return f"{moment}{name},{kind},{allocs},{allocs - diff},{diff},{diff * size},{size},,\n"
