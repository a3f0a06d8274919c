"""Files in the data folder that no data set uses, although someone put them there to be used."""

import difflib
import os
from pathlib import Path

from ..datasets.catalogue import CATALOGUE
from ..datasets.formats import files_of
from ..datasets.sources import there
from ..paths import data


def unused() -> list[str]:
    """What of the data folder is not used although it looks as if it should be: a sentence each."""
    folder = data()
    if not folder.is_dir():
        named = os.environ.get("SNNLIB_DATA")
        return [f"SNNLIB_DATA is {named}, which is not there: no official files are used."] if named else []
    tops = {Path(place).parts[0]: entry for entry in CATALOGUE for place in entry.places}
    found = []
    for item in files_of(folder):
        if item.suffix in (".gz", ".tgz", ".tar", ".zip"):
            found.append(f"{item} is an archive, which is not used: unpack it in {folder}.")
        elif not item.is_dir():
            continue
        elif item.name not in tops:
            near = difflib.get_close_matches(item.name.lower(), [top.lower() for top in tops], 1)
            meant = next((f" Is it {top}?" for top in tops if [top.lower()] == near), "")
            found.append(f"Nothing in {item} is used: no data set is looked for there.{meant}")
        elif not there(tops[item.name], folder):
            place = folder / tops[item.name].places[0]
            found.append(f"Nothing in {item} is used: {tops[item.name].title} is looked for as {place}.")
    return found
