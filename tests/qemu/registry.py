# SPDX-License-Identifier: BSD-3-Clause
"""The tests that were declared by @on(MACHINE)."""
from types import SimpleNamespace

tests = []


def on(*machines):
    """The function is a test, once on each of the machines; it is called with a guest.Guest."""
    def declare(function):
        name = function.__module__.removesuffix('_test') + '.' + function.__name__
        for machine in machines:
            tests.append(SimpleNamespace(name=name, machine=machine, function=function))
        return function
    return declare
