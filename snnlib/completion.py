"""``snnlib completion``: a script with which bash or zsh completes the command line, made by shtab."""

import argparse
from collections.abc import Iterable

import shtab

from . import inventory, profiles
from .datasets import CATALOGUE

FOLDERS = ("out", "source", "to")


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """The script for a shell; besides commands and options it completes profiles, IDs, data sets and folders."""
    offered = {
        "profile": list(profiles.PROFILES),
        "only": [item.id for item in inventory.built()],
        "names": [entry.name for entry in CATALOGUE if entry.downloads],
    }
    for action in _actions(parser):
        if action.dest in offered:
            action.choices = offered[action.dest]  # here only: a wrong one shall be answered in two sentences
        if action.dest in FOLDERS:
            action.complete = shtab.DIRECTORY
    return shtab.complete(parser, shell)


def _actions(parser: argparse.ArgumentParser) -> Iterable[argparse.Action]:
    """All arguments of a command and of the commands below it."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _actions(below)
