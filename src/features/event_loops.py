"""Loops along sorted events for all windows of all spine rows at once, compiled: without an array
for each step between, and beside other slices' loops."""

import numpy as np

from src.features.memory.machine.compiling import compiled
from src.features.sorted_events import HIGHEST, LOWEST, Pairs, Windows
from src.features.sorted_rows import Flags, Ints


@compiled
def first_places(begins: Ints, times: Ints, codes: Ints, instants: Ints) -> Ints:
    """For each (code, instant), in order, the place of the customer's first event not before it.

    begins: by code, the place of the customer's first event, and of the end.
    """
    places = np.empty(len(codes), np.int64)
    place, code = 0, -1
    for row in range(len(codes)):
        if codes[row] != code:
            code = codes[row]
            place = begins[code]
        while place < begins[code + 1] and times[place] < instants[row]:
            place += 1
        places[row] = place
    return places


@compiled
def sums(values: Ints, has: Flags, windows: Windows, pairs: Pairs) -> Ints:
    """(windows, rows): the sum of the values of the events that have one, as 64 bits hold it."""
    longest = 0
    for code in range(len(windows.begins) - 1):
        longest = max(longest, windows.begins[code + 1] - windows.begins[code])
    running = np.empty(longest + 1, np.int64)
    found = np.empty(windows.starts.shape, np.int64)
    code, begin = -1, 0
    for row in range(len(windows.code)):
        if windows.code[row] != code:
            code = windows.code[row]
            begin, total = windows.begins[code], 0
            for event in range(begin, windows.begins[code + 1]):
                running[event - begin] = total
                total += values[event] * has[event]
            running[windows.begins[code + 1] - begin] = total
        upto = running[windows.end[row] - begin]
        for window in range(len(windows.ages)):
            found[window, row] = upto - running[windows.starts[window, row] - begin]
    for pair in range(len(pairs.row)):
        for window in range(len(windows.ages)):
            if pairs.age[pair] <= windows.ages[window]:
                found[window, pairs.row[pair]] += values[pairs.event[pair]]
    return found


@compiled
def _preceding(has: Flags) -> Ints:
    """For each place and the end, the last event before it that has a value; -1: none does."""
    last = np.empty(len(has) + 1, np.int64)
    place = -1
    for event in range(len(has)):
        last[event] = place
        if has[event]:
            place = event
    last[len(has)] = place
    return last


@compiled
def largest(values: Ints, has: Flags, windows: Windows, pairs: Pairs) -> Ints:
    """(windows, rows): the largest value; LOWEST where there is none."""
    last, found = _preceding(has), np.empty(windows.starts.shape, np.int64)
    for row in range(len(windows.end)):
        most, event = LOWEST, last[windows.end[row]]
        for window in range(len(windows.ages)):
            while event >= windows.starts[window, row]:
                most = max(most, values[event])
                event = last[event]
            found[window, row] = most
    for pair in range(len(pairs.row)):
        for window in range(len(windows.ages)):
            if pairs.age[pair] <= windows.ages[window]:
                most = max(found[window, pairs.row[pair]], values[pairs.event[pair]])
                found[window, pairs.row[pair]] = most
    return found


@compiled
def newest(times: Ints, has: Flags, at: Ints, windows: Windows, pairs: Pairs) -> Ints:
    """(windows, rows): how long before `at` the last event that has a value; HIGHEST: none does."""
    last, found = _preceding(has), np.full(windows.starts.shape, HIGHEST)
    for window in range(len(windows.ages)):
        for row in range(len(windows.end)):
            place = last[windows.end[row]]
            if place >= windows.starts[window, row]:
                found[window, row] = at[row] - times[place]
    for pair in range(len(pairs.row)):
        for window in range(len(windows.ages)):
            if pairs.age[pair] <= windows.ages[window]:
                age = min(found[window, pairs.row[pair]], pairs.age[pair])
                found[window, pairs.row[pair]] = age
    return found


@compiled
def oldest(times: Ints, has: Flags, at: Ints, windows: Windows, pairs: Pairs) -> Ints:
    """(windows, rows): how long before `at` the first event that has a value; LOWEST: none does."""
    following = np.empty(len(has) + 1, np.int64)
    place = len(has)
    following[place] = place
    for event in range(len(has) - 1, -1, -1):
        if has[event]:
            place = event
        following[event] = place
    found = np.full(windows.starts.shape, LOWEST)
    for window in range(len(windows.ages)):
        for row in range(len(windows.end)):
            place = following[windows.starts[window, row]]
            if place < windows.end[row]:
                found[window, row] = at[row] - times[place]
    for pair in range(len(pairs.row)):
        for window in range(len(windows.ages)):
            if pairs.age[pair] <= windows.ages[window]:
                age = max(found[window, pairs.row[pair]], pairs.age[pair])
                found[window, pairs.row[pair]] = age
    return found
